/** The ranking part of the reference: one campaign in one dataset, from its candidates to its rows. */
import type { BannerStatsRow, PoolRow } from '../../contract/columns.ts'
import type { Dataset, Reason, Source } from '../../contract/schema.ts'

/** Money as text with six decimals, so that comparing is exact. */
export type ReferencePoolRow = Omit<PoolRow, 'revenue'> & { revenue: string }
export type ReferenceStatsRow = Omit<BannerStatsRow, 'revenue'> & { revenue: string }

/** A candidate with its sums. */
export interface Banner {
  readonly campaignId: number
  readonly bannerId: number
  /** md5 that puts banners without clicks in random order. */
  readonly drawKey: string
  impressions: number
  clicks: number
  conversions: number
  /** Revenue in millionths. */
  millionths: bigint
}

interface Place {
  readonly banner: Banner
  readonly source: Source
}

/** Most converted banners of a pool, and what others are filled up to. */
export interface Sizes {
  readonly top: number
  readonly fill: number
}

/** The sizes of the business rules. */
export const RULES: Sizes = { top: 10, fill: 5 }

/** Computes the pool of one campaign, by rank. */
export function poolRows(
  dataset: Dataset,
  candidates: readonly Banner[],
  sizes: Sizes,
): ReferencePoolRow[] {
  return poolOf(candidates, sizes).map(({ banner, source }, index) => ({
    dataset,
    campaign_id: banner.campaignId,
    rank: index + 1,
    banner_id: banner.bannerId,
    source,
    revenue: decimalOf(banner.millionths),
    clicks: banner.clicks,
    conversions: banner.conversions,
    impressions: banner.impressions,
  }))
}

/** Says of each candidate of one campaign, by banner, where it stands and why. */
export function statsRows(
  dataset: Dataset,
  candidates: readonly Banner[],
  sizes: Sizes,
): ReferenceStatsRow[] {
  const pool = poolOf(candidates, sizes)
  const rest = candidates.filter((banner) => !isConverted(banner))
  const revenueOrder = [...candidates.filter(isConverted).sort(byRevenue), ...rest.sort(byRevenue)]
  const clickOrder = [...candidates].sort(byClicks)
  const converted = candidates.length - rest.length
  return [...candidates]
    .sort((a, b) => a.bannerId - b.bannerId)
    .map((banner) => {
      const index = pool.findIndex((place) => place.banner === banner)
      return {
        dataset,
        campaign_id: banner.campaignId,
        banner_id: banner.bannerId,
        impressions: banner.impressions,
        clicks: banner.clicks,
        conversions: banner.conversions,
        revenue: decimalOf(banner.millionths),
        revenue_rank: revenueOrder.indexOf(banner) + 1,
        click_rank: clickOrder.indexOf(banner) + 1,
        pool_rank: index < 0 ? null : index + 1,
        reason:
          index < 0
            ? outReason(banner, converted, pool, sizes)
            : inReason(pool[index], converted, sizes),
      }
    })
}

/** The four rules. */
function poolOf(candidates: readonly Banner[], { top, fill }: Sizes): Place[] {
  const converted = candidates.filter(isConverted).sort(byRevenue)
  const revenue = converted.map((banner): Place => ({ banner, source: 'revenue' }))
  if (converted.length >= fill) return revenue.slice(0, top)
  const others = candidates.filter((banner) => !isConverted(banner))
  const clicked = others.filter((banner) => banner.clicks > 0).sort(byClicks)
  const unclicked = others.filter((banner) => banner.clicks === 0).sort(byDraw)
  return [
    ...revenue,
    ...clicked.map((banner): Place => ({ banner, source: 'clicks' })),
    ...unclicked.map((banner): Place => ({ banner, source: 'random' })),
  ].slice(0, fill)
}

function byRevenue(a: Banner, b: Banner): number {
  if (a.millionths !== b.millionths) return a.millionths > b.millionths ? -1 : 1
  return byClicks(a, b)
}

function byClicks(a: Banner, b: Banner): number {
  return b.clicks - a.clicks || a.bannerId - b.bannerId
}

function byDraw(a: Banner, b: Banner): number {
  return a.drawKey < b.drawKey ? -1 : 1
}

function isConverted(banner: Banner): boolean {
  return banner.conversions > 0
}

function inReason(place: Place | undefined, converted: number, { top }: Sizes): Reason {
  if (place?.source === 'random') return 'in_random_fill'
  if (place?.source === 'clicks')
    return converted > 0 ? 'in_clicks_after_converted' : 'in_top_clicks'
  return converted >= top ? 'in_top_revenue' : 'in_converted'
}

function outReason(
  banner: Banner,
  converted: number,
  pool: readonly Place[],
  { fill }: Sizes,
): Reason {
  if (isConverted(banner)) return 'out_below_top_revenue'
  if (converted >= fill) return 'out_not_converted'
  if (banner.clicks > 0) return 'out_below_top_clicks'
  return pool.some((place) => place.source === 'random') ? 'out_not_drawn' : 'out_no_clicks'
}

function decimalOf(millionths: bigint): string {
  const digits = String(millionths).padStart(7, '0')
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`
}
