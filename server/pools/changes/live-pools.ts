/**
 * Pools of a build that changes are written into, where they lie. What is served are the same arrays, so a change costs
 * what it touches, however many pools there are, and memory does not grow with their number.
 *
 *     bannerIds   [ rows of the build …………… | runs of pools that grew …… | room ]
 *                   a pool that fits stays                             end
 *
 * A pool that outgrows its run gets one of {@link RUN} places behind the others; the rules fill no more, so it moves once.
 * Where the room is not enough, {@link enlarge} makes new arrays.
 */
import { DATASETS } from '../../../contract/schema.ts'
import { takeDetails } from '../banner-details.ts'
import { createCampaignTable, findCampaign } from '../campaign-table.ts'
import { findPools, type Pools, slotOf } from '../pools.ts'
import type { PoolChange } from './pool-change.ts'

/** Pools, and what is needed to change them. Data only, so that a thread can hand it over. */
export interface LivePools {
  /** What is served; another object after each change, with the same arrays. */
  pools: Pools
  /** Per slot: banners that fit where its pool lies. */
  readonly capacities: Uint8Array
  /** Per slot: number of the change that it is from; 0: of the build, `starts` is its row in `pools.parquet`. */
  readonly changedBy: Uint32Array
  /** Where the room in `bannerIds` begins. */
  end: number
  /** Places of the campaign table that are taken, by campaigns without a pool, too. */
  taken: number
  /** The campaigns, ascending, when they were listed last, and those that came or went since. */
  sortedIds: Float64Array
  readonly moved: Set<number>
}

/** Places of a new run: the rules put no more banners into a pool. */
const RUN = 10
/** Of pools of other rules: a rank is stored in a byte. */
const GREATEST_RUN = 255

/** Campaigns that may come although there were few; 12 kB. */
const SPARE_CAMPAIGNS = 512

/** From there on a table gets slow. */
const GREATEST_LOAD = 0.75

/** Pools that are written, or measured, before others get their turn: some milliseconds. */
export const PART = 4_000

/** Takes over the pools of a build, which nobody else may change from then on. */
export function createLivePools(pools: Pools): LivePools {
  const { sizes, bannerIds, campaignCount } = pools
  return {
    pools,
    capacities: sizes.slice(),
    changedBy: new Uint32Array(sizes.length),
    end: bannerIds.length,
    taken: campaignCount,
    sortedIds: pools.sortedIds,
    moved: new Set(),
  }
}

/**
 * Makes arrays that have room for a change and many more. Pools stay where they lie.
 *
 * Takes time by the size of the build: some 20 ms for 100,000 campaigns.
 */
export function enlarge(live: LivePools, change: PoolChange): LivePools {
  const { pools } = live
  const needed = measureAll(live, change)
  const known = listCampaigns(live)
  const campaignIds = createCampaignTable(
    known,
    Math.max(SPARE_CAMPAIGNS, known.length >> 1) + needed.campaigns,
  )
  const starts = new Uint32Array(campaignIds.length * DATASETS.length)
  const sizes = new Uint8Array(starts.length)
  const capacities = new Uint8Array(starts.length)
  const changedBy = new Uint32Array(starts.length)
  for (const id of known) {
    const from = slotOf(findCampaign(pools.campaignIds, id), 1)
    const to = slotOf(findCampaign(campaignIds, id), 1)
    for (let offset = 0; offset < DATASETS.length; offset++) {
      starts[to + offset] = pools.starts[from + offset] ?? 0
      sizes[to + offset] = pools.sizes[from + offset] ?? 0
      capacities[to + offset] = live.capacities[from + offset] ?? 0
      changedBy[to + offset] = live.changedBy[from + offset] ?? 0
    }
  }
  // Pages of it that nobody writes to take no memory.
  const room = needed.banners + RUN * (pools.poolCount + SPARE_CAMPAIGNS * DATASETS.length)
  const bannerIds = createBannerIds(live.end + room, needed.isWide || isWide(pools.bannerIds))
  bannerIds.set(pools.bannerIds.subarray(0, live.end))
  const { buildId, campaignCount, poolCount } = pools
  return {
    pools: {
      ...takeDetails(pools),
      buildId,
      campaignCount,
      poolCount,
      campaignIds,
      sortedIds: known,
      starts,
      sizes,
      bannerIds,
    },
    capacities,
    changedBy,
    end: live.end,
    taken: known.length,
    sortedIds: known,
    moved: new Set(),
  }
}

/** What a change needs beyond what is there. */
interface Room {
  readonly campaigns: number
  readonly banners: number
  readonly isWide: boolean
}

/** Measures what a change needs, some thousand pools at a time. */
export function* measureRoom(
  { pools, capacities }: LivePools,
  change: PoolChange,
): Generator<void, Room> {
  let [campaigns, banners] = [0, 0]
  for (let pool = 0; pool < change.sizes.length; pool++) {
    if (pool > 0 && pool % PART === 0) yield
    const size = change.sizes[pool] ?? 0
    if (size === 0) continue
    const index = findCampaign(pools.campaignIds, change.campaignIds[pool] ?? 0)
    if (index < 0) campaigns++
    const slot = slotOf(index, change.datasets[pool] ?? 0)
    if (index < 0 || size > (capacities[slot] ?? 0)) banners += runFor(size)
  }
  return { campaigns, banners, isWide: change.isWide }
}

function measureAll(live: LivePools, change: PoolChange): Room {
  const parts = measureRoom(live, change)
  for (;;) {
    const part = parts.next()
    if (part.done) return part.value
  }
}

/** Tells whether there is so much room. */
export function fits({ pools, end, taken }: LivePools, needed: Room): boolean {
  const { campaignIds, bannerIds } = pools
  return (
    taken + needed.campaigns <= campaignIds.length * GREATEST_LOAD &&
    end + needed.banners <= bannerIds.length &&
    (!needed.isWide || isWide(bannerIds))
  )
}

/** Places of the run of a pool with so many banners. */
export function runFor(size: number): number {
  return size <= RUN ? RUN : Math.min(2 * size, GREATEST_RUN)
}

function isWide(bannerIds: Pools['bannerIds']): boolean {
  return bannerIds instanceof Float64Array
}

function createBannerIds(length: number, wide: boolean): Pools['bannerIds'] {
  return wide ? new Float64Array(length) : new Uint32Array(length)
}

/** Lists the campaigns in ascending order: one pass over the list made before and those that came or went since. */
export function listCampaigns(live: LivePools): Float64Array {
  const { pools, sortedIds, moved } = live
  if (moved.size === 0) return sortedIds
  const came = Float64Array.from(moved).sort()
  const listed = new Float64Array(pools.campaignCount)
  let count = 0
  let next = 0
  for (const id of came) {
    while (next < sortedIds.length && (sortedIds[next] ?? 0) < id)
      listed[count++] = sortedIds[next++] ?? 0
    if (sortedIds[next] === id) next++
    if (findPools(pools, id) >= 0) listed[count++] = id
  }
  listed.set(sortedIds.subarray(next), count)
  live.sortedIds = listed
  moved.clear()
  return listed
}
