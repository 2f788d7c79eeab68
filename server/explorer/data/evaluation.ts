/** What the evaluation beside a build says of one campaign, from `evaluation.parquet`. */
import { EVALUATION_COLUMNS, type PublishedRow, pickColumns } from '../../../contract/columns.ts'
import type { EvaluatedPool, EvaluationDocument, Verdict } from '../../../contract/evaluation.ts'
import { ParquetError } from '../../parquet/fault.ts'
import { readRows } from '../../parquet/rows.ts'
import { withParquet } from './parquet-file.ts'
import { findRowsOf } from './rows-of.ts'

/** The columns that a page shows. */
const WANTED = pickColumns(EVALUATION_COLUMNS, [
  ...(['dataset', 'banner_id', 'stability', 'naive', 'verdict'] as const),
  ...(['honest', 'honest_low', 'honest_high', 'chance', 'chance_low', 'chance_high'] as const),
])

/** A pool of the campaign. */
export interface QuarterEvaluation
  extends Pick<EvaluatedPool, 'dataset' | 'naive' | 'honest' | 'chance' | 'verdict'> {
  /** Of each banner of the pool: share of half samples in which it is there, too. */
  readonly stabilities: ReadonlyMap<number, number>
}

/** The pools of a campaign by dataset. */
export type CampaignEvaluation = readonly QuarterEvaluation[]

/**
 * Reads the pools of a campaign.
 *
 * @param folder - Of the build.
 * @throws {ArtifactError} If the file is not the one that its summary speaks of, or is damaged.
 */
export function readCampaignEvaluation(
  folder: string,
  { output }: EvaluationDocument,
  campaignId: number,
): Promise<CampaignEvaluation> {
  return withParquet({ folder, listed: output }, async (table) => {
    const pools: QuarterEvaluation[] = []
    for (const group of table.groups) {
      const rows = await findRowsOf(table, group, { column: 'campaign_id', id: campaignId })
      if (rows.length === 0) continue
      for (const row of await readRows(table, group, { columns: WANTED, rows })) addRow(pools, row)
    }
    return pools
  })
}

/** Rows of a pool may begin in one row group and end in the next. */
function addRow(pools: QuarterEvaluation[], row: PublishedRow<typeof WANTED>): void {
  if (row.banner_id === null) {
    const { dataset, naive, verdict } = row
    pools.push({
      ...{ dataset, naive, verdict: toVerdict(verdict), stabilities: new Map() },
      honest: { value: row.honest, low: row.honest_low, high: row.honest_high },
      chance: { value: row.chance, low: row.chance_low, high: row.chance_high },
    })
    return
  }
  const stabilities = pools.at(-1)?.stabilities as Map<number, number> | undefined
  stabilities?.set(row.banner_id, row.stability ?? 0)
}

function toVerdict(verdict: Verdict | null): Verdict {
  if (verdict === null) throw new ParquetError('has a pool without a verdict')
  return verdict
}
