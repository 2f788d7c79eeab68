/**
 * Reads Thrift's compact protocol, in which the footer and the page headers of Parquet are written.
 *
 * Nothing is allocated by what the bytes claim: a list has at most as many items as bytes follow, fields that nobody asks
 * for are skipped, and structs are at most {@link MAX_DEPTH} deep.
 *
 * @see https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
import { ParquetError } from './fault.ts'

const STOP = 0
const TRUE = 1
const FALSE = 2
const BYTE = 3
const I16 = 4
const I64 = 6
const DOUBLE = 7
const BINARY = 8
const LIST = 9
const STRUCT = 12

/** Parquet's own structs are six deep. */
const MAX_DEPTH = 16

/** A list with 15 or more items has its length behind it. */
const LONG_LIST = 15

/** Reads the value of a field, whose type it is given. */
export type FieldReader = (type: number) => void

/** A place in some bytes, from which values are read one after the other. */
export class ThriftReader {
  readonly #bytes: Uint8Array
  #offset: number
  #depth = 0

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes
    this.#offset = offset
  }

  /** Of the next byte. */
  get offset(): number {
    return this.#offset
  }

  /**
   * Reads a struct.
   *
   * @param fields - By field id; the others are skipped.
   * @throws {ParquetError} If the bytes end within it, or are no struct.
   */
  readStruct(type: number, fields: Readonly<Record<number, FieldReader>>): void {
    expect(type === STRUCT, 'a struct')
    this.#nested(() => {
      let id = 0
      for (let head = this.#byte(); (head & 15) !== STOP; head = this.#byte()) {
        id = head >> 4 === 0 ? this.#zigzag() : id + (head >> 4)
        const read = fields[id]
        if (read === undefined) this.#skip(head & 15, false)
        else read(head & 15)
      }
    })
  }

  /** Reads the struct that the bytes begin with. */
  readDocument(fields: Readonly<Record<number, FieldReader>>): void {
    this.readStruct(STRUCT, fields)
  }

  /**
   * Reads a list.
   *
   * @param readItem - Called once an item.
   * @returns Its length, at most the number of bytes that follow.
   */
  readList(type: number, readItem: FieldReader): number {
    expect(type === LIST, 'a list')
    const head = this.#byte()
    const length = head >> 4 === LONG_LIST ? this.#varint() : head >> 4
    expect((head & 15) !== STOP && length <= this.#bytes.length - this.#offset, 'a list that fits')
    this.#nested(() => {
      for (let item = 0; item < length; item++) readItem(head & 15)
    })
    return length
  }

  /** Reads a whole number up to 2^53. */
  readInteger(type: number): number {
    expect(type >= I16 && type <= I64, 'a whole number')
    return this.#zigzag()
  }

  /** Reads bytes, as a view. */
  readBinary(type: number): Uint8Array {
    expect(type === BINARY, 'a text')
    const length = this.#varint()
    const start = this.#offset
    this.#advance(length)
    return this.#bytes.subarray(start, this.#offset)
  }

  #skip(type: number, isItem: boolean): void {
    // The value of a field is in its head; an item of a list has a byte.
    if (type === TRUE || type === FALSE) this.#advance(isItem ? 1 : 0)
    else if (type === BYTE) this.#advance(1)
    else if (type >= I16 && type <= I64) this.#skipVarint()
    else if (type === DOUBLE) this.#advance(8)
    else if (type === BINARY) this.readBinary(type)
    else if (type === LIST) this.readList(type, (item) => this.#skip(item, true))
    else this.readStruct(type, {})
  }

  #nested(fn: () => void): void {
    expect(this.#depth < MAX_DEPTH, `at most ${MAX_DEPTH} levels`)
    this.#depth++
    fn()
    this.#depth--
  }

  #byte(): number {
    const byte = this.#bytes[this.#offset++]
    if (byte === undefined) throw new ParquetError('its metadata ends too early')
    return byte
  }

  #advance(length: number): void {
    if (length > this.#bytes.length - this.#offset) {
      throw new ParquetError('its metadata ends too early')
    }
    this.#offset += length
  }

  #varint(): number {
    let value = 0
    for (let factor = 1; factor <= 2 ** 49; factor *= 128) {
      const byte = this.#byte()
      value += (byte & 127) * factor
      if (byte < 128 && value <= Number.MAX_SAFE_INTEGER) return value
    }
    throw new ParquetError('its metadata has a number beyond 2^53')
  }

  /** A 64-bit number has at most ten bytes; its value is of no interest. */
  #skipVarint(): void {
    for (let length = 0; length < 10; length++) if (this.#byte() < 128) return
    throw new ParquetError('its metadata has a number beyond 2^64')
  }

  /** 0, -1, 1, -2 … are written as 0, 1, 2, 3 …. */
  #zigzag(): number {
    const value = this.#varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}

function expect(isFulfilled: boolean, what: string): void {
  if (!isFulfilled) throw new ParquetError(`its metadata is no Parquet metadata, expected ${what}`)
}
