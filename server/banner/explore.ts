/**
 * Choosing where a share of the decisions explores: it draws evenly from all candidates of the campaign, in its pool or not,
 * so that a banner that nobody has seen yet gets its first impression. Pure functions.
 *
 *     most decisions   evenly from the pool                 denied, excluded and the visitor's last are left out of both
 *     a share          evenly from all candidates
 *
 * A campaign without a pool explores always. The time depends on the pool and on the request, not on how many candidates
 * there are: these are drawn by chance until one may be shown.
 */
import { type Candidates, findCandidates } from '../pools/candidates.ts'
import { bannersOf, type Pools } from '../pools/pools.ts'
import { type Choice, type ChoiceRequest, isAllowed } from './choose.ts'
import { draw } from './choose-several.ts'
import type { NoChoice } from './outcomes.ts'

/** A campaign's candidates. */
export interface CampaignCandidates {
  /** Ascending. */
  readonly ids: ArrayLike<number>
  /** How many of them are denied. */
  readonly deniedCount: number
}

/** What is chosen from, and how. */
interface ExploringRequest extends ChoiceRequest {
  /** Of the decisions, above 0 and at most 1. */
  readonly share: number
  /** How many banners; fewer if there are not so many. */
  readonly count: number
}

/** Draws that may fail before all candidates are looked through: with half of them left out, once in 10^19 requests. */
const MAX_TRIES = 64

/**
 * Makes the function that finds a campaign's candidates. How many of them are denied is counted once for each campaign,
 * build and denylist.
 *
 * @param candidates - Asked at each request; undefined: they are not loaded.
 */
export function createCandidateFinder(candidates: () => Candidates | undefined) {
  let known: Candidates | undefined
  let denying: ReadonlySet<number> | undefined
  let counts = new Map<number, number>()
  return (campaignId: number, denied: ReadonlySet<number>): CampaignCandidates => {
    const current = candidates()
    if (current === undefined) return { ids: [], deniedCount: 0 }
    if (current !== known || denied !== denying) counts = new Map()
    known = current
    denying = denied
    const ids = findCandidates(current, campaignId)
    if (denied.size === 0) return { ids, deniedCount: 0 }
    const deniedCount = counts.get(campaignId) ?? countDenied(ids, denied)
    counts.set(campaignId, deniedCount)
    return { ids, deniedCount }
  }
}

/**
 * Chooses banners, none twice. The visitor's last one is among them only where fewer others are left than are asked for.
 *
 * @param slot - From `slotOf`; -1: the campaign has no pool.
 * @returns `probability` of each is its chance to be among them, whether by the pool or by exploring.
 */
export function chooseExploring(
  pools: Pools,
  slot: number,
  candidates: CampaignCandidates,
  request: ExploringRequest,
): readonly Choice[] | NoChoice {
  const pool = slot < 0 ? [] : bannersOf(pools, slot)
  const poolSize = pool.filter((bannerId) => !request.denied.has(bannerId)).length
  const allowed = pool.filter((bannerId) => isAllowed(bannerId, request))
  if (pool.length > 0 && allowed.length === 0) return poolSize === 0 ? 'disabled' : 'all_excluded'
  const all = describeAll(pool, candidates, request)
  if (pool.length === 0 && all.freshCount === 0 && !all.hasLast) return findReason(candidates)
  const share = pool.length === 0 ? 1 : request.share
  const fresh = allowed.filter((bannerId) => bannerId !== request.last)
  const fromPool: Arm = { freshCount: fresh.length, hasLast: fresh.length < allowed.length }
  const isExploring = share === 1 || request.random() < share
  const chosen = isExploring ? drawAll(all, request) : drawPool(fresh, fromPool, request)
  return chosen.map((bannerId) => ({
    bannerId,
    poolSize,
    probability:
      (1 - share) * (allowed.includes(bannerId) ? chanceIn(fromPool, bannerId, request) : 0) +
      share * chanceIn(all, bannerId, request),
    repeat: bannerId === request.last,
  }))
}

/** One of the two ways to draw. */
interface Arm {
  /** Banners that may be shown and are not the visitor's last one. */
  readonly freshCount: number
  /** Whether the last one may be shown, too. */
  readonly hasLast: boolean
}

/** All candidates, and what a change has brought into the pool since they were read. */
interface All extends Arm {
  readonly size: number
  readonly at: (place: number) => number
}

/** The chance of a banner that this way can draw to be among those that it draws. */
function chanceIn({ freshCount, hasLast }: Arm, bannerId: number, request: ExploringRequest) {
  if (bannerId !== request.last) return Math.min(1, request.count / freshCount)
  return hasLast && freshCount < request.count ? 1 : 0
}

function drawPool(fresh: readonly number[], arm: Arm, request: ExploringRequest): number[] {
  return addLast(draw(fresh, request.count, request.random), arm, request)
}

function addLast(drawn: number[], { freshCount, hasLast }: Arm, request: ExploringRequest) {
  const { last, count } = request
  return last !== undefined && hasLast && freshCount < count ? [...drawn, last] : drawn
}

function describeAll(
  pool: readonly number[],
  { ids, deniedCount }: CampaignCandidates,
  { excluded, denied, last }: ExploringRequest,
): All {
  const added = pool.filter((bannerId) => !holds(ids, bannerId))
  const has = (bannerId: number) => holds(ids, bannerId) || added.includes(bannerId)
  const leftOut = new Set(excluded.filter((bannerId) => has(bannerId) && !denied.has(bannerId)))
  const hasLast = last !== undefined && has(last) && !denied.has(last) && !excluded.includes(last)
  const size = ids.length + added.length
  const deniedAll = deniedCount + added.filter((bannerId) => denied.has(bannerId)).length
  return {
    size,
    hasLast,
    freshCount: size - deniedAll - leftOut.size - (hasLast ? 1 : 0),
    at: (place) => ids[place] ?? added[place - ids.length] ?? 0,
  }
}

/** Without replacement, each set alike: what is drawn twice, or may not be shown, is drawn again. */
function drawAll(all: All, request: ExploringRequest): number[] {
  const wanted = Math.min(request.count, all.freshCount)
  const drawn: number[] = []
  const isFresh = (bannerId: number) =>
    bannerId !== request.last && isAllowed(bannerId, request) && !drawn.includes(bannerId)
  for (let tries = 0; drawn.length < wanted && tries < MAX_TRIES; tries++) {
    const bannerId = all.at(Math.floor(request.random() * all.size))
    if (isFresh(bannerId)) drawn.push(bannerId)
  }
  if (drawn.length < wanted) {
    const left = Array.from({ length: all.size }, (_, place) => all.at(place)).filter(isFresh)
    drawn.push(...draw(left, wanted - drawn.length, request.random))
  }
  return addLast(drawn, all, request)
}

function findReason({ ids, deniedCount }: CampaignCandidates): NoChoice {
  if (ids.length === 0) return 'no_pool'
  return deniedCount === ids.length ? 'disabled' : 'all_excluded'
}

function countDenied(ids: ArrayLike<number>, denied: ReadonlySet<number>): number {
  let count = 0
  for (const bannerId of denied) if (holds(ids, bannerId)) count++
  return count
}

/** By halving. */
function holds(ids: ArrayLike<number>, bannerId: number): boolean {
  let [low, high] = [0, ids.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ids[middle] ?? 0) < bannerId) low = middle + 1
    else high = middle
  }
  return ids[low] === bannerId
}
