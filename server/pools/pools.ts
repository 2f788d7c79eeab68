/** From the artifact to the pools in memory. */
import { ArtifactError } from '../../contract/read.ts'
import { DATASETS, type Dataset, MAX_ID } from '../../contract/schema.ts'
import { type BannerDetails, NO_DETAILS } from './banner-details.ts'
import { createCampaignTable, findCampaign } from './campaign-table.ts'
import type { PoolColumns } from './columns.ts'

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
  checkRows(columns)
  const campaignIds = createCampaignTable(columns.campaignId)
  const sortedIds = campaignIds.filter((id) => id !== 0).sort()
  const starts = new Uint32Array(campaignIds.length * DATASETS.length)
  const sizes = new Uint8Array(starts.length)
  let slot = 0
  for (let row = 0; row < columns.rank.length; row++) {
    const rank = columns.rank[row] ?? 0
    if (rank === 1) {
      const index = findCampaign(campaignIds, columns.campaignId[row] ?? 0)
      slot = slotOf(index, columns.dataset[row] ?? 0)
      starts[slot] = row
    }
    sizes[slot] = rank
  }
  return {
    buildId,
    campaignCount: sortedIds.length,
    poolCount: countNonZero(sizes),
    campaignIds,
    sortedIds,
    starts,
    sizes,
    bannerIds: narrow(columns.bannerId),
    ...details,
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

/**
 * Checks rows of pools.
 *
 * @throws {ArtifactError} If a row breaks the contract, naming the row (the first is 1).
 */
export function checkRows(columns: PoolColumns): void {
  for (let row = 0; row < columns.rank.length; row++) {
    const fault = findFault(columns, row)
    if (fault !== undefined) throw new ArtifactError(`row ${row + 1}: ${fault}`)
  }
}

function findFault(columns: PoolColumns, row: number): string | undefined {
  const { dataset, campaignId, rank, bannerId } = columns
  if (!DATASETS.includes(dataset[row] as Dataset)) return `dataset is ${dataset[row]}`
  if (!isId(campaignId[row])) return `campaign_id is ${campaignId[row]}`
  if (!isId(bannerId[row])) return `banner_id is ${bannerId[row]}`
  const order = compareWithPrevious(columns, row)
  if (order < 0) return 'rows are not sorted by dataset and campaign_id'
  const expected = order > 0 ? 1 : Number(rank[row - 1]) + 1
  if (rank[row] !== expected) return `rank is ${rank[row]}, expected ${expected}`
  for (let earlier = row - expected + 1; earlier < row; earlier++) {
    if (bannerId[earlier] === bannerId[row]) return `banner ${bannerId[row]} is in its pool twice`
  }
  return undefined
}

/** 0 = same pool as the row before, 1 = a later one, -1 = an earlier one. */
function compareWithPrevious({ dataset, campaignId }: PoolColumns, row: number): number {
  if (row === 0) return 1
  const difference =
    Number(dataset[row]) - Number(dataset[row - 1]) ||
    Number(campaignId[row]) - Number(campaignId[row - 1])
  return Math.sign(difference)
}

function isId(value: number | undefined): boolean {
  return value !== undefined && value >= 1 && value <= MAX_ID
}

function countNonZero(values: ArrayLike<number>): number {
  let count = 0
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) count++
  return count
}

/** Halves the memory when every id fits in 32 bits. */
function narrow(ids: Float64Array): Uint32Array | Float64Array {
  return ids.every((id) => id < 2 ** 32) ? new Uint32Array(ids) : ids
}
