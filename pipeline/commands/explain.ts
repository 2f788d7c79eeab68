import { DATASETS, MAX_ID } from '../../contract/schema.ts'
import { assertFlag, type Command, misuse } from './command.ts'

interface ExplainFlags {
  campaign: number
  artifacts: string
  dataset: number | undefined
  banner: number | undefined
}

/** `pools explain CAMPAIGN` */
export const EXPLAIN: Command<ExplainFlags> = {
  usage: 'explain <campaign>',
  describe: 'explain why banners are in a pool, and what others would have needed',
  positionals: { campaign: { type: 'number', describe: 'campaign id' } },
  options: {
    artifacts: {
      type: 'string',
      demandOption: true,
      describe: 'artifacts folder or the folder of one build',
    },
    dataset: {
      type: 'number',
      values: DATASETS.map(String),
      describe: 'one quarter of the hour, 1 to 4; by default all',
    },
    banner: { type: 'number', describe: 'one banner; by default the pool and the next five' },
  },
  examples: [
    ['explain 12 --artifacts artifacts --banner 190', 'why is my banner not shown?'],
    ['explain 12 --artifacts artifacts --dataset 1', 'one pool, and the next five'],
  ],
  check({ campaign, dataset, banner }) {
    if (!isId(campaign)) throw misuse('the campaign must be a whole number from 1 on')
    assertFlag(dataset === undefined || [1, 2, 3, 4].includes(dataset), 'dataset', 'from 1 to 4')
    assertFlag(banner === undefined || isId(banner), 'banner', 'a whole number from 1 on')
  },
  async run({ campaign, artifacts, dataset, banner }) {
    const { explainPools } = await import('../ask/explain.ts')
    const { describeExplanation } = await import('../ask/explain-words.ts')
    const options = { artifacts, campaignId: campaign, dataset, bannerId: banner }
    const explanation = await explainPools(options)
    return { document: explanation, lines: describeExplanation(explanation) }
  },
}

function isId(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= MAX_ID
}
