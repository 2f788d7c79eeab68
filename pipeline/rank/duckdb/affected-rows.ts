/**
 * The rows that may count otherwise with new files than without: those of ids that new rows have, and of old conversions
 * whose click is new. The ranges of the files' keys tell which files can have them; no other is read.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { quotedString, readRows } from '../../base/database.ts'
import { type CachedFile, listLoadedFiles } from '../../cache/cache-files.ts'
import type { KeptCounts } from '../../cache/counts.ts'
import { createLoadedView, createLoadedViews } from '../../cache/loaded.ts'
import type { FileScan } from '../../input/inspect-sources.ts'
import type { KeyRange } from '../../input/scan/key-order.ts'
import { hasKeys } from './key-ranges.ts'
import { areApart } from './scanned.ts'

/** What is added to kept counts. */
export interface AddedFiles {
  readonly kept: KeptCounts
  /** For each kept file its place among all files of this build. */
  readonly places: readonly number[]
  /** All files of this build. */
  readonly files: readonly CachedFile[]
  /** Of their keys, in their order. */
  readonly ranges: readonly (KeyRange | null)[]
  readonly scans: readonly (FileScan | null)[]
  /** To be called with files before their rows are read. */
  readonly assure: (files: readonly CachedFile[]) => Promise<void>
}

type KeyedTable = 'clicks' | 'conversions'

/** The files that no kept count has. */
export function listNewFiles({ files, places }: AddedFiles): CachedFile[] {
  const known = new Set(places)
  return files.filter((_, index) => !known.has(index))
}

/** Tells whether each new click has an id that no other click has, in any dataset, as far as the files' ranges tell. */
export function areNewClicksApart(added: AddedFiles): boolean {
  const fresh = listNewFiles(added).filter(isClicks)
  // Of a file whose keys ascend none repeats; its range is that of its scan.
  if (!fresh.every(({ index }) => added.scans[index]?.keys)) return false
  const all = added.files.filter(isClicks).map(({ index }) => added.ranges[index] ?? null)
  const ranges = all.flatMap((range) => range ?? [])
  if (ranges.length < all.length) return false
  return areApart(ranges.map(({ first, last }) => ({ first: BigInt(first), last: BigInt(last) })))
}

/**
 * Makes `affected_conversion_ids`, `affected_conversions`, `affected_click_ids` and `affected_clicks`. An id is taken with
 * its rows in all datasets. Of new clicks that are apart only those are taken that a conversion names.
 *
 * @param connection - Has `old_files`.
 */
export async function setAffectedRowsApart(
  connection: DuckDBConnection,
  added: AddedFiles,
  isApart: boolean,
): Promise<void> {
  await createRanges(connection, added)
  await createAddedViews(connection, added)
  await connection.run(`
    create table new_clicks as select distinct click_id as id from added_clicks where ${!isApart};
    create table affected_conversion_ids as
      select distinct conversion_id as id from added_conversions`)
  await addConversionsOfNewClicks(connection, added, isApart)
  const needed = { added, ids: 'affected_conversion_ids', key: 'conversion_id' } as const
  await createAffected(connection, 'conversions', needed)
  await connection.run(`
    create table affected_click_ids as
      select id from new_clicks union select click_id from affected_conversions`)
  await createAffected(connection, 'clicks', { added, ids: 'affected_click_ids', key: 'click_id' })
}

function isClicks(file: CachedFile): boolean {
  return hasKeys(file) && file.source.table === 'clicks'
}

/** The ranges of all files; without bounds where they are not known. */
async function createRanges(
  connection: DuckDBConnection,
  { files, ranges }: AddedFiles,
): Promise<void> {
  await connection.run(
    'create table key_ranges (file integer, log varchar, first bigint, last bigint)',
  )
  const appender = await connection.createAppender('key_ranges')
  for (const file of files.filter(hasKeys)) {
    const range = ranges[file.index] ?? null
    appender.appendInteger(file.index)
    appender.appendVarchar(file.source.table)
    for (const bound of [range?.first, range?.last]) {
      if (bound === undefined) appender.appendNull()
      else appender.appendBigInt(BigInt(bound))
    }
    appender.endRow()
  }
  appender.closeSync()
}

async function createAddedViews(connection: DuckDBConnection, added: AddedFiles): Promise<void> {
  const files = listNewFiles(added)
  await added.assure(files)
  await createLoadedViews(connection, files.flatMap(listLoadedFiles), 'added')
}

/** A conversion that was there and names a click that was not is an orphan, and was told of as such. */
async function addConversionsOfNewClicks(
  connection: DuckDBConnection,
  added: AddedFiles,
  isApart: boolean,
): Promise<void> {
  if (!listNewFiles(added).some(isClicks)) return
  if (isApart) {
    await connection.run(`
      insert into affected_conversion_ids
      select distinct kept.key
      from read_parquet(${quotedString(added.kept.unfitPath)}) as kept
      inner join old_files on kept.file = old_files.kept_file
      where
        old_files.log = 'conversions'
        and kept.reason = 'orphan'
        and kept.key not in (select id from affected_conversion_ids)`)
    return
  }
  const files = added.files.filter(({ source }) => source.table === 'conversions')
  await createView(connection, 'conversions', { added, files, prefix: 'all' })
  const ofNewClicks = await describeIds(connection, 'new_clicks', 'click_id')
  await connection.run(`
    insert into affected_conversion_ids
    select distinct conversion_id from all_conversions
    where ${ofNewClicks} and conversion_id not in (select id from affected_conversion_ids)`)
}

interface Needed {
  readonly added: AddedFiles
  /** A table of ids. */
  readonly ids: string
  readonly key: string
}

/** Makes `affected_<table>`: the rows of ids, from the files that can have one. */
async function createAffected(
  connection: DuckDBConnection,
  table: KeyedTable,
  { added, ids, key }: Needed,
): Promise<void> {
  const needed = await findFilesWith(connection, table, ids)
  const files = added.files.filter(({ index }) => needed.has(index))
  await createView(connection, table, { added, files, prefix: 'needed' })
  const condition = await describeIds(connection, ids, key)
  await connection.run(
    `create table affected_${table} as select * from needed_${table} where ${condition}`,
  )
}

/** Finds the files in whose range one of the ids lies, or whose range is not known. */
async function findFilesWith(
  connection: DuckDBConnection,
  table: KeyedTable,
  ids: string,
): Promise<Set<number>> {
  const rows = await readRows<{ file: number }>(
    connection,
    `with own as (select * from key_ranges where log = '${table}')
     select own.file from own asof join ${ids} as ids on own.first <= ids.id where ids.id <= own.last
     union all
     select file from own where first is null and exists (select id from ${ids})`,
  )
  return new Set(rows.map(({ file }) => file))
}

interface ViewFiles {
  readonly added: AddedFiles
  readonly files: readonly CachedFile[]
  readonly prefix: string
}

async function createView(
  connection: DuckDBConnection,
  table: KeyedTable,
  { added, files, prefix }: ViewFiles,
): Promise<void> {
  await added.assure(files)
  await createLoadedView(connection, table, { files: files.flatMap(listLoadedFiles), prefix })
}

/** A condition that a column is among some ids; their bounds, written out, let the reader pass over parts of files. */
async function describeIds(
  connection: DuckDBConnection,
  table: string,
  column: string,
): Promise<string> {
  const [range] = await readRows<{ least: string | null; greatest: string | null }>(
    connection,
    `select cast(min(id) as varchar) as least, cast(max(id) as varchar) as greatest from ${table}`,
  )
  const { least = null, greatest = null } = range ?? {}
  if (least === null || greatest === null) return 'false'
  return `${column} between ${least} and ${greatest} and ${column} in (select id from ${table})`
}
