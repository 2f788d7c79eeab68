/** Parquet's mixture of repeated and bit-packed numbers, in which levels and places in dictionaries are written. */
import { ParquetError } from './fault.ts'

/** A dictionary has at most 2^22 entries, since a row group has no more rows. */
const MAX_WIDTH = 24

/**
 * Reads numbers until there is no more room for them.
 *
 * @param bytes - Hold nothing else.
 * @param width - Bits of a number.
 * @param target - Is filled. A run that is longer than the room is cut.
 * @throws {ParquetError} If the bytes end before, or the width is beyond reason.
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/
 */
export function readHybrid(
  bytes: Uint8Array,
  width: number,
  target: Uint8Array | Uint32Array,
): void {
  if (width > MAX_WIDTH) throw new ParquetError(`has numbers of ${width} bits in a page`)
  let offset = 0
  let filled = 0
  while (filled < target.length) {
    let head = 0
    let byte = 128
    for (let factor = 1; byte > 127; factor *= 128) {
      byte = bytes[offset++] ?? endEarly()
      if (factor > 2 ** 28) endEarly()
      head += (byte & 127) * factor
    }
    const length = Math.floor(head / 2)
    const room = target.length - filled
    if (head % 2 === 0) {
      const value = readValue(bytes, offset, width)
      offset += Math.ceil(width / 8)
      const count = Math.min(length, room)
      target.fill(value, filled, filled + count)
      filled += count
    } else {
      const count = Math.min(length * 8, room)
      unpackBits(bytes.subarray(offset), width, target.subarray(filled, filled + count))
      offset += length * width
      filled += count
    }
  }
}

function readValue(bytes: Uint8Array, offset: number, width: number): number {
  let value = 0
  for (let i = 0; i * 8 < width; i++) value |= (bytes[offset + i] ?? endEarly()) << (8 * i)
  return value
}

function unpackBits(bytes: Uint8Array, width: number, target: Uint8Array | Uint32Array): void {
  if (target.length * width > bytes.length * 8) endEarly()
  const mask = (1 << width) - 1
  let offset = 0
  // At most 7 bits are left over and 24 are added.
  let bits = 0
  let count = 0
  for (let place = 0; place < target.length; place++) {
    for (; count < width; count += 8) bits |= (bytes[offset++] ?? 0) << count
    target[place] = bits & mask
    bits >>>= width
    count -= width
  }
}

function endEarly(): never {
  throw new ParquetError('has a page that ends too early')
}
