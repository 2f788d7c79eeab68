/** Which folder of the work location each input file goes to: all files of a folder have the same columns. */
import type { Table } from '../../../contract/schema.ts'
import { COLUMNS } from '../../input/columns.ts'
import type { ReadyFile, ReadyRows } from '../../input/intake.ts'
import { isPacked } from '../../input/packing.ts'
import type { LineEnd } from '../../input/scan/header.ts'

/** Column of raw impressions that are counted already. */
export const ROW_COUNT = 'row_count'

/** A table of raw text, or of scanned rows: the files of a folder. */
export interface RawTable {
  /** `raw_clicks_1` */
  readonly name: string
  readonly table: Table
  /** Names of all columns in the order of the files; those that are not ours are `ignored_<place>`. */
  readonly columns: readonly string[]
  readonly lineEnd: LineEnd
  /** The first line names the columns. */
  readonly hasHeader: boolean
  /** Typed rows in place of text. */
  readonly isParquet: boolean
  readonly files: readonly PlacedFile[]
}

/** A file of which there is text to read. */
type FileWithRows = ReadyFile & { readonly rows: ReadyRows }

/** A file with rows, and its name in the folder, from which a row's dataset and file are read. */
interface PlacedFile {
  readonly file: FileWithRows
  /** `<dataset>_<index>.csv`, with `.gz` if it is packed; `.parquet` instead if it is that. */
  readonly name: string
}

/**
 * Sorts the files with rows into raw tables. An engine maps columns by position and skips headers unread, so files
 * whose headers differ in any way never share a table.
 *
 * @returns In the order of the files.
 */
export function sortIntoRawTables(files: readonly ReadyFile[]): RawTable[] {
  const tables = new Map<string, Omit<RawTable, 'name'> & { files: PlacedFile[] }>()
  for (const file of files) {
    if (!hasRows(file)) continue
    const layout = findLayout(file)
    const key = JSON.stringify(layout)
    const table = tables.get(key) ?? { ...layout, files: [] }
    tables.set(key, table)
    table.files.push({ file, name: buildName(file) })
  }
  const counts: Partial<Record<Table, number>> = {}
  return [...tables.values()].map((raw) => {
    const number = (counts[raw.table] ?? 0) + 1
    counts[raw.table] = number
    return { name: `raw_${raw.table}_${number}`, ...raw }
  })
}

function hasRows(file: ReadyFile): file is FileWithRows {
  return file.rows !== null
}

/** Normalised text has just our columns, counts of impressions, and no header (scan/accepted-rows.ts). */
function findLayout({
  source: { table },
  inspection: { header },
  rows,
}: FileWithRows): Omit<RawTable, 'name' | 'files'> {
  const names = COLUMNS[table].map(({ name }) => name)
  if (!rows.isInput) {
    const columns = table === 'impressions' ? [...names, ROW_COUNT] : names
    const isParquet = rows.isParquet ?? false
    return { table, columns, lineEnd: '\n', hasHeader: false, isParquet }
  }
  const columns = header.names.map(
    (_, place) => names[header.positions.indexOf(place)] ?? `ignored_${place}`,
  )
  return { table, columns, lineEnd: header.lineEnd, hasHeader: true, isParquet: false }
}

function buildName({ source, index, rows }: FileWithRows): string {
  if (rows.isParquet) return `${source.dataset}_${index}.parquet`
  const ending = rows.isInput && isPacked(source.path) ? '.gz' : ''
  return `${source.dataset}_${index}.csv${ending}`
}
