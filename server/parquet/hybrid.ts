/** Parquet's mixture of repeated and bit-packed numbers, in which levels and places in dictionaries are written. */
import { ParquetError } from './fault.ts'

/** A dictionary has at most 2^22 entries, since a row group has no more rows. */
const MAX_WIDTH = 24

/** Bytes that one load of 32 bits takes, in which a number of up to 24 bits lies whole. */
const LOAD_BYTES = 4

/** Numbers one after the other, from the lowest bit of the first byte on. */
export interface PackedBits {
  readonly bytes: Uint8Array
  /** Bits of a number. */
  readonly width: number
}

/** Who takes the runs: of numbers `from` to `to - 1`. */
export interface RunReader {
  readonly repeat: (value: number, from: number, to: number) => void
  /** The bytes hold as many numbers. */
  readonly unpack: (packed: PackedBits, from: number, to: number) => void
}

/**
 * Reads runs until there are enough numbers.
 *
 * @param bytes - Hold nothing else.
 * @param width - Bits of a number.
 * @param count - Numbers that are wanted. A run that is longer is cut.
 * @throws {ParquetError} If the bytes end before, or the width is beyond reason.
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/
 */
export function readHybrid(
  bytes: Uint8Array,
  width: number,
  count: number,
  reader: RunReader,
): void {
  if (width > MAX_WIDTH) throw new ParquetError(`has numbers of ${width} bits in a page`)
  let offset = 0
  let filled = 0
  while (filled < count) {
    let head = 0
    let byte = 128
    for (let factor = 1; byte > 127; factor *= 128) {
      byte = bytes[offset++] ?? endEarly()
      if (factor > 2 ** 28) endEarly()
      head += (byte & 127) * factor
    }
    const length = Math.floor(head / 2)
    if (head % 2 === 0) {
      const end = filled + Math.min(length, count - filled)
      reader.repeat(readValue(bytes, offset, width), filled, end)
      offset += Math.ceil(width / 8)
      filled = end
    } else {
      const end = filled + Math.min(length * 8, count - filled)
      if ((end - filled) * width > (bytes.length - offset) * 8) endEarly()
      reader.unpack({ bytes: bytes.subarray(offset), width }, filled, end)
      offset += length * width
      filled = end
    }
  }
}

/** Unpacks as many numbers as there is room for. */
export function unpackBits({ bytes, width }: PackedBits, target: Uint8Array | Uint32Array): void {
  const mask = (1 << width) - 1
  for (let place = 0, bit = 0; place < target.length; place++, bit += width) {
    target[place] = (loadBits(bytes, bit) >>> (bit & 7)) & mask
  }
}

/**
 * Unpacks numbers and puts what stands in their places in a dictionary.
 *
 * @throws {ParquetError} If a number is no place of it.
 */
export function lookUpBits(
  { bytes, width }: PackedBits,
  dictionary: Float64Array,
  target: Float64Array,
): void {
  const mask = (1 << width) - 1
  const whole = Math.min(target.length, countWhole(bytes.length, width))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let bit = 0
  for (let place = 0; place < target.length; place++, bit += width) {
    const load = place < whole ? view.getUint32(bit >>> 3, true) : loadBits(bytes, bit)
    const entry = (load >>> (bit & 7)) & mask
    if (entry >= dictionary.length) lackEntry()
    target[place] = dictionary[entry] ?? 0
  }
}

/** Numbers whose 32 bits do not end behind the bytes. */
function countWhole(bytes: number, width: number): number {
  if (bytes < LOAD_BYTES) return 0
  return width === 0 ? Number.POSITIVE_INFINITY : Math.floor(((bytes - LOAD_BYTES) * 8) / width) + 1
}

/** 32 bits from the byte in which a bit lies; what lies behind the end is 0. */
function loadBits(bytes: Uint8Array, bit: number): number {
  const at = bit >>> 3
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  )
}

function readValue(bytes: Uint8Array, offset: number, width: number): number {
  let value = 0
  for (let i = 0; i * 8 < width; i++) value |= (bytes[offset + i] ?? endEarly()) << (8 * i)
  return value
}

function endEarly(): never {
  throw new ParquetError('has a page that ends too early')
}

/** For places that a dictionary lacks. */
export function lackEntry(): never {
  throw new ParquetError('has a value that its dictionary lacks')
}
