/** The kinds of values that published columns are read as, from their plain encoding. */
import { ParquetError } from './fault.ts'
import type { StoredType } from './footer.ts'

/** How the values of a column are read. */
export interface ValueKind<T> {
  /** Stored types that can be read so. */
  readonly types: readonly StoredType[]
  /** Bytes that a value takes at most, when it is stored plainly. */
  readonly maxBytes: number
  /**
   * Gives access to values by their place, 0 to `count - 1`.
   *
   * @throws {ParquetError} If the bytes are too few.
   */
  readonly open: (bytes: Uint8Array, type: StoredType, count: number) => (place: number) => T
}

/** Whole numbers; those beyond 2^53 are rounded, and stay beyond. */
export const NUMBERS: ValueKind<number> = {
  types: ['INT32', 'INT64'],
  maxBytes: 8,
  open: (bytes, type, count) => {
    const view = viewOf(bytes, count * (type === 'INT32' ? 4 : 8))
    if (type === 'INT32') return (place) => view.getInt32(place * 4, true)
    return (place) => view.getInt32(place * 8 + 4, true) * 2 ** 32 + view.getUint32(place * 8, true)
  },
}

/** Whole numbers, exact: decimals are stored as such. */
export const EXACT_NUMBERS: ValueKind<bigint> = {
  types: ['INT64'],
  maxBytes: 8,
  open: (bytes, _, count) => {
    const view = viewOf(bytes, count * 8)
    return (place) => view.getBigInt64(place * 8, true)
  },
}

/** Floating numbers. */
export const DOUBLES: ValueKind<number> = {
  types: ['DOUBLE'],
  maxBytes: 8,
  open: (bytes, _, count) => {
    const view = viewOf(bytes, count * 8)
    return (place) => view.getFloat64(place * 8, true)
  },
}

/** Texts as short as codes are. */
export const CODES: ValueKind<string> = {
  types: ['BYTE_ARRAY'],
  maxBytes: 64,
  open: (bytes, _, count) => openTexts(bytes, count),
}

/** Texts of 1,000 characters, or URLs of 2,048 bytes, with their lengths. */
export const TEXTS: ValueKind<string> = {
  types: ['BYTE_ARRAY'],
  maxBytes: 4_004,
  open: (bytes, _, count) => openTexts(bytes, count),
}

function openTexts(bytes: Uint8Array, count: number): (place: number) => string {
  const view = viewOf(bytes, count * 4)
  const texts: string[] = []
  for (let offset = 0; texts.length < count; ) {
    if (offset + 4 > bytes.length) endEarly()
    const start = offset + 4
    offset = start + view.getUint32(offset, true)
    if (offset > bytes.length) endEarly()
    texts.push(Buffer.from(bytes.subarray(start, offset)).toString('utf8'))
  }
  return (place) => texts[place] ?? ''
}

function viewOf(bytes: Uint8Array, needed: number): DataView {
  if (needed > bytes.length) endEarly()
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

function endEarly(): never {
  throw new ParquetError('has a page that ends too early')
}
