/**
 * A Parquet file as a table of which a few columns and rows are wanted. Both readers of published files, that of the pools
 * and that of the explorer, come through here.
 */
import { decodeNumbers } from './column-numbers.ts'
import { decodeValues } from './column-values.ts'
import { ParquetError } from './fault.ts'
import { type ByteSource, type RowGroup, readFooter } from './footer.ts'
import { prepareUnpacking } from './unpack.ts'
import { NUMBERS, type ValueKind } from './values.ts'

/** Which column is wanted, and as what. */
interface WantedColumn<T> {
  readonly name: string
  readonly kind: ValueKind<T>
  /** Decimal places of a decimal; by default none. */
  readonly scale?: number
  /** Ascending; the first row of the group is 0. By default all. */
  readonly rows?: readonly number[]
}

/** A decimal that is read as a whole number of units of its last place. */
interface DecimalColumn {
  readonly name: string
  /** Decimal places. */
  readonly scale: number
}

/** A file whose footer is believable. */
export interface ParquetTable {
  readonly rows: number
  readonly groups: readonly RowGroup[]
  /**
   * Reads a column of a row group.
   *
   * @param put - Called for each wanted row that is not null, ascending; the first row of the group is 0.
   * @throws {ParquetError} If there is no such column, it has another type, or its pages are damaged.
   */
  readonly readColumn: <T>(
    group: RowGroup,
    wanted: WantedColumn<T>,
    put: (row: number, value: T) => void,
  ) => Promise<void>
  /**
   * Reads a column of whole numbers of a row group.
   *
   * @param target - As long as the group has rows; gets 0 for nulls.
   * @throws {ParquetError} As `readColumn`.
   */
  readonly readNumbers: (
    group: RowGroup,
    column: string | DecimalColumn,
    target: Float64Array,
  ) => Promise<void>
  /** Tells whether a row group can hold an id in a column; by the column's least and greatest value, if they are given. */
  readonly mayHold: (group: RowGroup, column: string, id: number) => boolean
}

/**
 * Opens a file.
 *
 * @param rows - What the manifest says.
 * @throws {ParquetError} If it is no Parquet file, or claims what its size or the manifest does not allow.
 */
export async function openTable(source: ByteSource, rows: number): Promise<ParquetTable> {
  const { columns, groups } = await readFooter(source, rows)
  await prepareUnpacking(source.bytes)
  const placeOf = (name: string) => {
    const place = columns.findIndex((column) => column.name === name)
    if (place < 0) throw new ParquetError(`lacks the column ${name}`)
    return place
  }
  const pagesOf = async <T>(group: RowGroup, { name, kind, scale = 0 }: WantedColumn<T>) => {
    const place = placeOf(name)
    const [column, chunk] = [columns[place], group.chunks[place]]
    const type = kind.types.find((one) => one === column?.type)
    if (column === undefined || chunk === undefined || type === undefined) {
      throw new ParquetError(`has another type in the column ${name}`)
    }
    if (column.scale !== scale) {
      throw new ParquetError(`has ${column.scale} decimal places in the column ${name}`)
    }
    const bytes = await source.read(chunk.start, chunk.end)
    const pages = { bytes, chunk, rows: group.end - group.start, maxBytes: kind.maxBytes }
    return { ...pages, column: { ...column, type } }
  }
  return {
    rows,
    groups,
    mayHold: ({ chunks }, name, id) => {
      const { least, greatest } = chunks[placeOf(name)] ?? {}
      return least === undefined || greatest === undefined || (least <= id && id <= greatest)
    },
    readColumn: async (group, wanted, put) =>
      decodeValues(await pagesOf(group, wanted), wanted, put),
    readNumbers: async (group, column, target) => {
      const wanted = typeof column === 'string' ? { name: column } : column
      decodeNumbers(await pagesOf(group, { kind: NUMBERS, ...wanted }), target)
    },
  }
}
