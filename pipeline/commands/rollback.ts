import { isS3Url } from '../../contract/s3-address.ts'
import type { Command } from './command.ts'

interface RollbackFlags {
  build: string | undefined
  artifacts: string
}

/** `pools rollback [build]` */
export const ROLLBACK: Command<RollbackFlags> = {
  usage: 'rollback [build]',
  describe: 'make an earlier build current',
  positionals: {
    build: {
      type: 'string',
      values: 'builds',
      describe: 'build id; by default the newest before the current one',
    },
  },
  options: {
    artifacts: {
      type: 'string',
      demandOption: true,
      describe: 'artifacts folder, or s3://bucket/prefix',
    },
  },
  examples: [
    ['rollback --artifacts artifacts', 'undo the last build'],
    ['rollback 0123456789abcdef --artifacts artifacts', 'back to a certain build'],
  ],
  async run({ build, artifacts }, { now }) {
    const { from, to, isHeld } = await rollBack(artifacts, build, now)
    const held = 'publication is held there: pools release lets the follower publish again'
    return {
      document: { from, to, held: isHeld },
      lines: [`build ${to} is current now, ${from} was before`, ...(isHeld ? [held] : [])],
    }
  },
}

async function rollBack(artifacts: string, build: string | undefined, now: () => Date) {
  if (isS3Url(artifacts)) {
    const { rollBackStore } = await import('../s3/rollback.ts')
    return { ...(await rollBackStore(artifacts, build)), isHeld: false }
  }
  const local = await import('../publish/builds.ts')
  return local.rollBack(artifacts, build, now)
}
