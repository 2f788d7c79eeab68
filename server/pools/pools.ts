/** From the artifact to the pools in memory. */
import { DATASETS } from '../../contract/schema.ts'
import { type BannerDetails, NO_DETAILS } from './banner-details.ts'
import { createCampaignTable, findCampaign } from './campaign-table.ts'
import type { PoolColumns } from './columns.ts'
import { type CheckedRows, PoolRows } from './pool-rows.ts'

/**
 * All pools of a build. A pool is a run of `bannerIds`, in ascending rank; nothing is copied to serve it.
 *
 *     campaign 7, dataset 2 ── findCampaign(campaignIds, 7) = 4 ── slot = 4 * 4 + 2 - 1 = 17
 *
 *     starts     [ … | 120 | … ]                starts[17] = 120
 *     sizes      [ … |   2 | … ]                sizes[17] = 2; 0 = no pool
 *     bannerIds  [ … | 30 | 10 | … ]            30 is rank 1, 10 is rank 2
 *
 * Memory: 4 bytes a row (8 if an id is over 2^32 - 1), and for each campaign 8 bytes and 2 to 4 places of 28 bytes.
 * Ten million rows of 250,000 campaigns are 57 MB. Only typed arrays, so a worker can hand over all of it at no cost.
 */
export interface Pools extends BannerDetails {
  readonly buildId: string
  readonly campaignCount: number
  readonly poolCount: number
  /** Hash map: a campaign's place is its index. See campaign-table.ts. */
  readonly campaignIds: Float64Array
  /** The campaigns, ascending: for lists of them. */
  readonly sortedIds: Float64Array
  /** Per slot: where its pool begins in `bannerIds`. */
  readonly starts: Uint32Array
  /** Per slot: banners in its pool, 0 to 255. */
  readonly sizes: Uint8Array
  /** In the order of `pools.parquet`: dataset, campaign, rank. */
  readonly bannerIds: Uint32Array | Float64Array
  /** A change that is being written into the pools; undefined: all are of the state that `buildId` names. */
  readonly writing?: PartlyWritten | undefined
}

/** A change of which some pools are written. */
interface PartlyWritten {
  /** Per slot: number of the change that it is from. */
  readonly changedBy: Uint32Array
  readonly n: number
  /** Of the state that it leads to. */
  readonly buildId: string
}

/**
 * Arranges rows as pools.
 *
 * @param columns - Sorted by dataset, campaign, rank; ranks from 1 without gaps; no banner twice in a pool.
 * @throws {ArtifactError} If a row breaks that, naming the row (the first is 1).
 */
export function createPools(
  columns: PoolColumns,
  buildId: string,
  details: BannerDetails = NO_DETAILS,
): Pools {
  const rows = new PoolRows(columns.rank.length)
  rows.add(columns)
  return arrangePools(rows.finish(), buildId, details)
}

/** Arranges rows that were checked as pools. */
export function arrangePools(rows: CheckedRows, buildId: string, details: BannerDetails): Pools {
  const sortedIds = listCampaigns(rows)
  const campaignIds = createCampaignTable(sortedIds)
  const starts = new Uint32Array(campaignIds.length * DATASETS.length)
  const sizes = new Uint8Array(starts.length)
  for (const dataset of DATASETS) {
    for (let pool = rows.ends[dataset - 1] ?? 0; pool < (rows.ends[dataset] ?? 0); pool++) {
      const slot = slotOf(findCampaign(campaignIds, rows.campaignIds[pool] ?? 0), dataset)
      const start = rows.starts[pool] ?? 0
      starts[slot] = start
      sizes[slot] = (rows.starts[pool + 1] ?? rows.bannerIds.length) - start
    }
  }
  return {
    buildId,
    campaignCount: sortedIds.length,
    poolCount: rows.starts.length,
    campaignIds,
    sortedIds,
    starts,
    sizes,
    bannerIds: rows.bannerIds,
    ...details,
  }
}

/** All campaigns, ascending: those of each dataset ascend already. */
function listCampaigns({ campaignIds, ends }: CheckedRows): Float64Array {
  const next = Uint32Array.from(DATASETS, (dataset) => ends[dataset - 1] ?? 0)
  const ids = new Float64Array(campaignIds.length)
  let count = 0
  for (;;) {
    let least = Number.POSITIVE_INFINITY
    for (const dataset of DATASETS) {
      const place = next[dataset - 1] ?? 0
      if (place < (ends[dataset] ?? 0)) least = Math.min(least, campaignIds[place] ?? least)
    }
    if (least === Number.POSITIVE_INFINITY) return ids.slice(0, count)
    for (const dataset of DATASETS) {
      const place = next[dataset - 1] ?? 0
      if (place < (ends[dataset] ?? 0) && campaignIds[place] === least)
        next[dataset - 1] = place + 1
    }
    ids[count++] = least
  }
}

/**
 * Numbers the pools: four slots for each campaign, one for each dataset.
 *
 * @param index - Of the campaign, from {@link findCampaign}.
 */
export function slotOf(index: number, dataset: number): number {
  return index * DATASETS.length + dataset - 1
}

/**
 * Finds a campaign that has a pool, in constant time. One whose last pool a change has taken away is unknown, as it would be
 * after a load of the same pools.
 *
 * @returns The campaign's index, or -1 if it is unknown.
 */
export function findPools(pools: Pools, campaignId: number): number {
  const index = findCampaign(pools.campaignIds, campaignId)
  return index >= 0 && hasPool(pools.sizes, index) ? index : -1
}

/** Tells whether the campaign at an index has a pool in any dataset. */
export function hasPool(sizes: Uint8Array, index: number): boolean {
  const slot = index * DATASETS.length
  return (
    (sizes[slot] ?? 0) !== 0 ||
    (sizes[slot + 1] ?? 0) !== 0 ||
    (sizes[slot + 2] ?? 0) !== 0 ||
    (sizes[slot + 3] ?? 0) !== 0
  )
}

/** Names the state that a pool is of. */
export function findBuildId({ buildId, writing }: Pools, slot: number): string {
  return writing !== undefined && writing.changedBy[slot] === writing.n ? writing.buildId : buildId
}

/** Gives the banners of a pool, the best first. */
export function bannersOf({ starts, sizes, bannerIds }: Pools, slot: number): readonly number[] {
  const start = starts[slot] ?? 0
  return Array.from(bannerIds.subarray(start, start + (sizes[slot] ?? 0)))
}
