import { availableParallelism } from 'node:os'
import { assertFlag, type Command, isCount } from './command.ts'

/** The flags of `pools build`. */
export interface BuildFlags {
  input: string
  out: string
  seed: number
  force: boolean
  allowMissing: boolean
  maxRejectShare: number
  rename: string[]
  keep: number
  threads: number
  memoryLimit: string
}

/** `pools build` */
export const BUILD: Command<BuildFlags> = {
  usage: 'build',
  describe: 'build the pools from the logs and publish them',
  options: {
    input: { type: 'string', demandOption: true, describe: 'folder with the CSV files' },
    out: { type: 'string', demandOption: true, describe: 'artifacts folder' },
    seed: { type: 'number', default: 0, describe: 'of the random order, a whole number' },
    force: { type: 'boolean', default: false, describe: 'build even what is current' },
    'allow-missing': {
      type: 'boolean',
      default: false,
      describe: 'a missing dataset or table is a warning',
    },
    'max-reject-share': {
      type: 'number',
      default: 0.05,
      describe: 'share of a file that may be rejected, 0 to 1',
    },
    rename: {
      type: 'string',
      array: true,
      default: [],
      describe: 'column with another name in the files, like clicks.clickId=click_id; repeatable',
    },
    keep: { type: 'number', default: 5, describe: 'builds to keep, the current one included' },
    threads: {
      type: 'number',
      default: availableParallelism(),
      defaultDescription: 'all cores',
      describe: 'threads to use',
    },
    'memory-limit': {
      type: 'string',
      default: '4GB',
      describe: 'memory for tables and sorts; more spills to disk',
    },
  },
  example: ['build --input logs --out artifacts', 'build, check and publish'],
  check({ seed, maxRejectShare, keep, threads, memoryLimit }) {
    assertFlag(Number.isSafeInteger(seed), 'seed', 'a whole number')
    assertFlag(maxRejectShare >= 0 && maxRejectShare <= 1, 'max-reject-share', 'from 0 to 1')
    assertFlag(isCount(keep), 'keep', 'a whole number from 1 on')
    assertFlag(isCount(threads), 'threads', 'a whole number from 1 on')
    assertFlag(/^\d+(\.\d+)? ?[KMGT]i?B$/i.test(memoryLimit), 'memory-limit', 'like 4GB')
  },
  async run(flags, context) {
    const { buildPools } = await import('../build.ts')
    const { parseRename } = await import('../renames.ts')
    const { describeSummary } = await import('../summary.ts')
    const renames = flags.rename.map(parseRename)
    const summary = await buildPools({
      ...flags,
      progress: context.progress,
      now: context.now,
      renames,
    })
    return { document: summary, lines: describeSummary(summary) }
  },
}
