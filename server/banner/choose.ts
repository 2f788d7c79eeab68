/** Which banner a visitor gets: the random choice and the no-repeat rule. Pure functions. */
import type { Dataset } from '../../artifacts/schema.ts'
import type { Pools } from '../pools/pools.ts'

/** A banner, and how it came to be chosen. */
export interface Choice {
  readonly bannerId: number
  /** Banners in the pool, whether they could be chosen or not. */
  readonly poolSize: number
  /** Of this banner in this request: 1 / banners that could be chosen. */
  readonly probability: number
  /** The visitor's last banner was the only one left. */
  readonly repeat: boolean
}

/**
 * Why there is no banner.
 *
 * | code | meaning |
 * |---|---|
 * | `no_pool` | the campaign has no pool in this quarter of the hour |
 * | `all_excluded` | the request excludes every banner of the pool |
 */
export type NoChoice = 'no_pool' | 'all_excluded'

/** What a request asks of the choice. */
export interface ChoiceRequest {
  /** The visitor's last banner of this campaign, which need not be in the pool. */
  readonly last: number | undefined
  readonly excluded: readonly number[]
  /** Uniform in [0, 1), like `Math.random`. */
  readonly random: () => number
}

/**
 * Chooses a banner uniformly among those of the pool that are neither excluded nor the visitor's last. If the last
 * one alone is left, it is repeated.
 *
 * Reads the pool where it lies, twice at most. A pool has at most 10 banners, so the time is constant.
 *
 * @param slot - From `slotOf`.
 */
export function chooseBanner(
  pools: Pools,
  slot: number,
  request: ChoiceRequest,
): Choice | NoChoice {
  const poolSize = pools.sizes[slot] ?? 0
  if (poolSize === 0) return 'no_pool'
  const { last, excluded } = request
  const allowed = countAllowed(pools, slot, excluded)
  if (allowed === 0) return 'all_excluded'
  const holdsLast = last !== undefined && !excluded.includes(last) && holds(pools, slot, last)
  if (holdsLast && allowed === 1) return { bannerId: last, poolSize, probability: 1, repeat: true }
  const eligible = holdsLast ? allowed - 1 : allowed
  const bannerId = nthEligible(pools, slot, request, Math.floor(request.random() * eligible))
  return { bannerId, poolSize, probability: 1 / eligible, repeat: false }
}

/** Tells which quarter of the hour, in UTC, a moment is in. */
export function datasetAt(moment: Date): Dataset {
  return (Math.floor(moment.getUTCMinutes() / 15) + 1) as Dataset
}

function bannerAt(pools: Pools, slot: number, place: number): number {
  return pools.bannerIds[(pools.starts[slot] ?? 0) + place] ?? 0
}

function countAllowed(pools: Pools, slot: number, excluded: readonly number[]): number {
  const size = pools.sizes[slot] ?? 0
  if (excluded.length === 0) return size
  let count = 0
  for (let place = 0; place < size; place++) {
    if (!excluded.includes(bannerAt(pools, slot, place))) count++
  }
  return count
}

function holds(pools: Pools, slot: number, bannerId: number): boolean {
  const size = pools.sizes[slot] ?? 0
  for (let place = 0; place < size; place++) {
    if (bannerAt(pools, slot, place) === bannerId) return true
  }
  return false
}

/** The banner with `n` eligible ones before it. */
function nthEligible(pools: Pools, slot: number, request: ChoiceRequest, n: number): number {
  const size = pools.sizes[slot] ?? 0
  let before = 0
  for (let place = 0; place < size; place++) {
    const bannerId = bannerAt(pools, slot, place)
    if (bannerId === request.last || request.excluded.includes(bannerId)) continue
    if (before === n) return bannerId
    before++
  }
  throw new RangeError('random must be below 1')
}
