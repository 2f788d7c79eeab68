/** The candidates of one campaign, from `banner_stats.parquet`. */
import type { Candidate } from '../../../contract/explain.ts'
import { DATASETS, type Dataset, type Reason } from '../../../contract/schema.ts'
import type { ColumnReader, ParquetFile, RowRange } from './parquet-file.ts'

const COUNTS = [
  'banner_id',
  'impressions',
  'clicks',
  'conversions',
  'revenue_rank',
  'click_rank',
] as const

/**
 * Reads the candidates of a campaign in all datasets, in the order of the file.
 *
 * Rows are sorted by dataset, then campaign, so a campaign lies in a few row groups; the statistics of the others tell
 * that it is not there.
 */
export async function readCandidates(file: ParquetFile, campaignId: number): Promise<Candidate[]> {
  const read = await file.read()
  const candidates: Candidate[] = []
  for (const [index, group] of file.groups.entries()) {
    if (!mayHold(file, index, campaignId)) continue
    candidates.push(...(await readFromGroup(read, group, campaignId)))
  }
  return candidates
}

function mayHold({ metadata }: ParquetFile, index: number, campaignId: number): boolean {
  const column = metadata.row_groups[index]?.columns.find(
    ({ meta_data }) => meta_data?.path_in_schema.join() === 'campaign_id',
  )
  const { min_value: least, max_value: greatest } = column?.meta_data?.statistics ?? {}
  if (least === undefined || greatest === undefined) return true
  return Number(least) <= campaignId && campaignId <= Number(greatest)
}

/** Between the first and the last row of the campaign there are others, if the group holds several datasets. */
async function readFromGroup(
  read: ColumnReader,
  group: RowRange,
  campaignId: number,
): Promise<Candidate[]> {
  const isWanted = Array.from(
    await read('campaign_id', group),
    (value) => Number(value) === campaignId,
  )
  const first = isWanted.indexOf(true)
  if (first < 0) return []
  const end = isWanted.lastIndexOf(true) + 1
  const rows = await readRows(read, { start: group.start + first, end: group.start + end })
  return rows.filter((_, index) => isWanted[first + index])
}

async function readRows(read: ColumnReader, range: RowRange): Promise<Candidate[]> {
  const datasets = await read('dataset', range)
  const revenues = await read('revenue', range)
  const poolRanks = await read('pool_rank', range)
  const reasons = await read('reason', range)
  const counts = new Map<string, ArrayLike<unknown>>()
  for (const column of COUNTS) counts.set(column, await read(column, range))
  const countOf = (column: (typeof COUNTS)[number], row: number) =>
    Number(counts.get(column)?.[row])
  return Array.from(datasets, (dataset, row) => ({
    dataset: datasetOf(dataset),
    banner_id: countOf('banner_id', row),
    impressions: countOf('impressions', row),
    clicks: countOf('clicks', row),
    conversions: countOf('conversions', row),
    revenue: BigInt(revenues[row]),
    revenue_rank: countOf('revenue_rank', row),
    click_rank: countOf('click_rank', row),
    pool_rank: poolRanks[row] === undefined || poolRanks[row] === null ? null : poolRanks[row],
    reason: reasons[row] as Reason,
  }))
}

function datasetOf(value: unknown): Dataset {
  const dataset = DATASETS.find((one) => one === value)
  if (dataset === undefined) throw new RangeError(`not a dataset: ${value}`)
  return dataset
}
