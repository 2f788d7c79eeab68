/**
 * Parquet's DELTA_BINARY_PACKED: differences between neighbours, less the least of them, in as few bits as they need. Ids
 * that count up take next to nothing.
 *
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/
 */

/** Differences of a block, and of each of its parts, which have widths of their own; DuckDB writes the same sizes. */
const BLOCK = 2048
const PARTS = 8
const PART = BLOCK / PARTS

const TWO_32 = 2 ** 32
/** Differences up to this far from 0 leave room for that between two of them in 32 bits. */
const MOST_DIFFERENCE = 2 ** 30

/** Room that a page of so many rows takes at most: 4 bytes a row, blocks filled up, and their headers. */
export function roomOfDeltas(rows: number): number {
  const blocks = Math.ceil(rows / BLOCK) + 1
  return blocks * (BLOCK * 4 + PARTS + 8) + 32
}

const differences = new Int32Array(BLOCK)
const words = new Uint32Array(PART)
const wordBytes = new Uint8Array(words.buffer)

/**
 * Encodes whole numbers.
 *
 * @param values - Two halves a value, the low one first: the bytes of 64-bit numbers.
 * @returns Bytes written; -1 if neighbours lie too far apart.
 */
export function encodeDeltas(values: Int32Array, rows: number, into: Uint8Array): number {
  const first = numberAt(values, 0)
  if (!Number.isSafeInteger(first)) return -1
  let at = writeVarint(into, 0, BLOCK)
  at = writeVarint(into, at, PARTS)
  at = writeVarint(into, at, rows)
  at = writeVarint(into, at, first < 0 ? -2 * first - 1 : 2 * first)
  for (let row = 1; row < rows; row += BLOCK) {
    const count = Math.min(BLOCK, rows - row)
    if (!findDifferences(values, row, count)) return -1
    at = encodeBlock(count, into, at)
  }
  return at
}

function numberAt(values: Int32Array, row: number): number {
  return (values[2 * row + 1] as number) * TWO_32 + ((values[2 * row] as number) >>> 0)
}

/** False if one is too great. */
function findDifferences(values: Int32Array, start: number, count: number): boolean {
  let lo = (values[2 * start - 2] as number) >>> 0
  let hi = values[2 * start - 1] as number
  for (let index = 0; index < count; index += 1) {
    const nextLo = (values[2 * (start + index)] as number) >>> 0
    const nextHi = values[2 * (start + index) + 1] as number
    const difference = nextHi === hi ? nextLo - lo : (nextHi - hi) * TWO_32 + (nextLo - lo)
    if (difference > MOST_DIFFERENCE || difference < -MOST_DIFFERENCE) return false
    differences[index] = difference
    lo = nextLo
    hi = nextHi
  }
  return true
}

function encodeBlock(count: number, into: Uint8Array, start: number): number {
  let least = differences[0] as number
  for (let index = 1; index < count; index += 1) {
    const difference = differences[index] as number
    if (difference < least) least = difference
  }
  const widthsAt = writeVarint(into, start, least < 0 ? -2 * least - 1 : 2 * least)
  let at = widthsAt + PARTS
  for (let part = 0; part < PARTS; part += 1) {
    const from = part * PART
    const to = Math.min(count, from + PART)
    const width = from < to ? widthOf(from, to, least) : 0
    into[widthsAt + part] = width
    if (width > 0) at = packPart({ from, to, least, width }, into, at)
  }
  return at
}

function widthOf(from: number, to: number, least: number): number {
  let bits = 0
  for (let index = from; index < to; index += 1) bits |= (differences[index] as number) - least
  return 32 - Math.clz32(bits)
}

interface Part {
  readonly from: number
  readonly to: number
  readonly least: number
  /** Bits a value, 1 to 32. */
  readonly width: number
}

/** A part that is not full takes the room of a full one. */
function packPart({ from, to, least, width }: Part, into: Uint8Array, at: number): number {
  const length = (PART / 32) * width
  let word = 0
  let bits = 0
  let place = 0
  for (let index = from; index < to; index += 1) {
    const value = (differences[index] as number) - least
    word |= value << bits
    bits += width
    if (bits >= 32) {
      words[place++] = word
      bits -= 32
      word = bits === 0 ? 0 : value >>> (width - bits)
    }
  }
  if (place < length) words[place++] = word
  words.fill(0, place, length)
  into.set(wordBytes.subarray(0, length * 4), at)
  return at + length * 4
}

function writeVarint(into: Uint8Array, start: number, number: number): number {
  let at = start
  let rest = number
  while (rest >= 128) {
    into[at++] = (rest % 128) + 128
    rest = Math.floor(rest / 128)
  }
  into[at++] = rest
  return at
}
