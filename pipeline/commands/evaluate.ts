import { availableParallelism } from 'node:os'
import { assertFlag, type Command, isCount } from './command.ts'

interface EvaluateFlags {
  input: string
  campaign: number | undefined
  write: boolean
  out: string
  dataset: number | undefined
  seed: number
  allowMissing: boolean
  followLinks: boolean
  maxRejectShare: number
  rename: string[]
  threads: number
  memoryLimit: string
}

/** `pools evaluate` */
export const EVALUATE: Command<EvaluateFlags> = {
  usage: 'evaluate',
  describe: 'tell what the pools bring on clicks that did not choose them: is it luck?',
  options: {
    input: { type: 'string', demandOption: true, describe: 'folder with the CSV files' },
    campaign: { type: 'number', describe: 'only the pools of this campaign' },
    dataset: { type: 'number', describe: 'only the pools of this dataset, 1 to 4' },
    write: {
      type: 'boolean',
      default: false,
      describe: 'write the result beside the build of these logs, in --out',
    },
    out: { type: 'string', default: 'artifacts', describe: 'artifacts folder, with --write' },
    seed: { type: 'number', default: 0, describe: 'of the random order, a whole number' },
    'allow-missing': {
      type: 'boolean',
      default: false,
      describe: 'a missing dataset or table is a warning',
    },
    'follow-links': {
      type: 'boolean',
      default: false,
      describe: 'links in the input folder may lead out of it',
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
    threads: {
      type: 'number',
      default: availableParallelism(),
      defaultDescription: 'all cores',
      describe: 'threads to use',
    },
    'memory-limit': {
      type: 'string',
      default: '4GB',
      describe: 'about what the process may take; more spills to disk',
    },
  },
  examples: [
    ['evaluate --input logs', 'what the pools bring, and what any banner would'],
    ['evaluate --input logs --campaign 12 --json', 'the numbers of one campaign'],
    ['evaluate --input logs --write --out artifacts', 'for report, explorer and diff'],
  ],
  check({ campaign, dataset, seed, maxRejectShare, threads, memoryLimit }) {
    assertFlag(campaign === undefined || isCount(campaign), 'campaign', 'a whole number from 1 on')
    assertFlag(dataset === undefined || (isCount(dataset) && dataset <= 4), 'dataset', '1 to 4')
    assertFlag(Number.isSafeInteger(seed), 'seed', 'a whole number')
    assertFlag(maxRejectShare >= 0 && maxRejectShare <= 1, 'max-reject-share', 'from 0 to 1')
    assertFlag(isCount(threads), 'threads', 'a whole number from 1 on')
    assertFlag(/^\d+(\.\d+)? ?[KMGT]i?B$/i.test(memoryLimit), 'memory-limit', 'like 4GB')
  },
  async run(flags, { progress, now }) {
    const { BUILD_DEFAULTS } = await import('../build/build.ts')
    const { evaluateBuildOf, evaluateLog } = await import('../evaluate/log.ts')
    const { describeEvaluation } = await import('../evaluate/describe.ts')
    const { roundNumbers } = await import('../evaluate/round.ts')
    const { selectPools } = await import('../evaluate/select.ts')
    const { parseRename } = await import('../input/renames.ts')
    const renames = flags.rename.map(parseRename)
    const options = { ...BUILD_DEFAULTS, ...flags, renames, progress, now }
    const evaluation = flags.write ? await evaluateBuildOf(options) : await evaluateLog(options)
    const selected = selectPools(evaluation, flags)
    return { document: roundNumbers(selected), lines: describeEvaluation(selected) }
  },
}
