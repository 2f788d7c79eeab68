/** The four rules on counts, and what one click less would change. */
import type { PoolSizes } from '../rank/ranker.ts'
import type { Campaign, Counts } from './campaign.ts'

/** Two scores that differ by less are equal: half of the last stored decimal. */
const TOLERANCE = 5e-7

/** What a choice is made of. */
export interface Chooser {
  readonly campaign: Pick<Campaign, 'bannerIds' | 'tieRanks'>
  readonly counts: Counts
  /** Orders converted banners, most first; the rules take the revenue. */
  readonly scores: Float64Array
  readonly sizes: PoolSizes
}

/** A pool by rank, as places among the candidates. */
export interface Pool {
  readonly places: readonly number[]
  /** The best banner that is not in it; null if all are. */
  readonly outside: number | null
  /** X in the business rules. */
  readonly convertedCount: number
}

/** Chooses a pool by the four rules. */
export function choosePool(chooser: Chooser): Pool {
  const { converted } = chooser.counts
  let convertedCount = 0
  for (const count of converted) if (count > 0) convertedCount += 1
  const size = findSize(convertedCount, chooser.sizes)
  // A list that is kept in order: pools are short, candidates may be many.
  const best: number[] = []
  for (let place = 0; place < converted.length; place += 1) {
    const last = best[size]
    if (last !== undefined && !isBetter(chooser, place, last)) continue
    let at = best.length
    while (at > 0 && isBetter(chooser, place, best[at - 1] ?? 0)) at -= 1
    best.splice(at, 0, place)
    if (best.length > size + 1) best.pop()
  }
  return { places: best.slice(0, size), outside: best[size] ?? null, convertedCount }
}

/** Tells whether the first banner stands before the second. */
function isBetter({ campaign, counts, scores }: Chooser, a: number, b: number): boolean {
  const isConverted = (counts.converted[a] ?? 0) > 0
  if (isConverted !== (counts.converted[b] ?? 0) > 0) return isConverted
  if (isConverted) {
    const difference = (scores[a] ?? 0) - (scores[b] ?? 0)
    if (difference !== 0) return difference > 0
  }
  const clicks = counts.clicks[a] ?? 0
  const others = counts.clicks[b] ?? 0
  if (clicks !== others) return clicks > others
  // A converted banner without clicks of its own cannot be: its conversion is of a click.
  if (clicks === 0 && !isConverted) return (campaign.tieRanks[a] ?? 0) < (campaign.tieRanks[b] ?? 0)
  return (campaign.bannerIds[a] ?? 0) < (campaign.bannerIds[b] ?? 0)
}

function findSize(convertedCount: number, { top, fill }: PoolSizes): number {
  if (convertedCount >= top) return top
  return Math.max(convertedCount, fill)
}

/** Tells whether a banner of a pool leaves it without one of its converted clicks, of which the score loses `loss`. */
export function wouldLeave(chooser: Chooser, pool: Pool, click: { place: number; loss: number }) {
  const { campaign, counts, scores, sizes } = chooser
  const { place, loss } = click
  const { outside, convertedCount } = pool
  const isStillConverted = (counts.converted[place] ?? 0) > 1
  // Then the pool is the other converted banners.
  const hasOnlyConverted = convertedCount > sizes.fill && convertedCount <= sizes.top
  if (!isStillConverted && hasOnlyConverted) return true
  if (outside === null) return false
  if (isStillConverted !== (counts.converted[outside] ?? 0) > 0) return !isStillConverted
  if (isStillConverted) {
    const difference = (scores[place] ?? 0) - loss - (scores[outside] ?? 0)
    if (Math.abs(difference) > TOLERANCE) return difference < 0
  }
  const clicks = (counts.clicks[place] ?? 0) - 1
  const others = counts.clicks[outside] ?? 0
  if (clicks !== others) return clicks < others
  const order = !isStillConverted && clicks === 0 ? campaign.tieRanks : campaign.bannerIds
  return (order[place] ?? 0) > (order[outside] ?? 0)
}
