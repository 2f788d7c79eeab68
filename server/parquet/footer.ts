/**
 * The footer of a Parquet file: what the file says of itself. It is believed only as far as it fits the file's own size and
 * the rows that the manifest names, so that nothing is read, allocated or repeated beyond these.
 *
 *     PAR1 │ column chunks, a row group after the other │ footer │ length of the footer, 4 bytes │ PAR1
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */
import { type ColumnChunk, readChunk } from './column-chunk.ts'
import { ParquetError } from './fault.ts'
import { ThriftReader } from './thrift.ts'

/** Bytes of a file, whole or in parts. */
export interface ByteSource {
  readonly bytes: number
  /** @throws {Error} If the file ends before `end`. */
  readonly read: (start: number, end: number) => Promise<Uint8Array>
}

/** Stored types, by Parquet's numbers; no published file has others. */
const STORED_TYPES = { 1: 'INT32', 2: 'INT64', 5: 'DOUBLE', 6: 'BYTE_ARRAY' } as const
export type StoredType = (typeof STORED_TYPES)[keyof typeof STORED_TYPES]

/** A column as the file declares it. */
export interface FileColumn {
  readonly name: string
  readonly type: StoredType | undefined
  readonly isOptional: boolean
  /** Decimal places of a decimal; 0 for others. */
  readonly scale: number
}

/** Rows `start` to `end - 1` of the file. */
export interface RowGroup {
  readonly start: number
  readonly end: number
  /** In the order of the columns. */
  readonly chunks: readonly ColumnChunk[]
}

/** What a file says of itself, as far as it is believable. */
export interface Footer {
  readonly columns: readonly FileColumn[]
  readonly groups: readonly RowGroup[]
}

const MAGIC = 'PAR1'
const MAGIC_BYTES = 4
/** Length of the footer and magic. */
const TAIL_BYTES = 8

/** Footers take about 130 bytes a column and row group: this is enough for a billion rows. */
const MAX_FOOTER_BYTES = 16 * 2 ** 20

/** Published files have at most 11. */
const MAX_COLUMNS = 64

/** Rows of a group are decoded at once. DuckDB writes 122,880, others up to a million. */
const MAX_GROUP_ROWS = 2 ** 22

/** Rows for each byte of a file. Pools of nothing but equal figures have 2; a million equal rows have 56. */
const MAX_ROWS_PER_BYTE = 64

/**
 * Reads the footer.
 *
 * @param rows - What the manifest says.
 * @throws {ParquetError} If the file is no Parquet file, or claims what its size or the manifest does not allow.
 */
export async function readFooter(source: ByteSource, rows: number): Promise<Footer> {
  const dataEnd = await findFooter(source)
  const bytes = await source.read(dataEnd, source.bytes - TAIL_BYTES)
  const footer = parseFooter(bytes)
  if (footer.rows !== rows) {
    throw new ParquetError(`has ${footer.rows} rows, the manifest says ${rows}`)
  }
  if (rows > MAX_ROWS_PER_BYTE * source.bytes) {
    throw new ParquetError(`claims ${rows} rows in ${source.bytes} bytes`)
  }
  assertFits(footer, dataEnd)
  return footer
}

/** Where the footer begins, which is where the column chunks end. */
async function findFooter({ bytes, read }: ByteSource): Promise<number> {
  if (bytes < 2 * MAGIC_BYTES + TAIL_BYTES) throw new ParquetError('is no Parquet file')
  const head = Buffer.from(await read(0, MAGIC_BYTES))
  const tail = Buffer.from(await read(bytes - TAIL_BYTES, bytes))
  if (head.toString('latin1') !== MAGIC || tail.toString('latin1', MAGIC_BYTES) !== MAGIC) {
    throw new ParquetError('is no Parquet file')
  }
  const length = tail.readUInt32LE()
  if (length > bytes - MAGIC_BYTES - TAIL_BYTES || length > MAX_FOOTER_BYTES) {
    throw new ParquetError(`claims a footer of ${length} bytes`)
  }
  return bytes - TAIL_BYTES - length
}

/** The chunks of all groups together are no larger than the file, so that none is read twice. */
function assertFits({ groups }: Footer, dataEnd: number): void {
  let total = MAGIC_BYTES
  for (const { chunks } of groups) {
    for (const { start, end } of chunks) {
      if (start < MAGIC_BYTES || end <= start || end > dataEnd) {
        throw new ParquetError(`claims a column at bytes ${start} to ${end}`)
      }
      total += end - start
    }
  }
  if (total > dataEnd) throw new ParquetError('claims columns that overlap')
}

function parseFooter(bytes: Uint8Array): Footer & { readonly rows: number } {
  const reader = new ThriftReader(bytes)
  const schema: SchemaElement[] = []
  const groups: RowGroup[] = []
  let rows = 0
  let groupRows = 0
  reader.readDocument({
    2: (type) => {
      reader.readList(type, (item) => schema.push(readElement(reader, item, schema.length)))
    },
    3: (type) => {
      rows = reader.readInteger(type)
    },
    4: (type) => {
      const columns = columnsOf(schema)
      reader.readList(type, (item) => {
        const group = readGroup(reader, item, columns)
        groups.push({ chunks: group.chunks, start: groupRows, end: groupRows + group.rows })
        groupRows += group.rows
      })
    },
  })
  if (groupRows !== rows) {
    throw new ParquetError(`has ${groupRows} rows in its row groups, its footer says ${rows}`)
  }
  return { rows, columns: columnsOf(schema), groups }
}

interface SchemaElement extends FileColumn {
  readonly children: number
  readonly isRepeated: boolean
}

function readElement(reader: ThriftReader, type: number, place: number): SchemaElement {
  if (place > MAX_COLUMNS) throw new ParquetError(`has more than ${MAX_COLUMNS} columns`)
  let [storedType, repetition, children, scale] = [-1, 0, 0, 0]
  let name = ''
  reader.readStruct(type, {
    1: (field) => {
      storedType = reader.readInteger(field)
    },
    3: (field) => {
      repetition = reader.readInteger(field)
    },
    4: (field) => {
      name = Buffer.from(reader.readBinary(field)).toString('utf8')
    },
    5: (field) => {
      children = reader.readInteger(field)
    },
    7: (field) => {
      scale = reader.readInteger(field)
    },
  })
  return {
    name,
    type: (STORED_TYPES as Partial<Record<number, StoredType>>)[storedType],
    isOptional: repetition === 1,
    isRepeated: repetition > 1,
    children,
    scale,
  }
}

/** The first element is the table, whose children are the columns: published tables are flat. */
function columnsOf([table, ...columns]: readonly SchemaElement[]): readonly FileColumn[] {
  const isFlat = columns.every(({ children, isRepeated }) => children === 0 && !isRepeated)
  if (table === undefined || table.children !== columns.length || !isFlat) {
    throw new ParquetError('has nested columns, or none')
  }
  return columns
}

function readGroup(
  reader: ThriftReader,
  type: number,
  columns: readonly FileColumn[],
): { chunks: ColumnChunk[]; rows: number } {
  const chunks: (ColumnChunk & { readonly values: number })[] = []
  let rows = 0
  reader.readStruct(type, {
    1: (field) => {
      reader.readList(field, (item) => {
        if (chunks.length === columns.length) {
          throw new ParquetError('has a row group with columns of no name')
        }
        chunks.push(readChunk(reader, item))
      })
    },
    3: (field) => {
      rows = reader.readInteger(field)
    },
  })
  if (rows < 0 || rows > MAX_GROUP_ROWS) throw new ParquetError(`has a row group of ${rows} rows`)
  if (chunks.length !== columns.length || chunks.some(({ values }) => values !== rows)) {
    throw new ParquetError('has a row group whose columns differ in length')
  }
  return { chunks, rows }
}
