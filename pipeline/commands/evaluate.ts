import { DATASETS } from '../../contract/schema.ts'
import { assertFlag, type Command, isCount } from './command.ts'
import { checkTableFlags, TABLE_OPTIONS, type TableFlags, windowOf } from './input-flags.ts'

interface EvaluateFlags extends TableFlags {
  input: string
  campaign: number | undefined
  write: boolean
  out: string
  dataset: number | undefined
}

/** `pools evaluate` */
export const EVALUATE: Command<EvaluateFlags> = {
  usage: 'evaluate',
  describe: 'estimate what the pools earn on clicks that did not choose them: is it luck?',
  options: {
    input: { type: 'string', demandOption: true, describe: 'folder with the CSV files' },
    campaign: { type: 'number', describe: 'only the pools of this campaign' },
    dataset: {
      type: 'number',
      values: DATASETS.map(String),
      describe: 'only the pools of this dataset, 1 to 4',
    },
    write: {
      type: 'boolean',
      default: false,
      describe: 'save the result beside the build of these logs, in --out',
    },
    out: { type: 'string', default: 'artifacts', describe: 'artifacts folder, with --write' },
    ...TABLE_OPTIONS,
  },
  examples: [
    ['evaluate --input logs', 'what the pools earn, and what any banner would'],
    ['evaluate --input logs --campaign 12 --json', 'the numbers of one campaign'],
    ['evaluate --input logs --write --out artifacts', 'keep the numbers beside the build'],
  ],
  check(flags) {
    const { campaign, dataset } = flags
    checkTableFlags(flags)
    assertFlag(campaign === undefined || isCount(campaign), 'campaign', 'a whole number from 1 on')
    assertFlag(dataset === undefined || (isCount(dataset) && dataset <= 4), 'dataset', '1 to 4')
  },
  async run(flags, { progress, now }) {
    const { evaluateLogs, evaluateWithDecisions } = await import('../evaluate/log.ts')
    const { describeEvaluation, describeLogged } = await import('../evaluate/describe.ts')
    const { roundNumbers } = await import('../evaluate/round.ts')
    const { selectPools } = await import('../evaluate/select.ts')
    const { parseRename } = await import('../input/renames.ts')
    const { addEvaluation } = await import('./features.ts')
    const { DUCKDB_RANKER: ranker } = await import('../rank/duckdb/ranker.ts')
    const renames = flags.rename.map(parseRename)
    const window = windowOf(flags, now())
    const options = { ...flags, renames, progress, now, window, lengths: null, ranker }
    const { evaluation, logged } = flags.write
      ? await evaluateLogs({ ...options, evaluate: addEvaluation })
      : await evaluateWithDecisions(options)
    const selected = selectPools(evaluation, flags)
    return {
      document: roundNumbers({ ...selected, logged }),
      lines: [...describeEvaluation(selected), ...describeLogged(logged)],
    }
  },
}
