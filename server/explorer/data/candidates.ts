/** The candidates of one campaign, from `banner_stats.parquet`. */
import type { Candidate } from '../../../contract/explain.ts'
import { DATASETS, type Dataset, REASONS, type Reason } from '../../../contract/schema.ts'
import { ParquetError } from '../../parquet/fault.ts'
import type { RowGroup } from '../../parquet/footer.ts'
import type { ParquetTable } from '../../parquet/table.ts'
import { CODES, EXACT_NUMBERS, NUMBERS, type ValueKind } from '../../parquet/values.ts'

/**
 * Reads the candidates of a campaign in all datasets, in the order of the file.
 *
 * Rows are sorted by dataset, then campaign, so a campaign lies in a few row groups; the statistics of the others tell
 * that it is not there.
 *
 * @throws {ParquetError} If the file is damaged, or breaks the contract.
 */
export async function readCandidates(
  table: ParquetTable,
  campaignId: number,
): Promise<Candidate[]> {
  const candidates: Candidate[] = []
  for (const group of table.groups) {
    if (!table.mayHold(group, 'campaign_id', campaignId)) continue
    candidates.push(...(await readFromGroup(table, group, campaignId)))
  }
  return candidates
}

async function readFromGroup(
  table: ParquetTable,
  group: RowGroup,
  campaignId: number,
): Promise<Candidate[]> {
  const rows: number[] = []
  await table.readColumn(group, { name: 'campaign_id', kind: NUMBERS }, (row, value) => {
    if (value === campaignId) rows.push(row)
  })
  const [first, last] = [rows[0], rows.at(-1)]
  if (first === undefined || last === undefined) return []
  const read = async <T>(name: string, kind: ValueKind<T>, scale?: number) => {
    const values = new Map<number, T>()
    const wanted = { name, kind, ...(scale !== undefined && { scale }) }
    await table.readColumn(group, wanted, (row, value) => {
      if (row >= first && row <= last) values.set(row, value)
    })
    return values
  }
  const datasets = await read('dataset', NUMBERS)
  const banners = await read('banner_id', NUMBERS)
  const impressions = await read('impressions', NUMBERS)
  const clicks = await read('clicks', NUMBERS)
  const conversions = await read('conversions', NUMBERS)
  const revenues = await read('revenue', EXACT_NUMBERS, REVENUE_SCALE)
  const revenueRanks = await read('revenue_rank', NUMBERS)
  const clickRanks = await read('click_rank', NUMBERS)
  const poolRanks = await read('pool_rank', NUMBERS)
  const reasons = await read('reason', CODES)
  return rows.map((row) => ({
    dataset: toDataset(required(datasets.get(row), 'dataset')),
    banner_id: required(banners.get(row), 'banner_id'),
    impressions: required(impressions.get(row), 'impressions'),
    clicks: required(clicks.get(row), 'clicks'),
    conversions: required(conversions.get(row), 'conversions'),
    revenue: required(revenues.get(row), 'revenue'),
    revenue_rank: required(revenueRanks.get(row), 'revenue_rank'),
    click_rank: required(clickRanks.get(row), 'click_rank'),
    pool_rank: poolRanks.get(row) ?? null,
    reason: toReason(required(reasons.get(row), 'reason')),
  }))
}

/** Decimal places of revenue, as stored. */
export const REVENUE_SCALE = 6

function required<T>(value: T | undefined, column: string): T {
  if (value === undefined) throw new ParquetError(`has a null in the column ${column}`)
  return value
}

function toDataset(value: number): Dataset {
  const dataset = DATASETS.find((one) => one === value)
  if (dataset === undefined) throw new ParquetError(`has the dataset ${value}`)
  return dataset
}

function toReason(value: string): Reason {
  const reason = REASONS.find((one) => one === value)
  if (reason === undefined) throw new ParquetError('has a reason that is not known')
  return reason
}
