/**
 * Writes a Parquet file: required columns of plain values, packed by gzip, one page a column and row group.
 *
 * @see https://github.com/apache/parquet-format
 */
import type { FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type ThriftFields, type ThriftValue, writeStruct } from './thrift-writer.ts'

/** Types of columns, as Parquet numbers them, and what else says how to read them. */
const TYPES = {
  smallint: { type: 1, converted: 16 },
  bigint: { type: 2, converted: null },
  double: { type: 5, converted: null },
  varchar: { type: 6, converted: 0 },
} as const

/** The columns of a file, in order. */
export type ParquetColumns = Readonly<Record<string, keyof typeof TYPES>>

/** Values of a column; of whole numbers and texts as they are in its type. */
export type ColumnValues = readonly (number | string)[]

const MAGIC = 'PAR1'
const REQUIRED = 0
const DATA_PAGE = 0
const PLAIN = 0
const LEVELS = 3
const GZIP = 2
const pack = promisify(gzip)

/** A file that rows are added to. */
export class ParquetWriter {
  readonly #file: FileHandle
  readonly #columns: ParquetColumns
  readonly #groups: ThriftValue[] = []
  #rows = 0
  #length = 0

  constructor(file: FileHandle, columns: ParquetColumns) {
    this.#file = file
    this.#columns = columns
  }

  /**
   * Adds a row group.
   *
   * @param values - Of each column, in their order, all of one length.
   * @throws {NodeJS.ErrnoException} If the file system refuses.
   */
  async add(values: readonly ColumnValues[]): Promise<void> {
    if (this.#length === 0) await this.#append(Buffer.from(MAGIC))
    const rows = values[0]?.length ?? 0
    const chunks: ThriftValue[] = []
    let total = 0
    for (const [place, [name, type]] of Object.entries(this.#columns).entries()) {
      const plain = encode(type, values[place] ?? [])
      const page = await pack(plain)
      const header = writeStruct(describePage(plain.length, page.length, rows))
      const sizes = [header.length + plain.length, header.length + page.length] as const
      chunks.push(describeChunk({ name, type, rows, sizes, offset: this.#length }))
      total += sizes[0]
      await this.#append(Buffer.concat([header, page]))
    }
    const group = { 1: { list: chunks }, 2: { i64: total }, 3: { i64: rows } }
    this.#groups.push({ struct: group })
    this.#rows += rows
  }

  /**
   * Ends the file; it stays open.
   *
   * @throws {RangeError} If no row was added.
   */
  async end(): Promise<void> {
    const footer = writeStruct({
      1: { i32: 1 },
      2: { list: describeColumns(this.#columns) },
      3: { i64: this.#rows },
      4: { list: this.#groups },
      6: { text: 'banner-pools' },
    })
    const length = Buffer.alloc(4)
    length.writeUInt32LE(footer.length)
    await this.#append(Buffer.concat([footer, length, Buffer.from(MAGIC)]))
  }

  async #append(bytes: Buffer): Promise<void> {
    await this.#file.appendFile(bytes)
    this.#length += bytes.length
  }
}

function describeColumns(columns: ParquetColumns): ThriftValue[] {
  const leaves = Object.entries(columns).map(([name, kind]): ThriftValue => {
    const { type, converted } = TYPES[kind]
    const own = { 1: { i32: type }, 3: { i32: REQUIRED }, 4: { text: name } }
    return { struct: converted === null ? own : { ...own, 6: { i32: converted } } }
  })
  return [{ struct: { 4: { text: 'schema' }, 5: { i32: leaves.length } } }, ...leaves]
}

function describePage(plain: number, packed: number, rows: number): ThriftFields {
  const levels = { 3: { i32: LEVELS }, 4: { i32: LEVELS } }
  const data = { 1: { i32: rows }, 2: { i32: PLAIN }, ...levels }
  return { 1: { i32: DATA_PAGE }, 2: { i32: plain }, 3: { i32: packed }, 5: { struct: data } }
}

interface Chunk {
  readonly name: string
  readonly type: keyof typeof TYPES
  readonly rows: number
  /** Bytes with their headers: plain, packed. */
  readonly sizes: readonly [number, number]
  readonly offset: number
}

function describeChunk({ name, type, rows, sizes: [plain, packed], offset }: Chunk): ThriftValue {
  const metadata = {
    1: { i32: TYPES[type].type },
    2: { list: [{ i32: PLAIN }, { i32: LEVELS }] },
    3: { list: [{ text: name }] },
    4: { i32: GZIP },
    5: { i64: rows },
    6: { i64: plain },
    7: { i64: packed },
    9: { i64: offset },
  }
  return { struct: { 2: { i64: offset }, 3: { struct: metadata } } }
}

function encode(type: keyof typeof TYPES, values: ColumnValues): Buffer {
  if (type === 'varchar') return Buffer.concat(values.map(encodeText))
  if (type === 'double') return toBytes(Float64Array.from(values, Number))
  if (type === 'smallint') return toBytes(Int32Array.from(values, Number))
  return toBytes(BigInt64Array.from(values, (value) => BigInt(value)))
}

/** All machines that Node.js runs on put the lowest byte first. */
function toBytes({ buffer }: Float64Array | Int32Array | BigInt64Array): Buffer {
  return Buffer.from(buffer)
}

function encodeText(value: number | string): Buffer {
  const text = Buffer.from(String(value))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(text.length)
  return Buffer.concat([length, text])
}
