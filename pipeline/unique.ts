import type { DuckDBConnection } from '@duckdb/node-api'
import { readCount, readRows } from './database.ts'

/** A log whose rows have an id of their own. */
export interface KeyedTable {
  readonly table: string
  readonly key: string
}

/** Bits of the bitmap for each row, at most: beyond, grouping is cheaper. */
const MAX_BITS_PER_ROW = 64
/** Bits of one bitmap at most (32 MiB a thread). */
const MAX_BITS = 1 << 28

interface KeyRange {
  dataset: number
  least: number
  greatest: number
  rows: number
}

/**
 * Tells whether no key stands in two rows of a dataset, as far as that is cheap to prove.
 *
 * One bit for each id between the least and the greatest: as many bits set as there are rows means no id repeats.
 * That is ten times as fast as grouping, and logs number their rows densely.
 *
 * @returns False also if the ids are too far apart to prove it so.
 */
export async function isProvenUnique(
  connection: DuckDBConnection,
  { table, key }: KeyedTable,
): Promise<boolean> {
  const ranges = await readRows<KeyRange>(
    connection,
    `select dataset, min(${key}) as least, max(${key}) as greatest, count(*) as rows
     from ${table} group by dataset`,
  )
  for (const range of ranges) {
    const bits = range.greatest - range.least + 1
    if (bits > MAX_BITS || bits > range.rows * MAX_BITS_PER_ROW) return false
    const distinct = await readCount(
      connection,
      `select bit_count(bitstring_agg(${key}, ${range.least}, ${range.greatest}))
       from ${table} where dataset = ${range.dataset}`,
    )
    if (distinct !== range.rows) return false
  }
  return true
}
