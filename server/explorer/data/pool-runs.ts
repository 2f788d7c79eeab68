/** The pools of a build as runs of banners, from `pools.parquet`: for comparing two builds. Runs in the thread of details.ts. */
import type { ParquetTable } from '../../parquet/table.ts'
import { readGroupRevenues } from './group-revenues.ts'

/** Banners of a pool to which the business rules fill one up. */
const FULL_POOL = 5

/** The pools of a build, in the order of the file: by dataset, before campaign. */
export interface PoolRuns {
  /** Per pool. */
  readonly datasets: Uint8Array
  readonly campaigns: Float64Array
  /** Sums in millionths. */
  readonly revenues: BigInt64Array
  /** Where a pool begins in `banners`; one more than there are pools. */
  readonly starts: Uint32Array
  /** By rank. */
  readonly banners: Float64Array
}

/**
 * Reads all pools of a file, a row group at a time.
 *
 * @throws {ParquetError} If the file is damaged.
 */
export async function readPoolRuns(table: ParquetTable): Promise<PoolRuns> {
  const runs = new GrowingRuns(table.rows)
  for (const group of table.groups) {
    const size = group.end - group.start
    const [datasets, campaigns] = [new Float64Array(size), new Float64Array(size)]
    await table.readNumbers(group, 'dataset', datasets)
    await table.readNumbers(group, 'campaign_id', campaigns)
    await table.readNumbers(group, 'banner_id', runs.banners.subarray(group.start, group.end))
    const addRevenues = await readGroupRevenues(table, group)
    for (let start = 0; start < size; ) {
      const [dataset = 0, campaign = 0] = [datasets[start], campaigns[start]]
      let end = start + 1
      while (end < size && campaigns[end] === campaign && datasets[end] === dataset) end++
      runs.add({ dataset, campaign, row: group.start + start }, addRevenues(start, end))
      start = end
    }
  }
  return runs.finish()
}

/** Pools that are added one after another; how many there are is known at the end only. */
class GrowingRuns {
  readonly banners: Float64Array
  #datasets: Uint8Array
  #campaigns: Float64Array
  #revenues: BigInt64Array
  #starts: Uint32Array
  #count = 0

  constructor(rows: number) {
    this.banners = new Float64Array(rows)
    // Most pools have 5 to 10 banners.
    const room = Math.ceil(rows / FULL_POOL) + 1
    this.#datasets = new Uint8Array(room)
    this.#campaigns = new Float64Array(room)
    this.#revenues = new BigInt64Array(room)
    this.#starts = new Uint32Array(room)
  }

  /** Adds a part of a pool: one may begin in one row group and end in the next. */
  add(part: { dataset: number; campaign: number; row: number }, revenue: bigint): void {
    const last = this.#count - 1
    if (this.#datasets[last] === part.dataset && this.#campaigns[last] === part.campaign) {
      this.#revenues[last] = (this.#revenues[last] ?? 0n) + revenue
      return
    }
    if (this.#count + 1 >= this.#starts.length) this.#grow()
    this.#datasets[this.#count] = part.dataset
    this.#campaigns[this.#count] = part.campaign
    this.#revenues[this.#count] = revenue
    this.#starts[this.#count] = part.row
    this.#count++
  }

  finish(): PoolRuns {
    const count = this.#count
    this.#starts[count] = this.banners.length
    return {
      datasets: this.#datasets.slice(0, count),
      campaigns: this.#campaigns.slice(0, count),
      revenues: this.#revenues.slice(0, count),
      starts: this.#starts.slice(0, count + 1),
      banners: this.banners,
    }
  }

  #grow(): void {
    const room = 2 * this.#starts.length
    const grown = <T extends { set(from: T): void }>(to: T, from: T) => {
      to.set(from)
      return to
    }
    this.#datasets = grown(new Uint8Array(room), this.#datasets)
    this.#campaigns = grown(new Float64Array(room), this.#campaigns)
    this.#revenues = grown(new BigInt64Array(room), this.#revenues)
    this.#starts = grown(new Uint32Array(room), this.#starts)
  }
}

/** The banners of a pool by rank; none where there is no such pool. */
export function bannersOfRun({ starts, banners }: PoolRuns, pool: number): Float64Array {
  return pool < 0 ? banners.subarray(0, 0) : banners.subarray(starts[pool], starts[pool + 1])
}

/** Calls `visit` for each pool of either build, in their order, with its place in each: -1 where it is in one only. */
export function pairPools(
  before: PoolRuns,
  now: PoolRuns,
  visit: (thenPool: number, nowPool: number) => void,
): void {
  let [a, b] = [0, 0]
  while (a < before.campaigns.length || b < now.campaigns.length) {
    const order = compareAt(before, a, now, b)
    visit(order > 0 ? -1 : a, order < 0 ? -1 : b)
    if (order <= 0) a++
    if (order >= 0) b++
  }
}

/** Below 0: the pool of `before` is the first of the two. */
function compareAt(before: PoolRuns, a: number, now: PoolRuns, b: number): number {
  if (a >= before.campaigns.length) return 1
  if (b >= now.campaigns.length) return -1
  const byDataset = (before.datasets[a] ?? 0) - (now.datasets[b] ?? 0)
  return byDataset !== 0 ? byDataset : (before.campaigns[a] ?? 0) - (now.campaigns[b] ?? 0)
}

/** What became of the banners of a pool. */
export interface PoolDifference {
  readonly entered: readonly number[]
  readonly left: readonly number[]
  /** Another banner, or another order. */
  readonly isChanged: boolean
}

/** Compares the banners of a pool in two builds. */
export function comparePool(before: Float64Array, now: Float64Array): PoolDifference {
  if (isSamePool(before, now)) return NO_DIFFERENCE
  const entered = [...now].filter((banner) => !before.includes(banner))
  const left = [...before].filter((banner) => !now.includes(banner))
  return { entered, left, isChanged: true }
}

const NO_DIFFERENCE: PoolDifference = { entered: [], left: [], isChanged: false }

function isSamePool(before: Float64Array, now: Float64Array): boolean {
  if (before.length !== now.length) return false
  for (let place = 0; place < now.length; place++) {
    if (before[place] !== now[place]) return false
  }
  return true
}
