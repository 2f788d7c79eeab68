/** Since when banners are in a pool, and how their ranks changed, from the days of a campaign. */
import type { Dataset } from '../../contract/schema.ts'
import type { CampaignDay } from './data/history.ts'

/** What the history says of a place in a pool. */
export interface PlaceHistory {
  /** The first of the days without a break on which it was in: 2026-11-30. */
  readonly since: string
  /** False: the history does not go further back. */
  readonly isKnown: boolean
  /** Places up (above 0) or down since the day before the last one; null: it was not in then. */
  readonly moved: number | null
}

/**
 * Looks back from what is in the pool now.
 *
 * @param days - Of one campaign, the oldest first.
 * @param pool - Banners by rank.
 * @returns By banner; empty if the history has no day of the pool.
 */
export function lookBack(
  days: readonly CampaignDay[],
  dataset: Dataset,
  pool: readonly number[],
): ReadonlyMap<number, PlaceHistory> {
  const own = days.filter((day) => day.dataset === dataset)
  const [first] = own
  if (first === undefined) return new Map()
  const before = own.at(-2)
  return new Map(
    pool.flatMap((bannerId, place) => {
      const lastOut = own.findLastIndex(({ banners }) => !banners.includes(bannerId))
      const start = own[lastOut + 1]
      // It entered by a change that is younger than the history.
      if (start === undefined) return []
      const rankBefore = before?.banners.indexOf(bannerId) ?? -1
      const moved = rankBefore < 0 ? null : rankBefore - place
      return [[bannerId, { since: start.day, isKnown: lastOut >= 0, moved }] as const]
    }),
  )
}
