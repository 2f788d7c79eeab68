/** From files to typed, de-duplicated rows. */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Table } from '../artifacts/schema.ts'
import { COLUMNS, SQL_TYPES } from './columns.ts'
import { literalPath, quotedIdentifier, quotedString, readCount } from './database.ts'
import { PipelineError } from './errors.ts'
import type { ReadyFile } from './intake.ts'
import { fileStamp } from './scan/inspect.ts'

/** Tables of loaded rows: the columns of the log, and where each row came from. Impressions are counted on the way. */
export const CREATE_LOADED: Readonly<Record<Table, string>> = {
  impressions: `create table loaded_impressions (
    dataset utinyint, file integer, banner_id bigint, campaign_id bigint, row_count bigint)`,
  clicks: `create table loaded_clicks (
    dataset utinyint, file integer, click_id bigint, banner_id bigint, campaign_id bigint)`,
  conversions: `create table loaded_conversions (
    dataset utinyint, file integer, conversion_id bigint, click_id bigint, revenue decimal(18, 6))`,
}

/** Creates `loaded_<table>` and loads the files of the table into it. */
export async function loadTable(
  connection: DuckDBConnection,
  table: Table,
  files: readonly ReadyFile[],
): Promise<number> {
  await connection.run(CREATE_LOADED[table])
  let rows = 0
  for (const file of files) {
    if (file.source.table !== table || file.counts.accepted === 0) continue
    rows += await loadFile(connection, file)
  }
  return rows
}

/**
 * Loads one file, and makes sure that the reader saw the rows that the scanner saw.
 *
 * @throws {PipelineError} If the file changed or vanished since it was inspected.
 */
async function loadFile(connection: DuckDBConnection, file: ReadyFile): Promise<number> {
  const { table } = file.source
  let rows: number
  try {
    rows = await insertRows(connection, file)
  } catch (error) {
    await assertUnchanged(file)
    throw error
  }
  await assertUnchanged(file)
  if (rows !== file.counts.accepted) {
    throw new Error(
      `${file.loadPath}: ${file.counts.accepted} rows scanned, ${rows} loaded (${table})`,
    )
  }
  return rows
}

async function insertRows(connection: DuckDBConnection, file: ReadyFile): Promise<number> {
  const { table, dataset } = file.source
  const names = COLUMNS[table].map(({ name }) => quotedIdentifier(name)).join(', ')
  const reader = readerOf(file)
  if (table !== 'impressions') {
    const result = await connection.run(
      `insert into loaded_${table} select ${dataset}, ${file.index}, ${names} from ${reader}`,
    )
    return result.rowsChanged
  }
  await connection.run(
    `insert into loaded_impressions
     select ${dataset}, ${file.index}, ${names}, count(*) from ${reader} group by ${names}`,
  )
  const counted = 'select sum(row_count) from loaded_impressions where file = $file'
  return readCount(connection, counted, { file: file.index })
}

/**
 * Reads proven text (scan/clean-lines.ts) with the types written out. Columns are mapped by position, in the order in
 * which the header, or the normalised file, has them.
 */
function readerOf(file: ReadyFile): string {
  const { header } = file.inspection
  const columns = file.isNormalised
    ? COLUMNS[file.source.table].map(({ name, kind }) => [name, SQL_TYPES[kind]] as const)
    : header.kinds.map((kind, place) =>
        kind === 'other'
          ? ([`ignored_${place}`, 'varchar'] as const)
          : ([nameAt(file, place), SQL_TYPES[kind]] as const),
      )
  const types = columns.map(([name, type]) => `${quotedString(name)}: ${quotedString(type)}`)
  const isReturned = !file.isNormalised && header.lineEnd === '\r\n'
  return `read_csv(
    ${quotedString(literalPath(file.loadPath))},
    auto_detect = false, header = false, skip = ${file.isNormalised ? 0 : 1},
    delim = ',', quote = '', escape = '', new_line = '${isReturned ? '\\r\\n' : '\\n'}',
    columns = {${types.join(', ')}}
  )`
}

/** The column of ours at a place in the file, whatever the file calls it. */
function nameAt({ source, inspection }: ReadyFile, place: number): string {
  const column = COLUMNS[source.table][inspection.header.positions.indexOf(place)]
  if (column === undefined) throw new Error(`${source.path}: no column at ${place}`)
  return column.name
}

async function assertUnchanged(file: ReadyFile): Promise<void> {
  if (file.isNormalised) return
  const { fullPath } = file.source
  const stamp = await fileStamp(fullPath).catch((error: PipelineError) => {
    throw new PipelineError(`${fullPath}: ${error.message}`)
  })
  if (stamp === file.inspection.stamp) return
  throw new PipelineError(`${fullPath}: changed while it was read, build again when it is complete`)
}
