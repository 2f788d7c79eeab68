import type { DuckDBConnection } from '@duckdb/node-api'
import { countRows, readCount, readRows } from '../../base/database.ts'
import { areKeysApart, type ScannedFile } from './scanned.ts'
import { countDistinct, type KeyedTable } from './unique.ts'

const KEYED_TABLES = [
  { table: 'stg_clicks', key: 'click_id', log: 'clicks' },
  { table: 'stg_conversions', key: 'conversion_id', log: 'conversions' },
] as const

/**
 * Measures what checks need and no published file holds, for the manifest.
 *
 * `shared_click_ids`, `shared_conversion_ids`: rows whose id stands in another dataset as well. Ids are unique within
 * a dataset only, but shared ones may be the same file with another name.
 *
 * @param scanned - The files behind the rows, as far as their scans spare a look.
 */
export async function readMeasures(
  connection: DuckDBConnection,
  scanned: readonly ScannedFile[] | null = null,
): Promise<Record<string, number>> {
  const measures: Record<string, number> = {}
  for (const keyed of KEYED_TABLES) {
    const { key, log } = keyed
    const isApart = areKeysApart(scanned, log) ?? false
    measures[`shared_${key}s`] = isApart ? 0 : await countShared(connection, keyed)
  }
  return measures
}

/** Where the datasets' ranges of ids do not overlap, as in logs that number on, none is shared. */
async function countShared(connection: DuckDBConnection, keyed: KeyedTable): Promise<number> {
  const { table, key } = keyed
  const ranges = await readRows<{ least: number; greatest: number }>(
    connection,
    `select min(${key}) as least, max(${key}) as greatest from ${table}
     group by dataset order by least`,
  )
  const overlaps = ranges.some(({ least }, place) => least <= (ranges[place - 1]?.greatest ?? 0))
  if (!overlaps) return 0
  const rows = await countRows(connection, table)
  const distinct =
    (await countDistinct(connection, keyed)) ??
    (await readCount(connection, `select count(distinct ${key}) from ${table}`))
  return rows - distinct
}
