/** Writes Thrift's compact protocol, as far as Parquet's metadata needs it. */

/** A value with its type. */
export type ThriftValue =
  | { readonly i32: number }
  | { readonly i64: number }
  | { readonly text: string }
  | { readonly list: readonly ThriftValue[] }
  | { readonly struct: ThriftFields }

/** Fields by their numbers, in ascending order. */
export type ThriftFields = Readonly<Record<number, ThriftValue>>

const TYPES = { i32: 5, i64: 6, text: 8, list: 9, struct: 12 } as const
const STOP = 0
/** Longer lists have their length behind the head. */
const MAX_SHORT = 14

/** Writes a struct. */
export function writeStruct(fields: ThriftFields): Buffer {
  const bytes: number[] = []
  addStruct(bytes, fields)
  return Buffer.from(bytes)
}

function addStruct(bytes: number[], fields: ThriftFields): void {
  let last = 0
  for (const [key, value] of Object.entries(fields)) {
    const id = Number(key)
    bytes.push(((id - last) << 4) | typeOf(value))
    addValue(bytes, value)
    last = id
  }
  bytes.push(STOP)
}

function addValue(bytes: number[], value: ThriftValue): void {
  if ('i32' in value) addNumber(bytes, value.i32)
  else if ('i64' in value) addNumber(bytes, value.i64)
  else if ('text' in value) {
    const text = Buffer.from(value.text)
    addVarint(bytes, text.length)
    bytes.push(...text)
  } else if ('struct' in value) addStruct(bytes, value.struct)
  else addList(bytes, value.list)
}

function addList(bytes: number[], list: readonly ThriftValue[]): void {
  const [first] = list
  if (first === undefined) throw new RangeError('a list without elements has no type')
  if (list.length <= MAX_SHORT) bytes.push((list.length << 4) | typeOf(first))
  else {
    bytes.push((15 << 4) | typeOf(first))
    addVarint(bytes, list.length)
  }
  for (const value of list) addValue(bytes, value)
}

function typeOf(value: ThriftValue): number {
  const [name] = Object.keys(value)
  return TYPES[name as keyof typeof TYPES]
}

/** Zigzag: none is negative here. */
function addNumber(bytes: number[], value: number): void {
  addVarint(bytes, 2 * value)
}

/** Numbers may be longer than 32 bits. */
function addVarint(bytes: number[], value: number): void {
  let rest = value
  while (rest >= 128) {
    bytes.push((rest % 128) | 128)
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
}
