/** Where a banner stands in all campaigns, from `banner_stats.parquet`. Runs in the thread of details.ts. */
import { BANNER_STATS_COLUMNS } from '../../../contract/columns.ts'
import { formatMillionths } from '../../../contract/explain.ts'
import type { Dataset, Reason } from '../../../contract/schema.ts'
import type { RowGroup } from '../../parquet/footer.ts'
import { readRows } from '../../parquet/rows.ts'
import type { ParquetTable } from '../../parquet/table.ts'
import { readGroupRevenues } from './group-revenues.ts'
import { type PublishedFile, withParquet } from './parquet-file.ts'

/** A banner in one campaign and quarter. */
export interface BannerPlace {
  readonly campaignId: number
  readonly dataset: Dataset
  /** In the pool; null: it is out. */
  readonly rank: number | null
  /** Plain decimal. */
  readonly revenue: string
  readonly conversions: number
  readonly clicks: number
  readonly impressions: number
  readonly reason: Reason
}

/** Places of a banner. */
export interface BannerPlaces {
  /** By campaign and quarter, at most {@link MAX_PLACES}. */
  readonly places: readonly BannerPlace[]
  /** Of all of them together. */
  readonly total: number
  readonly inPools: number
  readonly revenue: string
}

/** A page with more is of no use; those in pools come first. */
const MAX_PLACES = 1_000

/** Finds the places of a banner. */
export function findBannerPlaces(file: PublishedFile, bannerId: number): Promise<BannerPlaces> {
  return withParquet(file, async (table) => {
    const found: FoundRow[] = []
    let revenue = 0n
    for (const group of table.groups) {
      if (!table.mayHold(group, 'banner_id', bannerId)) continue
      const rows = await findRows(table, group, bannerId)
      if (rows.length === 0) continue
      const addRevenues = await readGroupRevenues(table, group)
      for (const { row } of rows) revenue += addRevenues(row, row + 1)
      found.push(...rows)
    }
    const inPools = found.filter(({ isIn }) => isIn).length
    found.sort(compareRows)
    return {
      places: await readPlaces(table, found.slice(0, MAX_PLACES)),
      ...{ total: found.length, inPools, revenue: formatMillionths(revenue) },
    }
  })
}

/** A row of the banner, and what decides its place in the list. */
interface FoundRow {
  readonly group: RowGroup
  /** The first of the group is 0. */
  readonly row: number
  readonly campaignId: number
  readonly dataset: number
  readonly isIn: boolean
}

/** Only these columns are read of all rows; the others of those that are shown. */
async function findRows(
  table: ParquetTable,
  group: RowGroup,
  bannerId: number,
): Promise<FoundRow[]> {
  const size = group.end - group.start
  const banners = new Float64Array(size)
  await table.readNumbers(group, 'banner_id', banners)
  const rows: number[] = []
  for (let row = 0; row < size; row++) if (banners[row] === bannerId) rows.push(row)
  if (rows.length === 0) return []
  const [campaigns, datasets, ranks] = [
    new Float64Array(size),
    new Float64Array(size),
    new Float64Array(size),
  ]
  await table.readNumbers(group, 'campaign_id', campaigns)
  await table.readNumbers(group, 'dataset', datasets)
  await table.readNumbers(group, 'pool_rank', ranks)
  return rows.map((row) => ({
    ...{ group, row, campaignId: campaigns[row] ?? 0, dataset: datasets[row] ?? 0 },
    // Null, which is no rank, is given as 0.
    isIn: ranks[row] !== 0,
  }))
}

function compareRows(a: FoundRow, b: FoundRow): number {
  return Number(b.isIn) - Number(a.isIn) || a.campaignId - b.campaignId || a.dataset - b.dataset
}

/** In the order of the list. */
async function readPlaces(table: ParquetTable, list: readonly FoundRow[]): Promise<BannerPlace[]> {
  const places = new Map<FoundRow, BannerPlace>()
  for (const group of new Set(list.map((one) => one.group))) {
    const wanted = list.filter((one) => one.group === group).sort((a, b) => a.row - b.row)
    const rows = wanted.map(({ row }) => row)
    const read = await readRows(table, group, { columns: BANNER_STATS_COLUMNS, rows })
    for (const [at, row] of read.entries()) {
      const one = wanted[at]
      if (one !== undefined) {
        places.set(one, {
          campaignId: row.campaign_id,
          dataset: row.dataset,
          rank: row.pool_rank,
          revenue: formatMillionths(row.revenue),
          conversions: row.conversions,
          clicks: row.clicks,
          impressions: row.impressions,
          reason: row.reason,
        })
      }
    }
  }
  return list.flatMap((one) => places.get(one) ?? [])
}
