import { PipelineError } from '../base/errors.ts'
import type { Command } from './command.ts'

interface HoldFlags {
  artifacts: string
  reason: string
}

const ARTIFACTS = { type: 'string', demandOption: true, describe: 'artifacts folder' } as const

/** `pools hold` */
export const HOLD: Command<HoldFlags> = {
  usage: 'hold',
  describe: 'publish nothing until release; a follower goes on counting',
  options: {
    artifacts: ARTIFACTS,
    reason: { type: 'string', default: 'by hand', describe: 'why, for other operators' },
  },
  examples: [['hold --artifacts artifacts --reason "prices look wrong"', 'stay at what is served']],
  async run({ artifacts, reason }, { now }) {
    const { holdPublication } = await import('../publish/hold.ts')
    const state = await holdPublication(artifacts, { reason, now })
    return { document: { held: state }, lines: [`publication is held at ${state}`] }
  },
}

/** `pools release` */
export const RELEASE: Command<Pick<HoldFlags, 'artifacts'> & { guarded: boolean }> = {
  usage: 'release',
  describe: 'end a hold; a follower begins with a full build',
  options: {
    artifacts: ARTIFACTS,
    guarded: {
      type: 'boolean',
      default: false,
      describe: 'instead: update the campaigns again that follow --guard stopped',
    },
  },
  examples: [['release --artifacts artifacts', 'publish again']],
  async run({ artifacts, guarded }) {
    if (guarded) return releaseGuarded(artifacts)
    const { releasePublication } = await import('../publish/hold.ts')
    const state = await releasePublication(artifacts)
    return { document: { released: state }, lines: [`publication was held at ${state}`] }
  },
}

async function releaseGuarded(artifacts: string) {
  const { readGuarded, removeGuarded } = await import('../../contract/guarded.ts')
  const campaigns = await readGuarded(artifacts)
  if (campaigns === null || campaigns.length === 0) {
    throw new PipelineError(`no campaign is guarded: ${artifacts}`)
  }
  await removeGuarded(artifacts)
  const names = campaigns.map(
    ({ dataset, campaign_id: id }) => `campaign ${id} in dataset ${dataset}`,
  )
  return { document: { released: names.join(', ') }, lines: [`go on: ${names.join(', ')}`] }
}
