import type { DuckDBConnection } from '@duckdb/node-api'
import { readCount, readRows } from '../../base/database.ts'

/** A log whose rows have an id of their own. */
export interface KeyedTable {
  readonly table: string
  readonly key: string
}

/** Bits of the bitmap for each row, at most: beyond, grouping is cheaper. */
const MAX_BITS_PER_ROW = 64n
/** Bits of one bitmap at most (32 MiB a thread); a wider range of ids takes several, one after the other. */
const MAX_BITS = 1n << 28n

/**
 * Tells whether no key stands in two rows of a dataset, as far as that is cheap to prove.
 *
 * @returns False also if the ids are too far apart to prove it so.
 */
export async function isProvenUnique(
  connection: DuckDBConnection,
  keyed: KeyedTable,
): Promise<boolean> {
  const datasets = await readRows<{ dataset: number; rows: number }>(
    connection,
    `select dataset, count(*) as rows from ${keyed.table} group by dataset`,
  )
  for (const { dataset, rows } of datasets) {
    if ((await countDistinct(connection, keyed, `dataset = ${dataset}`)) !== rows) return false
  }
  return true
}

/**
 * Counts the distinct keys by one bit for each id between the least and the greatest. That is ten times as fast as
 * grouping, and logs number their rows densely.
 *
 * @param condition - Of the rows to count.
 * @returns Null if the ids are too far apart for a bitmap.
 */
export async function countDistinct(
  connection: DuckDBConnection,
  { table, key }: KeyedTable,
  condition = 'true',
): Promise<number | null> {
  // As text: the ids of events may be beyond what a number holds exactly.
  const [range] = await readRows<{ least: string; greatest: string; rows: number }>(
    connection,
    `select cast(min(${key}) as varchar) as least, cast(max(${key}) as varchar) as greatest,
       count(*) as rows
     from ${table} where ${condition}`,
  )
  if (range === undefined || range.rows === 0) return 0
  const [least, greatest] = [BigInt(range.least), BigInt(range.greatest)]
  if (greatest - least + 1n > BigInt(range.rows) * MAX_BITS_PER_ROW) return null
  let distinct = 0
  for (let from = least; from <= greatest; from += MAX_BITS) {
    const last = from + MAX_BITS - 1n
    const to = last < greatest ? last : greatest
    // Logs number their rows as they come, so that most parts of a file are outside this range and are not read.
    distinct += await readCount(
      connection,
      `select bit_count(bitstring_agg(${key}, ${from}, ${to})) from ${table}
       where ${condition} and ${key} between ${from} and ${to}`,
    )
  }
  return distinct
}
