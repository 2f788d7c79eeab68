/** The pools of a build as runs of banners, from `pools.parquet`: for comparing two builds. Runs in the thread of details.ts. */
import { DECIMAL_SCALE } from '../../parquet/rows.ts'
import type { ParquetTable } from '../../parquet/table.ts'
import { EXACT_NUMBERS, NUMBERS } from '../../parquet/values.ts'

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
  const { rows } = table
  const runs = {
    datasets: new Uint8Array(rows),
    campaigns: new Float64Array(rows),
    revenues: new BigInt64Array(rows),
    starts: new Uint32Array(rows + 1),
    banners: new Float64Array(rows),
  }
  let count = 0
  for (const group of table.groups) {
    const size = group.end - group.start
    const datasets = new Uint8Array(size)
    const campaigns = new Float64Array(size)
    const revenues = new BigInt64Array(size)
    await table.readColumn(group, { name: 'dataset', kind: NUMBERS }, (row, value) => {
      datasets[row] = value
    })
    await table.readColumn(group, { name: 'campaign_id', kind: NUMBERS }, (row, value) => {
      campaigns[row] = value
    })
    await table.readColumn(group, { name: 'banner_id', kind: NUMBERS }, (row, value) => {
      runs.banners[group.start + row] = value
    })
    const revenue = { name: 'revenue', kind: EXACT_NUMBERS, scale: DECIMAL_SCALE }
    await table.readColumn(group, revenue, (row, value) => {
      revenues[row] = value
    })
    for (let row = 0; row < size; row++) {
      const [dataset = 0, campaign = 0] = [datasets[row], campaigns[row]]
      const last = count - 1
      if (runs.datasets[last] !== dataset || runs.campaigns[last] !== campaign) {
        runs.datasets[count] = dataset
        runs.campaigns[count] = campaign
        runs.starts[count] = group.start + row
        count++
      }
      runs.revenues[count - 1] = (runs.revenues[count - 1] ?? 0n) + (revenues[row] ?? 0n)
    }
  }
  runs.starts[count] = rows
  return {
    datasets: runs.datasets.slice(0, count),
    campaigns: runs.campaigns.slice(0, count),
    revenues: runs.revenues.slice(0, count),
    starts: runs.starts.slice(0, count + 1),
    banners: runs.banners,
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
  const isSame =
    before.length === now.length && before.every((banner, place) => banner === now[place])
  if (isSame) return { entered: [], left: [], isChanged: false }
  const entered = [...now].filter((banner) => !before.includes(banner))
  const left = [...before].filter((banner) => !now.includes(banner))
  return { entered, left, isChanged: true }
}
