/** Where a banner stands in all campaigns, from `banner_stats.parquet`. Runs in the thread of details.ts. */
import { BANNER_STATS_COLUMNS } from '../../../contract/columns.ts'
import { formatMillionths } from '../../../contract/explain.ts'
import type { Dataset, Reason } from '../../../contract/schema.ts'
import { readRows } from '../../parquet/rows.ts'
import { NUMBERS } from '../../parquet/values.ts'
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
    const places: BannerPlace[] = []
    let revenue = 0n
    for (const group of table.groups) {
      if (!table.mayHold(group, 'banner_id', bannerId)) continue
      const rows: number[] = []
      await table.readColumn(group, { name: 'banner_id', kind: NUMBERS }, (row, value) => {
        if (value === bannerId) rows.push(row)
      })
      if (rows.length === 0) continue
      for (const found of await readRows(table, group, { columns: BANNER_STATS_COLUMNS, rows })) {
        revenue += found.revenue
        places.push({
          campaignId: found.campaign_id,
          dataset: found.dataset,
          rank: found.pool_rank,
          revenue: formatMillionths(found.revenue),
          conversions: found.conversions,
          clicks: found.clicks,
          impressions: found.impressions,
          reason: found.reason,
        })
      }
    }
    const inPools = places.filter(({ rank }) => rank !== null).length
    places.sort(
      (a, b) =>
        Number(a.rank === null) - Number(b.rank === null) ||
        a.campaignId - b.campaignId ||
        a.dataset - b.dataset,
    )
    const total = places.length
    return {
      places: places.slice(0, MAX_PLACES),
      total,
      inPools,
      revenue: formatMillionths(revenue),
    }
  })
}
