/**
 * The pages of a column chunk: first perhaps a dictionary, then data pages until all rows of the group are there.
 *
 *     header │ levels (0 = null), if the column may have nulls │ values, or places in the dictionary │ header │ …
 */
import type { ColumnChunk } from './column-chunk.ts'
import { ParquetError } from './fault.ts'
import type { FileColumn, StoredType } from './footer.ts'
import { readHybrid } from './hybrid.ts'
import { ThriftReader } from './thrift.ts'
import { unpackPage } from './unpack.ts'
import type { ValueKind } from './values.ts'

/** A column chunk, its bytes, and where its values go. */
export interface ChunkTask<T> {
  readonly bytes: Uint8Array
  readonly chunk: ColumnChunk
  readonly column: FileColumn & { readonly type: StoredType }
  /** Of the row group. */
  readonly rows: number
  readonly kind: ValueKind<T>
  /** Called once for each row that is not null, ascending. */
  readonly put: (row: number, value: T) => void
}

const PAGE_TYPES: Readonly<Partial<Record<number, PageHeader['type']>>> = {
  0: 'data',
  1: 'index',
  2: 'dictionary',
}

/** Encodings, by Parquet's numbers. */
const PLAIN = 0
const PLAIN_DICTIONARY = 2
const RLE_DICTIONARY = 8

/** Bytes that a page takes beside its values: lengths, and levels of one bit with their heads. */
const SPARE_BYTES = 1024
const LEVEL_BYTES = 1

interface PageHeader {
  readonly type: 'data' | 'index' | 'dictionary'
  readonly values: number
  readonly encoding: number
  readonly packedBytes: number
  readonly bytes: number
  /** Where the page begins. */
  readonly start: number
}

/**
 * Decodes a column chunk.
 *
 * @throws {ParquetError} If a page claims more than its chunk or row group has, or is of a kind that is not read.
 */
export function decodeChunk<T>(task: ChunkTask<T>): void {
  const { bytes, rows } = task
  let dictionary: Dictionary<T> | undefined
  let row = 0
  for (let offset = 0; row < rows; ) {
    if (offset >= bytes.length) throw new ParquetError('has a column that ends too early')
    const header = readHeader(bytes, offset)
    offset = header.start + header.packedBytes
    if (header.type === 'index') continue
    const room = header.type === 'data' ? rows - row : rows
    const page = openPage(task, header, room)
    if (header.type === 'dictionary') {
      if (dictionary !== undefined) throw new ParquetError('has a column with two dictionaries')
      const at = task.kind.open(page, task.column.type, header.values)
      dictionary = { at, size: header.values }
    } else {
      decodePage(task, { page, header, row, dictionary })
      row += header.values
    }
  }
}

interface Dictionary<T> {
  readonly at: (place: number) => T
  readonly size: number
}

interface DataPage<T> {
  readonly page: Uint8Array
  readonly header: PageHeader
  /** Its first row. */
  readonly row: number
  readonly dictionary: Dictionary<T> | undefined
}

function readHeader(bytes: Uint8Array, offset: number): PageHeader {
  const reader = new ThriftReader(bytes, offset)
  let [type, size, packedBytes, values, encoding] = [-1, -1, -1, 0, -1]
  const content = {
    1: (field: number) => {
      values = reader.readInteger(field)
    },
    2: (field: number) => {
      encoding = reader.readInteger(field)
    },
  }
  reader.readDocument({
    1: (field) => {
      type = reader.readInteger(field)
    },
    2: (field) => {
      size = reader.readInteger(field)
    },
    3: (field) => {
      packedBytes = reader.readInteger(field)
    },
    5: (field) => reader.readStruct(field, content),
    7: (field) => reader.readStruct(field, content),
  })
  const known = PAGE_TYPES[type]
  if (known === undefined) throw new ParquetError('has pages of a kind that is not read')
  if (packedBytes < 0 || packedBytes > bytes.length - reader.offset) {
    throw new ParquetError(`claims a page of ${packedBytes} packed bytes`)
  }
  return { type: known, values, encoding, packedBytes, bytes: size, start: reader.offset }
}

/** Unpacks a page, unless it claims more values than are left or more bytes than they can take. */
function openPage<T>(task: ChunkTask<T>, header: PageHeader, room: number): Uint8Array {
  const { values, bytes, start, packedBytes } = header
  if (values < 0 || values > room) throw new ParquetError(`claims a page of ${values} values`)
  const most = SPARE_BYTES + values * (task.kind.maxBytes + LEVEL_BYTES)
  if (bytes < 0 || bytes > most) throw new ParquetError(`claims a page of ${bytes} bytes`)
  return unpackPage(task.bytes.subarray(start, start + packedBytes), task.chunk.codec, bytes)
}

function decodePage<T>(task: ChunkTask<T>, { page, header, row, dictionary }: DataPage<T>): void {
  const { kind, column, put } = task
  const levels = column.isOptional ? readLevels(page, header.values) : undefined
  const present = levels === undefined ? header.values : countOnes(levels.values)
  const content = page.subarray(levels?.end ?? 0)
  const at =
    header.encoding === PLAIN
      ? kind.open(content, column.type, present)
      : openPlaces(content, present, header.encoding, dictionary)
  if (levels === undefined || present === header.values) {
    for (let place = 0; place < present; place++) put(row + place, at(place))
    return
  }
  let place = 0
  for (let level = 0; level < levels.values.length; level++) {
    if (levels.values[level] === 1) put(row + level, at(place++))
  }
}

function readLevels(page: Uint8Array, count: number): { values: Uint8Array; end: number } {
  if (page.length < 4) throw new ParquetError('has a page that ends too early')
  const end = 4 + new DataView(page.buffer, page.byteOffset, 4).getUint32(0, true)
  if (end > page.length) throw new ParquetError('has a page that ends too early')
  const values = new Uint8Array(count)
  readHybrid(page.subarray(4, end), 1, values)
  return { values, end }
}

function countOnes(levels: Uint8Array): number {
  let count = 0
  for (const level of levels) count += level
  return count
}

function openPlaces<T>(
  content: Uint8Array,
  count: number,
  encoding: number,
  dictionary: Dictionary<T> | undefined,
): (place: number) => T {
  if (encoding !== PLAIN_DICTIONARY && encoding !== RLE_DICTIONARY) {
    throw new ParquetError(`has a page in encoding ${encoding}, which is not read`)
  }
  if (dictionary === undefined) throw new ParquetError('has a column that lacks its dictionary')
  const { at, size } = dictionary
  const places = new Uint32Array(count)
  // Nothing but nulls: then the width may be missing, too.
  if (count > 0) readHybrid(content.subarray(1), content[0] ?? 0, places)
  for (const place of places) {
    if (place >= size) throw new ParquetError('has a value that its dictionary lacks')
  }
  return (place) => at(places[place] ?? 0)
}
