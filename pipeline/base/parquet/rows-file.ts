/**
 * A Parquet file of whole numbers, written as its rows come: what a scanner has parsed is neither printed nor parsed
 * again. Columns of 64 bits without nulls; pages of differences (delta.ts), plain ones where neighbours lie far apart.
 *
 * @see https://parquet.apache.org/docs/file-format/
 */
import { encodeDeltas, roomOfDeltas } from './delta.ts'
import { binary, type Fields, i32, i64, list, struct, writeStruct } from './thrift.ts'

const MAGIC = Buffer.from('PAR1')
const INT64 = 2
const REQUIRED = 0
const DECIMAL = 5
const UNCOMPRESSED = 0
const DATA_PAGE = 0
const PLAIN = 0
const RLE = 3
const DELTA_BINARY_PACKED = 5

/** DuckDB reads row groups on several threads, and passes over those that a condition leaves out. */
const GROUP_ROWS = 122_880

const TWO_32 = 2 ** 32

/** A column. */
export interface RowsColumn {
  readonly name: string
  /** Decimals of a number of 18 digits; undefined: a whole number. */
  readonly scale?: number
  /** Row groups say what their least and greatest values are. */
  readonly isRanged?: boolean
}

/** A column of the row group under way. */
interface Chunk {
  pages: Buffer[]
  bytes: number
  isPlain: boolean
  isDelta: boolean
  /** Beyond what numbers hold exactly, or the wrong way round, if they are not known. */
  least: number
  greatest: number
}

/** For one page at a time. */
let scratch = Buffer.alloc(0)

/** Writes pages to a sink, row groups as they are full, and the metadata at the end. */
export class RowsFile {
  readonly #columns: readonly RowsColumn[]
  readonly #push: (bytes: Buffer) => void
  readonly #groups: Fields[] = []
  #chunks: Chunk[]
  #groupRows = 0
  #rows = 0
  #bytes = 0

  /** @param push - Takes the bytes of the file in order, and copies them. */
  constructor(columns: readonly RowsColumn[], push: (bytes: Buffer) => void) {
    this.#columns = columns
    this.#push = push
    this.#chunks = columns.map(createChunk)
    this.#write(MAGIC)
  }

  /**
   * Adds rows.
   *
   * @param columns - Of each column its values, two halves each, the low one first.
   */
  addRows(columns: readonly Int32Array[], rows: number): void {
    if (rows === 0) return
    for (const [place, chunk] of this.#chunks.entries()) {
      const values = columns[place] as Int32Array
      this.#addPage(chunk, values, rows)
      if (this.#columns[place]?.isRanged) widenRange(chunk, values, rows)
    }
    this.#groupRows += rows
    if (this.#groupRows >= GROUP_ROWS) this.#endGroup()
  }

  /** Writes what is left, and the metadata. */
  finish(): void {
    if (this.#groupRows > 0) this.#endGroup()
    const metadata = writeStruct({
      1: i32(2),
      2: list([
        struct({ 4: binary('rows'), 5: i32(this.#columns.length) }),
        ...this.#columns.map((column) => struct(describeColumn(column))),
      ]),
      3: i64(this.#rows),
      4: list(this.#groups.map(struct)),
      6: binary('banner pools'),
    })
    const length = Buffer.alloc(4)
    length.writeUInt32LE(metadata.length)
    for (const bytes of [metadata, length, MAGIC]) this.#write(bytes)
  }

  #addPage(chunk: Chunk, values: Int32Array, rows: number): void {
    const room = roomOfDeltas(rows)
    if (scratch.length < room) scratch = Buffer.alloc(room)
    const length = encodeDeltas(values, rows, scratch)
    const data =
      length === -1
        ? Buffer.from(values.slice(0, 2 * rows).buffer)
        : Buffer.from(scratch.subarray(0, length))
    if (length === -1) chunk.isPlain = true
    else chunk.isDelta = true
    const encoding = length === -1 ? PLAIN : DELTA_BINARY_PACKED
    const page = struct({ 1: i32(rows), 2: i32(encoding), 3: i32(RLE), 4: i32(RLE) })
    const size = i32(data.length)
    const header = writeStruct({ 1: i32(DATA_PAGE), 2: size, 3: size, 5: page })
    chunk.pages.push(header, data)
    chunk.bytes += header.length + data.length
  }

  #endGroup(): void {
    const columns = this.#chunks.map((chunk, place) => {
      const offset = this.#bytes
      for (const page of chunk.pages) this.#write(page)
      const { name } = this.#columns[place] as RowsColumn
      return struct({
        2: i64(offset),
        3: struct(describeChunk(chunk, name, this.#groupRows, offset)),
      })
    })
    const bytes = this.#chunks.reduce((sum, chunk) => sum + chunk.bytes, 0)
    this.#groups.push({ 1: list(columns), 2: i64(bytes), 3: i64(this.#groupRows) })
    this.#rows += this.#groupRows
    this.#groupRows = 0
    this.#chunks = this.#columns.map(createChunk)
  }

  #write(bytes: Buffer): void {
    this.#push(bytes)
    this.#bytes += bytes.length
  }
}

function createChunk(): Chunk {
  return {
    ...{ pages: [], bytes: 0, isPlain: false, isDelta: false },
    ...{ least: Number.POSITIVE_INFINITY, greatest: Number.NEGATIVE_INFINITY },
  }
}

function widenRange(chunk: Chunk, values: Int32Array, rows: number): void {
  let { least, greatest } = chunk
  for (let at = 0; at < 2 * rows; at += 2) {
    const value = (values[at + 1] as number) * TWO_32 + ((values[at] as number) >>> 0)
    if (value < least) least = value
    if (value > greatest) greatest = value
  }
  chunk.least = least
  chunk.greatest = greatest
}

function describeColumn({ name, scale }: RowsColumn): Fields {
  const plain = { 1: i32(INT64), 3: i32(REQUIRED), 4: binary(name) }
  return scale === undefined ? plain : { ...plain, 6: i32(DECIMAL), 7: i32(scale), 8: i32(18) }
}

function describeChunk(chunk: Chunk, name: string, rows: number, offset: number): Fields {
  const { isPlain, isDelta, bytes, least, greatest } = chunk
  const encodings = [...(isPlain ? [PLAIN] : []), ...(isDelta ? [DELTA_BINARY_PACKED] : [])]
  const isExact = Number.isSafeInteger(least) && Number.isSafeInteger(greatest)
  return {
    1: i32(INT64),
    2: list(encodings.map(i32)),
    3: list([binary(name)]),
    4: i32(UNCOMPRESSED),
    5: i64(rows),
    6: i64(bytes),
    7: i64(bytes),
    9: i64(offset),
    ...(isExact ? { 12: struct({ 5: binary(toBytes(greatest)), 6: binary(toBytes(least)) }) } : {}),
  }
}

function toBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt(value))
  return bytes
}
