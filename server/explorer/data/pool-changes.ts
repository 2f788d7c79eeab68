/** Which pools differ between two builds. Runs in the thread of details.ts. */
import { formatMillionths } from '../../../contract/explain.ts'
import { DATASETS, type Dataset } from '../../../contract/schema.ts'
import { type PublishedFile, withParquet } from './parquet-file.ts'
import { bannersOfRun, comparePool, pairPools, readPoolRuns } from './pool-runs.ts'

/** A pool with another banner or another order. */
export interface ChangedPool {
  readonly dataset: Dataset
  readonly campaignId: number
  /** By rank; null: there was, or is, no such pool. */
  readonly before: readonly number[] | null
  readonly now: readonly number[] | null
  readonly entered: readonly number[]
  readonly left: readonly number[]
  /** Plain decimals; of no pool: null. */
  readonly revenueThen: string | null
  readonly revenueNow: string | null
}

/** A page of them. */
export interface PoolChanges {
  readonly changed: readonly ChangedPool[]
  readonly total: number
  readonly page: number
  readonly pages: number
  /** Pools in either build. */
  readonly pools: number
  readonly entered: number
  readonly left: number
}

/** Pools of one page. */
const POOLS = 50

/** Compares the pools of two builds. */
export async function comparePools(
  thenFile: PublishedFile,
  nowFile: PublishedFile,
  page: number,
): Promise<PoolChanges> {
  const before = await withParquet(thenFile, readPoolRuns)
  const now = await withParquet(nowFile, readPoolRuns)
  const changed: [number, number][] = []
  const sums = { pools: 0, entered: 0, left: 0 }
  const compare = (a: number, b: number) =>
    comparePool(bannersOfRun(before, a), bannersOfRun(now, b))
  pairPools(before, now, (a, b) => {
    const { isChanged, entered, left } = compare(a, b)
    sums.pools++
    sums.entered += entered.length
    sums.left += left.length
    if (isChanged) changed.push([a, b])
  })
  const pages = Math.max(1, Math.ceil(changed.length / POOLS))
  const shown = Math.min(page, pages)
  const part = changed.slice((shown - 1) * POOLS, shown * POOLS)
  return {
    ...{ ...sums, total: changed.length, page: shown, pages },
    changed: part.map(([a, b]) => {
      const { entered, left } = compare(a, b)
      const [runs, place] = b < 0 ? ([before, a] as const) : ([now, b] as const)
      return {
        dataset: DATASETS.find((one) => one === runs.datasets[place]) ?? 1,
        campaignId: runs.campaigns[place] ?? 0,
        before: a < 0 ? null : [...bannersOfRun(before, a)],
        now: b < 0 ? null : [...bannersOfRun(now, b)],
        ...{ entered, left },
        revenueThen: a < 0 ? null : formatMillionths(before.revenues[a] ?? 0n),
        revenueNow: b < 0 ? null : formatMillionths(now.revenues[b] ?? 0n),
      }
    }),
  }
}
