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
    build: { type: 'string', describe: 'build id; by default the newest before the current one' },
  },
  options: {
    artifacts: { type: 'string', demandOption: true, describe: 'artifacts folder' },
  },
  examples: [
    ['rollback --artifacts artifacts', 'undo the last build'],
    ['rollback 0123456789abcdef --artifacts artifacts', 'back to a certain build'],
  ],
  async run({ build, artifacts }) {
    const { rollBack } = await import('../builds.ts')
    const { from, to } = await rollBack(artifacts, build)
    return {
      document: { from, to },
      lines: [`build ${to} is current now, ${from} was before`],
    }
  },
}
