/** A change, written into the pools where they lie. */
import { takeDetails } from '../banner-details.ts'
import { addCampaign, findCampaign } from '../campaign-table.ts'
import { hasPool, type Pools, slotOf } from '../pools.ts'
import { fits, type LivePools, listCampaigns, measureRoom, PART, runFor } from './live-pools.ts'
import type { PoolChange } from './pool-change.ts'

/** Names the state that a change leads to. */
export interface ChangeName {
  readonly n: number
  readonly buildId: string
}

/**
 * Writes a change into the pools at once, however many it has.
 *
 * @returns False if it does not fit, and nothing was written: `enlarge` first.
 */
export function applyChange(live: LivePools, change: PoolChange, name: ChangeName): boolean {
  const parts = writeInParts(live, change, name)
  for (;;) {
    const part = parts.next()
    if (part.done) return part.value
  }
}

/**
 * Writes a change into the pools, some thousand of them at a time: between two parts, requests may be answered. Each pool is
 * of the state before or of the state after, and `findBuildId` tells which.
 *
 * @returns As {@link applyChange}.
 */
export function* writeInParts(
  live: LivePools,
  change: PoolChange,
  name: ChangeName,
): Generator<void, boolean> {
  const needed = yield* measureRoom(live, change)
  if (!fits(live, needed)) return false
  const { changedBy, pools } = live
  const count = change.sizes.length
  if (count > PART) {
    const names = {
      buildId: pools.buildId,
      campaignCount: pools.campaignCount,
      poolCount: pools.poolCount,
    }
    live.pools = withNames(live, { ...names, writing: { changedBy, ...name } })
  }
  const totals = { campaignCount: pools.campaignCount, poolCount: pools.poolCount, from: 0 }
  for (let pool = 0; pool < count; pool++) {
    if (pool > 0 && pool % PART === 0) yield
    writePool(live, change, { pool, n: name.n, totals })
  }
  const { campaignCount, poolCount } = totals
  live.pools = withNames(live, { buildId: name.buildId, campaignCount, poolCount })
  return true
}

interface Totals {
  campaignCount: number
  poolCount: number
  /** Where the banners of the next pool begin in the change. */
  from: number
}

function writePool(
  live: LivePools,
  change: PoolChange,
  { pool, n, totals }: { readonly pool: number; readonly n: number; readonly totals: Totals },
): void {
  const { sizes, campaignIds } = live.pools
  const id = change.campaignIds[pool] ?? 0
  const size = change.sizes[pool] ?? 0
  const known = findCampaign(campaignIds, id)
  if (known < 0 && size === 0) return
  if (known < 0) live.taken++
  const index = known < 0 ? addCampaign(campaignIds, id) : known
  const slot = slotOf(index, change.datasets[pool] ?? 0)
  const hadPool = hasPool(sizes, index)
  writeBanners(live, slot, change.bannerIds.subarray(totals.from, totals.from + size))
  totals.from += size
  totals.poolCount += Math.sign(size) - Math.sign(sizes[slot] ?? 0)
  sizes[slot] = size
  live.changedBy[slot] = n
  if (hasPool(sizes, index) === hadPool) return
  totals.campaignCount += hadPool ? -1 : 1
  live.moved.add(id)
}

/** Where the pool lies, or in a new run if it has become too large. */
function writeBanners(live: LivePools, slot: number, banners: Float64Array): void {
  const { pools, capacities } = live
  const { starts, bannerIds } = pools
  if (banners.length > (capacities[slot] ?? 0)) {
    starts[slot] = live.end
    capacities[slot] = runFor(banners.length)
    live.end += runFor(banners.length)
  }
  bannerIds.set(banners, starts[slot] ?? 0)
}

/** What is served: the same arrays, and the list of campaigns once somebody asks for it, because serving does not. */
function withNames(
  live: LivePools,
  names: Pick<Pools, 'buildId' | 'campaignCount' | 'poolCount' | 'writing'>,
): Pools {
  const { campaignIds, starts, sizes, bannerIds } = live.pools
  return {
    ...takeDetails(live.pools),
    ...names,
    campaignIds,
    starts,
    sizes,
    bannerIds,
    get sortedIds() {
      return listCampaigns(live)
    },
  }
}
