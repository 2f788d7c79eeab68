import { formatCount } from '../../contract/format-count.ts'
import { type ReceivedRejects, readReceivedRejects } from '../../contract/received.ts'
import { assertFlag, type Command, isCount } from './command.ts'

interface BuildsFlags {
  artifacts: string
  limit: number | undefined
}

/** `pools builds` */
export const BUILDS: Command<BuildsFlags> = {
  usage: 'builds',
  describe: 'list the builds, also those whose files are gone',
  options: {
    artifacts: { type: 'string', default: 'artifacts', describe: 'artifacts folder' },
    limit: {
      type: 'number',
      defaultDescription: 'all',
      describe: 'show only so many of the newest',
    },
  },
  examples: [
    ['builds --artifacts artifacts', 'the current one is marked with *'],
    ['builds --artifacts artifacts --limit 10 --json', 'for programs'],
  ],
  check({ limit }) {
    assertFlag(limit === undefined || isCount(limit), 'limit', 'a whole number from 1 on')
  },
  async run({ artifacts, limit }) {
    const { describeBuilds, listAllBuilds } = await import('../history/list.ts')
    const { builds, losses } = await listAllBuilds(artifacts)
    const list = { builds: builds.slice(0, limit), losses }
    const refused = await readReceivedRejects(artifacts)
    const lines = [...describeBuilds(list), ...(refused === null ? [] : [describeRefused(refused)])]
    return { document: refused === null ? list : { ...list, refused }, lines }
  },
}

function describeRefused({ total, day, counts }: ReceivedRejects): string {
  const reasons = Object.entries(counts).map(([reason, lines]) => `${reason} ${formatCount(lines)}`)
  return `${formatCount(total)} lines from Kafka did not come in; on ${day}: ${reasons.join(', ')}`
}
