import { BUILD_ID, type PoolsByCampaign, type Row, rowsOf } from '../../scripts/lib/pool-files.ts'
import type { PoolColumns } from '../../server/pools/columns.ts'
import { createPools, type Pools } from '../../server/pools/pools.ts'

/** Pools without a file: `poolsOf({ 7: [30, 10] })`, `poolsOf({ 7: { 1: [30], 2: [10] } })`. */
export function poolsOf(campaigns: PoolsByCampaign): Pools {
  return poolsOfRows(rowsOf(campaigns))
}

/** Pools of rows as they are, in their order. */
export function poolsOfRows(rows: readonly Row[]): Pools {
  return createPools(columnsOf(rows), BUILD_ID)
}

/** Rows as the columns that the server reads. */
export function columnsOf(rows: readonly Row[]): PoolColumns {
  return {
    dataset: Float64Array.from(rows, (row) => row[0]),
    campaignId: Float64Array.from(rows, (row) => row[1]),
    rank: Float64Array.from(rows, (row) => row[2]),
    bannerId: Float64Array.from(rows, (row) => row[3]),
  }
}
