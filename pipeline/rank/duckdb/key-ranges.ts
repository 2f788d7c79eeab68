/** The least and the greatest key of each file: they tell which files a key can be in. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { literalPath, quotedString, readRows } from '../../base/database.ts'
import type { CachedFile } from '../../cache/cache-files.ts'
import type { KeyRange } from '../../input/scan/key-order.ts'

const KEYS = { clicks: 'click_id', conversions: 'conversion_id' } as const

/** What is known, and what is to be done before rows are read. */
export interface RangeOptions {
  /** In the order of the files; where it is null the metadata of the rows is read. */
  readonly known: readonly (KeyRange | null)[]
  /** To be called with files before they are read. */
  readonly assure: (files: readonly CachedFile[]) => Promise<void>
}

/**
 * Finds the ranges of the keys of files.
 *
 * @returns In the order of `files`; null if a file has no keys, or its rows do not tell.
 */
export async function findKeyRanges(
  connection: DuckDBConnection,
  files: readonly CachedFile[],
  { known, assure }: RangeOptions,
): Promise<(KeyRange | null)[]> {
  const unknown = files.filter((file, index) => hasKeys(file) && !known[index])
  await assure(unknown)
  const found = await readRanges(connection, unknown)
  return files.map((file, index) => known[index] ?? found.get(file.rowsPath ?? '') ?? null)
}

/** Tells whether a file has rows with a key. */
export function hasKeys({ source, rowsPath }: CachedFile): boolean {
  return rowsPath !== null && source.table !== 'impressions'
}

/** The writer of the rows names the range of each row group, unless its keys are beyond what numbers hold exactly. */
async function readRanges(
  connection: DuckDBConnection,
  files: readonly CachedFile[],
): Promise<Map<string, KeyRange>> {
  if (files.length === 0) return new Map()
  const paths = files.map(({ rowsPath }) => quotedString(literalPath(rowsPath ?? '')))
  const keys = Object.values(KEYS).map(quotedString)
  const rows = await readRows<{ path: string; first: string; last: string }>(
    connection,
    `select
       file_name as path,
       cast(min(cast(stats_min_value as bigint)) as varchar) as first,
       cast(max(cast(stats_max_value as bigint)) as varchar) as last
     from parquet_metadata([${paths.join(', ')}])
     where path_in_schema in (${keys.join(', ')}) and column_id = 0
     group by file_name
     having count(stats_min_value) = count(*) and count(stats_max_value) = count(*)`,
  )
  return new Map(rows.map(({ path, first, last }) => [path, { first, last }]))
}
