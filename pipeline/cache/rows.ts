import type { DuckDBConnection } from '@duckdb/node-api'
import type { Table } from '../../contract/schema.ts'
import { literalPath, quotedIdentifier, quotedString, readCount } from '../base/database.ts'
import { PipelineError } from '../base/errors.ts'
import { COLUMNS, SQL_TYPES } from '../input/columns.ts'
import type { ReadyFile, RowsText } from '../input/intake.ts'
import { fileStamp } from '../input/scan/inspect.ts'

/**
 * Version 2 has delta encoding: ids that count up take about two bytes a row, and writing them is cheaper than
 * compressing them. Only this program reads these files.
 */
const PARQUET_OPTIONS = 'format parquet, parquet_version v2, compression snappy'

/**
 * Writes the accepted rows of a file as Parquet, and makes sure that the reader saw the rows that the scanner saw.
 *
 * @throws {PipelineError} If the file changed or vanished since it was inspected.
 */
export async function writeRows(
  connection: DuckDBConnection,
  file: ReadyFile & { readonly text: RowsText },
  path: string,
): Promise<void> {
  const { table } = file.source
  const target = quotedString(path)
  let rows: number
  try {
    await connection.run(`copy (${selectOf(file)}) to ${target} (${PARQUET_OPTIONS})`)
    const count = table === 'impressions' ? 'sum(row_count)' : 'count(*)'
    rows = await readCount(connection, `select ${count} from ${parquetAt(path)}`)
  } catch (error) {
    await assertUnchanged(file)
    throw error
  }
  await assertUnchanged(file)
  if (rows !== file.counts.accepted) {
    throw new Error(
      `${file.text.path}: ${file.counts.accepted} rows scanned, ${rows} cached (${table})`,
    )
  }
}

/** Reads just the Parquet file at this path. */
function parquetAt(path: string): string {
  return `read_parquet(${quotedString(literalPath(path))})`
}

function selectOf(file: ReadyFile & { readonly text: RowsText }): string {
  const names = COLUMNS[file.source.table].map(({ name }) => quotedIdentifier(name)).join(', ')
  const from = `from ${readerOf(file)}`
  if (file.source.table !== 'impressions') return `select ${names} ${from}`
  return `select ${names}, cast(sum(row_count) as bigint) as row_count ${from} group by ${names}`
}

/** Reads proven text (scan/clean-lines.ts) with the types written out; columns are mapped by position. */
function readerOf(file: ReadyFile & { readonly text: RowsText }): string {
  const { path, isInput } = file.text
  const columns = isInput ? inputColumns(file) : rowsColumns(file.source.table)
  const types = columns.map(([name, type]) => `${quotedString(name)}: ${quotedString(type)}`)
  const isReturned = isInput && file.inspection.header.lineEnd === '\r\n'
  return `read_csv(
    ${quotedString(literalPath(path))},
    auto_detect = false, header = false, skip = ${isInput ? 1 : 0},
    delim = ',', quote = '', escape = '', new_line = '${isReturned ? '\\r\\n' : '\\n'}',
    columns = {${types.join(', ')}}
  )`
}

type NamedType = readonly [name: string, type: string]

/** What scan/accepted-rows.ts writes. */
function rowsColumns(table: Table): NamedType[] {
  const columns = COLUMNS[table].map(({ name, kind }): NamedType => [name, SQL_TYPES[kind]])
  return table === 'impressions' ? [...columns, ['row_count', 'bigint']] : columns
}

/** In the order in which the header has them. */
function inputColumns(file: ReadyFile): NamedType[] {
  return file.inspection.header.kinds.map((kind, place) =>
    kind === 'other' ? [`ignored_${place}`, 'varchar'] : [nameAt(file, place), SQL_TYPES[kind]],
  )
}

/** The column of ours at a place in the file, whatever the file calls it. */
function nameAt({ source, inspection }: ReadyFile, place: number): string {
  const column = COLUMNS[source.table][inspection.header.positions.indexOf(place)]
  if (column === undefined) throw new Error(`${source.path}: no column at ${place}`)
  return column.name
}

async function assertUnchanged({ source, inspection, text }: ReadyFile): Promise<void> {
  if (text === null || !text.isInput) return
  const { fullPath } = source
  const stamp = await fileStamp(fullPath).catch((error: PipelineError) => {
    throw new PipelineError(`${fullPath}: ${error.message}`)
  })
  if (stamp === inspection.stamp) return
  throw new PipelineError(`${fullPath}: changed while it was read, build again when it is complete`)
}
