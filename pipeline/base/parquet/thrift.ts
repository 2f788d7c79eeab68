/** Thrift's compact protocol, as far as the metadata of a Parquet file needs it. */

/** Types of a field. */
const I32 = 5
const I64 = 6
const BINARY = 8
const LIST = 9
const STRUCT = 12

/** A list of more elements has its length behind its first byte. */
const SHORT_LIST = 15

/** A value with its type. */
type Value =
  | { readonly type: typeof I32 | typeof I64; readonly number: number }
  | { readonly type: typeof BINARY; readonly bytes: Uint8Array }
  | { readonly type: typeof LIST; readonly items: readonly Value[] }
  | { readonly type: typeof STRUCT; readonly fields: Fields }

/** Values by the number of their field. */
export type Fields = Readonly<Record<number, Value>>

/** A whole number that fits 32 bits, an element of an enumeration too. */
export function i32(number: number): Value {
  return { type: I32, number }
}

/** A whole number; exact up to 2^53. */
export function i64(number: number): Value {
  return { type: I64, number }
}

/** Bytes or text. */
export function binary(value: string | Uint8Array): Value {
  return { type: BINARY, bytes: typeof value === 'string' ? Buffer.from(value) : value }
}

/** Values of one type; if there are none, of structures. */
export function list(items: readonly Value[]): Value {
  return { type: LIST, items }
}

/** A structure within another. */
export function struct(fields: Fields): Value {
  return { type: STRUCT, fields }
}

/** Writes a structure. */
export function writeStruct(fields: Fields): Buffer {
  const bytes: number[] = []
  pushFields(bytes, fields)
  return Buffer.from(bytes)
}

function pushFields(bytes: number[], fields: Fields): void {
  let last = 0
  for (const [key, value] of Object.entries(fields)) {
    // Keys of an object that are whole numbers come in ascending order; none is far from the one before.
    const id = Number(key)
    bytes.push(((id - last) << 4) | value.type)
    last = id
    pushValue(bytes, value)
  }
  bytes.push(0)
}

function pushValue(bytes: number[], value: Value): void {
  if ('number' in value) pushVarint(bytes, zigzag(value.number))
  else if ('bytes' in value) {
    pushVarint(bytes, value.bytes.length)
    for (const byte of value.bytes) bytes.push(byte)
  } else if ('fields' in value) pushFields(bytes, value.fields)
  else pushList(bytes, value.items)
}

function pushList(bytes: number[], items: readonly Value[]): void {
  const type = items[0]?.type ?? STRUCT
  if (items.length < SHORT_LIST) bytes.push((items.length << 4) | type)
  else {
    bytes.push((SHORT_LIST << 4) | type)
    pushVarint(bytes, items.length)
  }
  for (const item of items) pushValue(bytes, item)
}

function zigzag(number: number): number {
  return number < 0 ? -2 * number - 1 : 2 * number
}

/** Seven bits a byte, the lowest first; without shifts, which know 32 bits only. */
function pushVarint(bytes: number[], number: number): void {
  let rest = number
  while (rest >= 128) {
    bytes.push((rest % 128) + 128)
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
}
