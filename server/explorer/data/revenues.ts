/** What the pools of some campaigns earned, from `pools.parquet`. */
import { DECIMAL_SCALE } from '../../parquet/rows.ts'
import type { ParquetTable } from '../../parquet/table.ts'
import { EXACT_NUMBERS, NUMBERS } from '../../parquet/values.ts'
import type { RowRange } from './parquet-file.ts'

/** For each campaign, which rows of the file are its pools. */
export type PoolRows = readonly (readonly RowRange[])[]

const REVENUE = { name: 'revenue', kind: EXACT_NUMBERS, scale: DECIMAL_SCALE }

/**
 * Adds up the revenue of pools: a sum for each campaign, in millionths. Neighbours in a list of campaigns are neighbours
 * in the file, so each row group that has to be read is read once.
 *
 * @throws {ParquetError} If the file is damaged.
 */
export async function readRevenues(table: ParquetTable, pools: PoolRows): Promise<bigint[]> {
  const sums = pools.map(() => 0n)
  for (const group of table.groups) {
    const parts = pools.map((ranges) => ranges.flatMap((range) => overlapOf(range, group)))
    if (parts.every((ranges) => ranges.length === 0)) continue
    const revenues = new BigInt64Array(group.end - group.start)
    await table.readColumn(group, REVENUE, (row, value) => {
      revenues[row] = value
    })
    for (const [index, ranges] of parts.entries()) {
      for (const { start, end } of ranges) {
        const part = revenues.subarray(start - group.start, end - group.start)
        for (const revenue of part) sums[index] = (sums[index] ?? 0n) + revenue
      }
    }
  }
  return sums
}

/**
 * Adds up the revenue of each pool of a file, by dataset and campaign: `1 7`. For the few pools of a change.
 *
 * @throws {ParquetError} If the file is damaged.
 */
export async function readAllRevenues(table: ParquetTable): Promise<Map<string, bigint>> {
  const sums = new Map<string, bigint>()
  for (const group of table.groups) {
    const datasets = new Uint8Array(group.end - group.start)
    const campaigns = new Float64Array(datasets.length)
    await table.readColumn(group, { name: 'dataset', kind: NUMBERS }, (row, value) => {
      datasets[row] = value
    })
    await table.readColumn(group, { name: 'campaign_id', kind: NUMBERS }, (row, value) => {
      campaigns[row] = value
    })
    await table.readColumn(group, REVENUE, (row, value) => {
      const key = `${datasets[row]} ${campaigns[row]}`
      sums.set(key, (sums.get(key) ?? 0n) + value)
    })
  }
  return sums
}

/** None or one: a pool may begin in one row group and end in the next. */
function overlapOf(range: RowRange, group: RowRange): RowRange[] {
  const start = Math.max(range.start, group.start)
  const end = Math.min(range.end, group.end)
  return start < end ? [{ start, end }] : []
}
