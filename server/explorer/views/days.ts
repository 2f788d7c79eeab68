/** The days of a campaign, all quarters together. */
import { formatMillionths } from '../../../contract/explain.ts'
import { DATASETS, type Dataset } from '../../../contract/schema.ts'
import type { BannerDay } from '../data/banner-days.ts'
import type { BannerFigures, CampaignDay, FromHistory } from '../data/history.ts'
import type { RankDay } from '../pages/banner.tsx'
import type { BannerDayRow } from '../parts/banner-history.tsx'
import type { DayRow } from '../parts/days.tsx'

/** Where nothing of the history is known. */
export const NO_HISTORY: FromHistory<CampaignDay> = { rows: [], losses: [] }

/**
 * Adds up the quarters of each day on which one of them changed: one that has no row that day is as it was before.
 *
 * @param days - The oldest first.
 */
export function describeDays(days: readonly CampaignDay[]): DayRow[] {
  const last = new Map<Dataset, CampaignDay>()
  const rows: DayRow[] = []
  for (const day of new Set(days.map((one) => one.day))) {
    const turnover = { entered: 0, left: 0 }
    for (const one of days.filter((other) => other.day === day)) {
      const before = last.get(one.dataset)?.banners ?? []
      turnover.entered += one.banners.filter((banner) => !before.includes(banner)).length
      turnover.left += before.filter((banner) => !one.banners.includes(banner)).length
      last.set(one.dataset, one)
    }
    const revenue = [...last.values()].reduce((sum, one) => sum + toMillionths(one.poolRevenue), 0n)
    const poolRevenue = formatMillionths(revenue)
    const before = rows.at(-1)
    const isSame = before?.poolRevenue === poolRevenue && turnover.entered + turnover.left === 0
    // Only banners outside the pools are others.
    if (!isSame) rows.push({ day, poolRevenue, turnover: before === undefined ? null : turnover })
  }
  return rows
}

/**
 * Finds the days on which the ranks of a banner changed, in any quarter.
 *
 * @param days - The oldest first.
 */
export function describeRanks(days: readonly CampaignDay[], bannerId: number): RankDay[] {
  const ranks = new Map<Dataset, number | null>()
  const rows: RankDay[] = []
  for (const day of new Set(days.map((one) => one.day))) {
    for (const one of days.filter((other) => other.day === day)) {
      ranks.set(one.dataset, one.banners.indexOf(bannerId) + 1 || null)
    }
    const row = DATASETS.map((dataset) => ranks.get(dataset) ?? null)
    if (rows.at(-1)?.ranks.join() !== row.join()) rows.push({ day, ranks: row })
  }
  return rows
}

/**
 * Puts what a banner earned beside the pools that it entered and left: one that has no row of a day is as it was before.
 *
 * @param days - As `figures`, the oldest first.
 */
export function joinBannerDays(
  days: readonly BannerDay[],
  figures: readonly BannerFigures[],
): BannerDayRow[] {
  const all = new Set([...days, ...figures].map(({ day }) => day))
  let [turnover, earned]: [BannerDay | undefined, BannerFigures | undefined] = [
    undefined,
    undefined,
  ]
  return [...all].sort().flatMap((day, place): BannerDayRow[] => {
    const changed = days.find((one) => one.day === day)
    turnover = changed ?? turnover
    const before = earned
    earned = figures.find((one) => one.day === day) ?? earned
    const pools = turnover?.pools ?? earned?.pools ?? 0
    const isFirst = place === 0
    // What is shown need not have changed.
    const isSame =
      changed === undefined && !isFirst && before !== undefined && isEqual(before, earned)
    if (isSame) return []
    const { entered = 0, left = 0 } = changed ?? {}
    return [{ day, pools, turnover: isFirst ? null : { entered, left }, earned: earned ?? null }]
  })
}

function isEqual(one: BannerFigures, other: BannerFigures | undefined): boolean {
  const textOf = ({ pools, impressions, clicks, conversions, revenue }: BannerFigures) =>
    [pools, impressions, clicks, conversions, revenue].join()
  return other !== undefined && textOf(one) === textOf(other)
}

function toMillionths(revenue: string): bigint {
  return BigInt(revenue.replace('.', ''))
}
