/** Which pools differ between two builds. Runs in the thread of details.ts. */
import { POOL_COLUMNS } from '../../../contract/columns.ts'
import { formatMillionths } from '../../../contract/explain.ts'
import type { Dataset } from '../../../contract/schema.ts'
import { readRows } from '../../parquet/rows.ts'
import { type PublishedFile, type RowRange, withParquet } from './parquet-file.ts'
import { bannersOfRun, comparePool, type PoolRuns, pairPools, readPoolRuns } from './pool-runs.ts'
import { createRecent } from './recent.ts'

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

/** Where the rows of a pool lie in the two files; none where there is no such pool. */
interface ChangedRows {
  readonly before: RowRange
  readonly now: RowRange
}

interface Comparison extends Pick<PoolChanges, 'pools' | 'entered' | 'left'> {
  readonly total: number
  readonly at: (place: number) => ChangedRows
}

/** Of the two builds that were compared last: 16 bytes a pool that changed. */
const recent = createRecent<Comparison>(1)

/** Compares the pools of two builds. */
export async function comparePools(
  thenFile: PublishedFile,
  nowFile: PublishedFile,
  page: number,
): Promise<PoolChanges> {
  const key = `${thenFile.listed.sha256} ${nowFile.listed.sha256}`
  const { at, ...sums } = await recent.get(key, () => findChanges(thenFile, nowFile))
  const pages = Math.max(1, Math.ceil(sums.total / POOLS))
  const shown = Math.min(page, pages)
  const first = (shown - 1) * POOLS
  const count = Math.min(POOLS, sums.total - first)
  const changed = Array.from({ length: count }, (_, place) => at(first + place))
  const before = await readPools(
    thenFile,
    changed.map((one) => one.before),
  )
  const now = await readPools(
    nowFile,
    changed.map((one) => one.now),
  )
  return {
    ...{ ...sums, page: shown, pages },
    changed: changed.flatMap((_, place) => describeChange(before[place], now[place])),
  }
}

async function findChanges(thenFile: PublishedFile, nowFile: PublishedFile): Promise<Comparison> {
  const before = await withParquet(thenFile, readPoolRuns)
  const now = await withParquet(nowFile, readPoolRuns)
  const changed: number[] = []
  const sums = { pools: 0, entered: 0, left: 0 }
  pairPools(before, now, (a, b) => {
    const pool = comparePool(bannersOfRun(before, a), bannersOfRun(now, b))
    sums.pools++
    sums.entered += pool.entered.length
    sums.left += pool.left.length
    if (pool.isChanged) changed.push(...rowsOfRun(before, a), ...rowsOfRun(now, b))
  })
  const rows = Uint32Array.from(changed)
  const rangeAt = (at: number) => ({ start: rows[at] ?? 0, end: rows[at + 1] ?? 0 })
  return {
    ...{ ...sums, total: rows.length / 4 },
    at: (place) => ({ before: rangeAt(4 * place), now: rangeAt(4 * place + 2) }),
  }
}

function rowsOfRun({ starts }: PoolRuns, pool: number): [start: number, end: number] {
  return pool < 0 ? [0, 0] : [starts[pool] ?? 0, starts[pool + 1] ?? 0]
}

const { dataset, campaign_id, banner_id, revenue } = POOL_COLUMNS
const COLUMNS = { dataset, campaign_id, banner_id, revenue }

type PoolRow = Awaited<ReturnType<typeof readRows<typeof COLUMNS>>>[number]

/** Reads the rows of some pools, by rank; of a page they lie in a few row groups. */
function readPools(
  file: PublishedFile,
  pools: readonly RowRange[],
): Promise<readonly (readonly PoolRow[])[]> {
  return withParquet(file, async (table) => {
    const found = pools.map((): PoolRow[] => [])
    for (const group of table.groups) {
      const places = pools.flatMap(({ start, end }, pool) =>
        listRows(Math.max(start, group.start), Math.min(end, group.end)).map((row) => ({
          ...{ pool, row: row - group.start },
        })),
      )
      if (places.length === 0) continue
      const rows = places.map(({ row }) => row)
      const read = await readRows(table, group, { columns: COLUMNS, rows })
      for (const [at, row] of read.entries()) found[places[at]?.pool ?? 0]?.push(row)
    }
    return found
  })
}

function listRows(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, place) => start + place)
}

function describeChange(
  before: readonly PoolRow[] = [],
  now: readonly PoolRow[] = [],
): ChangedPool[] {
  const [first] = [...now, ...before]
  if (first === undefined) return []
  const bannersThen = before.map((row) => row.banner_id)
  const bannersNow = now.map((row) => row.banner_id)
  return [
    {
      dataset: first.dataset,
      campaignId: first.campaign_id,
      before: before.length === 0 ? null : bannersThen,
      now: now.length === 0 ? null : bannersNow,
      entered: bannersNow.filter((banner) => !bannersThen.includes(banner)),
      left: bannersThen.filter((banner) => !bannersNow.includes(banner)),
      revenueThen: before.length === 0 ? null : addUp(before),
      revenueNow: now.length === 0 ? null : addUp(now),
    },
  ]
}

function addUp(rows: readonly PoolRow[]): string {
  return formatMillionths(rows.reduce((sum, row) => sum + row.revenue, 0n))
}
