/**
 * The pages of a column chunk: first perhaps a dictionary, then data pages until all rows of the group are there.
 *
 *     header │ levels (0 = null), if the column may have nulls │ values, or places in the dictionary │ header │ …
 */
import type { ColumnChunk } from './column-chunk.ts'
import { ParquetError } from './fault.ts'
import type { FileColumn, StoredType } from './footer.ts'
import { readHybrid, unpackBits } from './hybrid.ts'
import { ThriftReader } from './thrift.ts'
import { unpackPage } from './unpack.ts'

/** A column chunk and its bytes. */
export interface ColumnPages {
  readonly bytes: Uint8Array
  readonly chunk: ColumnChunk
  readonly column: FileColumn & { readonly type: StoredType }
  /** Of the row group. */
  readonly rows: number
  /** Bytes that a value takes at most, when it is stored plainly. */
  readonly maxBytes: number
}

/** A data page. */
export interface DataPage {
  /** Values, or places in the dictionary, of the rows that are not null. */
  readonly content: Uint8Array
  /** Its first row, and how many it has. */
  readonly row: number
  readonly rows: number
  /** A byte for each row, 0 = null; undefined: there is no null. */
  readonly levels: Uint8Array | undefined
  /** Rows that are not null. */
  readonly present: number
  /** `content` holds places in the dictionary. */
  readonly isDictionary: boolean
}

/** Who takes the pages in turn. */
export interface PageReader {
  /** Called at most once, before the data pages that need it. */
  readonly dictionary: (page: Uint8Array, size: number) => void
  readonly data: (page: DataPage) => void
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
 * Unpacks the pages of a column chunk.
 *
 * @throws {ParquetError} If a page claims more than its chunk or row group has, or is of a kind that is not read.
 */
export function readPages(pages: ColumnPages, reader: PageReader): void {
  const { bytes, rows } = pages
  let hasDictionary = false
  let row = 0
  for (let offset = 0; row < rows; ) {
    if (offset >= bytes.length) throw new ParquetError('has a column that ends too early')
    const header = readHeader(bytes, offset)
    offset = header.start + header.packedBytes
    if (header.type === 'index') continue
    const room = header.type === 'data' ? rows - row : rows
    const page = openPage(pages, header, room)
    if (header.type === 'dictionary') {
      if (hasDictionary) throw new ParquetError('has a column with two dictionaries')
      hasDictionary = true
      reader.dictionary(page, header.values)
    } else {
      const isDictionary = needsDictionary(header.encoding, hasDictionary)
      reader.data({ ...splitPage(pages, page, header.values), row, isDictionary })
      row += header.values
    }
  }
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
function openPage(pages: ColumnPages, header: PageHeader, room: number): Uint8Array {
  const { values, bytes, start, packedBytes } = header
  if (values < 0 || values > room) throw new ParquetError(`claims a page of ${values} values`)
  const most = SPARE_BYTES + values * (pages.maxBytes + LEVEL_BYTES)
  if (bytes < 0 || bytes > most) throw new ParquetError(`claims a page of ${bytes} bytes`)
  return unpackPage(pages.bytes.subarray(start, start + packedBytes), pages.chunk.codec, bytes)
}

function needsDictionary(encoding: number, hasDictionary: boolean): boolean {
  if (encoding === PLAIN) return false
  if (encoding !== PLAIN_DICTIONARY && encoding !== RLE_DICTIONARY) {
    throw new ParquetError(`has a page in encoding ${encoding}, which is not read`)
  }
  if (!hasDictionary) throw new ParquetError('has a column that lacks its dictionary')
  return true
}

type SplitPage = Omit<DataPage, 'row' | 'isDictionary'>

function splitPage({ column }: ColumnPages, page: Uint8Array, rows: number): SplitPage {
  if (!column.isOptional) return { content: page, rows, levels: undefined, present: rows }
  if (page.length < 4) throw new ParquetError('has a page that ends too early')
  const end = 4 + new DataView(page.buffer, page.byteOffset, 4).getUint32(0, true)
  if (end > page.length) throw new ParquetError('has a page that ends too early')
  const levels = readLevels(page.subarray(4, end), rows)
  return { content: page.subarray(end), rows, levels, present: levels ? countOnes(levels) : rows }
}

/** Undefined: there is no null, which is one run. */
function readLevels(bytes: Uint8Array, rows: number): Uint8Array | undefined {
  let levels: Uint8Array | undefined
  const some = () => {
    levels ??= new Uint8Array(rows)
    return levels
  }
  readHybrid(bytes, 1, rows, {
    repeat: (value, from, to) => {
      if (value !== 1 || to - from < rows) some().fill(value, from, to)
    },
    unpack: (packed, from, to) => unpackBits(packed, some().subarray(from, to)),
  })
  return levels
}

function countOnes(levels: Uint8Array): number {
  let count = 0
  for (const level of levels) count += level
  return count
}
