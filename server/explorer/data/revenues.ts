/** What the pools of some campaigns earned, from `pools.parquet`. */
import type { ParquetFile, RowRange } from './parquet-file.ts'

/** For each campaign, which rows of the file are its pools. */
export type PoolRows = readonly (readonly RowRange[])[]

/**
 * Adds up the revenue of pools: a sum for each campaign, in millionths. Neighbours in a list of campaigns are neighbours
 * in the file, so each row group that has to be read is read once.
 */
export async function readRevenues(file: ParquetFile, pools: PoolRows): Promise<bigint[]> {
  const read = await file.read()
  const sums = pools.map(() => 0n)
  for (const group of file.groups) {
    const parts = pools.map((ranges) => ranges.flatMap((range) => overlapOf(range, group)))
    if (parts.every((ranges) => ranges.length === 0)) continue
    const revenues = await read('revenue', group)
    for (const [index, ranges] of parts.entries()) {
      for (const { start, end } of ranges) {
        const part = revenues.slice(start - group.start, end - group.start)
        for (const revenue of part) sums[index] = (sums[index] ?? 0n) + BigInt(revenue)
      }
    }
  }
  return sums
}

/** None or one: a pool may begin in one row group and end in the next. */
function overlapOf(range: RowRange, group: RowRange): RowRange[] {
  const start = Math.max(range.start, group.start)
  const end = Math.min(range.end, group.end)
  return start < end ? [{ start, end }] : []
}
