/** What tests of `sql/` share: the files, their headers, and tables with the columns that these promise. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { BANNER_STATS_COLUMNS, declarePublished, REJECT_COLUMNS } from '../../contract/columns.ts'
import {
  BANNER_HISTORY_COLUMNS,
  BUILD_HISTORY_COLUMNS,
  CAMPAIGN_HISTORY_COLUMNS,
} from '../../contract/history.ts'
import type { Table } from '../../contract/schema.ts'
import { quotedIdentifier, withDatabase } from '../../pipeline/base/database.ts'
import type { SqlColumn } from '../../pipeline/base/sql-header.ts'
import { declareColumns } from '../../pipeline/input/columns.ts'
import type { SqlFile } from '../../scripts/lib/sql-files.ts'

/** The tables of loaded rows, and of rejects: no file of `sql/` makes them. */
export const LOADED_TABLES: Readonly<Record<string, readonly SqlColumn[]>> = {
  loaded_impressions: loadedColumns('impressions', ', row_count bigint'),
  loaded_clicks: loadedColumns('clicks'),
  loaded_conversions: loadedColumns('conversions'),
  loaded_banners: columnsOf(declareColumns('banners')),
  loaded_campaign_banners: columnsOf(declareColumns('campaign_banners')),
  rejects: columnsOf(declarePublished(REJECT_COLUMNS)),
}

/** The tables of lists, as `sql/lists/` makes them. */
export const LIST_TABLES: Readonly<Record<string, readonly SqlColumn[]>> = {
  banners: columnsOf(declareColumns('banners')),
  campaign_banners: columnsOf(declareColumns('campaign_banners')),
}

const INPUT_COLUMNS = columnsOf(
  'dataset smallint, log varchar, path varchar, status varchar, row_count bigint, ' +
    'accepted bigint, rejected bigint, duplicates bigint, rounded bigint',
)

/** The tables that only checks read. */
export const CHECK_TABLES: Readonly<Record<string, readonly SqlColumn[]>> = {
  datasets: columnsOf('dataset smallint'),
  inputs: INPUT_COLUMNS,
  previous_inputs: INPUT_COLUMNS,
  previous_pools: columnsOf('dataset smallint, campaign_id bigint, banner_id bigint'),
  measures: columnsOf('name varchar, amount bigint'),
}

const STATS_COLUMNS = columnsOf(declarePublished(BANNER_STATS_COLUMNS))

/** The tables that only the comparison of two builds reads. */
export const DIFF_TABLES: Readonly<Record<string, readonly SqlColumn[]>> = {
  old_stats: STATS_COLUMNS,
  new_stats: STATS_COLUMNS,
}

/** The table that only the evaluation's models read. */
export const EVALUATE_TABLES: Readonly<Record<string, readonly SqlColumn[]>> = {
  thin_campaigns: columnsOf('dataset smallint, campaign_id bigint'),
}

/** The tables that only the history reads. */
export const HISTORY_TABLES: Readonly<Record<string, readonly SqlColumn[]>> = {
  earlier_campaigns: columnsOf(declarePublished(CAMPAIGN_HISTORY_COLUMNS)),
  later_campaigns: columnsOf(declarePublished(CAMPAIGN_HISTORY_COLUMNS)),
  earlier_banners: columnsOf(declarePublished(BANNER_HISTORY_COLUMNS)),
  recorded_builds: columnsOf(declarePublished(BUILD_HISTORY_COLUMNS)),
}

/** Pairs files with their paths, for the titles of tests. */
export function byPath(files: readonly SqlFile[]): (readonly [string, SqlFile])[] {
  return files.map((file) => [file.path, file] as const)
}

/** Removes the comments, and leaves the line breaks. */
export function withoutComments(sql: string): string {
  return sql.replaceAll(/--.*$/gm, '')
}

/** Creates an empty table. */
export async function createTable(
  connection: DuckDBConnection,
  table: string,
  columns: readonly SqlColumn[],
): Promise<void> {
  const definitions = columns.map(({ name, type }) => `${quotedIdentifier(name)} ${type}`)
  await connection.run(`create table ${quotedIdentifier(table)} (${definitions.join(', ')})`)
}

/**
 * Adds the rows of a CSV text to a table: read as text, then cast.
 *
 * @param csv - A header line and rows without quotes; an empty field is null, as is a column that is not there.
 * @throws If the header names a column that the table lacks, or a row has another number of fields.
 */
export async function insertCsv(
  connection: DuckDBConnection,
  { table, columns, csv }: { table: string; columns: readonly SqlColumn[]; csv: string },
): Promise<void> {
  const [header = [], ...rows] = parseCsv(csv)
  const types = header.map((name) => {
    const column = columns.find((candidate) => candidate.name === name)
    if (column === undefined) throw new Error(`${table}.csv: no such column: ${name}`)
    return column.type
  })
  if (rows.length === 0) return
  const values = rows.map((row) => {
    if (row.length !== header.length) throw new Error(`${table}.csv: ragged row: ${row.join()}`)
    return `(${row.map((text, place) => literalOf(text, types[place] ?? '')).join(', ')})`
  })
  const names = header.map(quotedIdentifier).join(', ')
  await connection.run(`insert into ${quotedIdentifier(table)} (${names}) values ${values.join()}`)
}

/** Splits a CSV text into fields; the first row is the header. */
export function parseCsv(csv: string): string[][] {
  const lines = csv.split('\n').filter((line) => line !== '')
  return lines.map((line) => line.split(','))
}

/** Gives the columns of a select or table, as DuckDB describes it. */
export async function describeSql(
  connection: DuckDBConnection,
  select: string,
): Promise<SqlColumn[]> {
  const reader = await connection.runAndReadAll(`describe (${select}\n)`)
  return reader.getRowObjectsJS().map(({ column_name, column_type }) => {
    return { name: String(column_name), type: String(column_type).toLowerCase() }
  })
}

/** Gives `fn` a small database in memory. */
export function withMemory<T>(fn: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  return withDatabase(':memory:', { threads: 1, memoryLimit: '500MB' }, fn)
}

function loadedColumns(table: Table, rest = ''): SqlColumn[] {
  return columnsOf(`dataset smallint, file integer, ${declareColumns(table)}${rest}`)
}

/** `dataset smallint, file integer` as columns. */
function columnsOf(definitions: string): SqlColumn[] {
  return definitions.split(', ').map((definition) => {
    const [name = '', type = ''] = definition.split(' ')
    return { name, type }
  })
}

function literalOf(text: string, type: string): string {
  return text === '' ? 'null' : `cast('${text.replaceAll("'", "''")}' as ${type})`
}
