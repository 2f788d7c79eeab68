/** Which banner a visitor gets: the random choice and the no-repeat rule. Pure functions. */
import type { Dataset } from '../../contract/schema.ts'
import type { Pools } from '../pools/pools.ts'
import type { NoChoice } from './outcomes.ts'

/** A banner, and how it came to be chosen. */
export interface Choice {
  readonly bannerId: number
  /** Banners in the pool, excluded ones too, denied ones not. */
  readonly poolSize: number
  /** Of this banner in this request: chosen banners / banners that could be. */
  readonly probability: number
  /** It is the visitor's last banner again: no other was left. */
  readonly repeat: boolean
}

/** What a request asks of the choice. */
export interface ChoiceRequest {
  /** The visitor's last banner of this campaign, which need not be in the pool. */
  readonly last: number | undefined
  readonly excluded: readonly number[]
  /** Banners that nobody may see, from the denylist. */
  readonly denied: ReadonlySet<number>
  /** Uniform in [0, 1), like `Math.random`. */
  readonly random: () => number
}

/**
 * Chooses a banner uniformly among those of the pool that are neither denied, nor excluded, nor the visitor's last. If
 * the last one alone is left, it is repeated.
 *
 * Reads the pool where it lies, a few times at most. A pool has at most 10 banners, so the time is constant.
 *
 * @param slot - From `slotOf`.
 */
export function chooseBanner(
  pools: Pools,
  slot: number,
  request: ChoiceRequest,
): Choice | NoChoice {
  const size = pools.sizes[slot] ?? 0
  if (size === 0) return 'no_pool'
  const poolSize = size - countIf(pools, slot, (bannerId) => request.denied.has(bannerId))
  if (poolSize === 0) return 'disabled'
  const allowed = countIf(pools, slot, (bannerId) => isAllowed(bannerId, request))
  if (allowed === 0) return 'all_excluded'
  const { last } = request
  const holdsLast = last !== undefined && isAllowed(last, request) && holds(pools, slot, last)
  if (holdsLast && allowed === 1) return { bannerId: last, poolSize, probability: 1, repeat: true }
  const eligible = holdsLast ? allowed - 1 : allowed
  const bannerId = nthEligible(pools, slot, request, Math.floor(request.random() * eligible))
  return { bannerId, poolSize, probability: 1 / eligible, repeat: false }
}

/** Tells which quarter of the hour, in UTC, a moment is in. */
export function datasetAt(moment: Date): Dataset {
  return (Math.floor(moment.getUTCMinutes() / 15) + 1) as Dataset
}

/** Whether a banner may be chosen, but for being the visitor's last one. */
export function isAllowed(bannerId: number, { excluded, denied }: ChoiceRequest): boolean {
  return !excluded.includes(bannerId) && !denied.has(bannerId)
}

function bannerAt(pools: Pools, slot: number, place: number): number {
  return pools.bannerIds[(pools.starts[slot] ?? 0) + place] ?? 0
}

function countIf(pools: Pools, slot: number, test: (bannerId: number) => boolean): number {
  const size = pools.sizes[slot] ?? 0
  let count = 0
  for (let place = 0; place < size; place++) if (test(bannerAt(pools, slot, place))) count++
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
    if (bannerId === request.last || !isAllowed(bannerId, request)) continue
    if (before === n) return bannerId
    before++
  }
  throw new RangeError('random must be below 1')
}
