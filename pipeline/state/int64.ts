/** Whole numbers of up to 63 bits as two halves of 32 bits: they fit typed arrays, and BigInt costs an object each. */

const TWO_32 = 2 ** 32
const TWO_20 = 2 ** 20
const TWO_12 = 2 ** 12

/** The two halves of a number; reused, so that a row costs no object. */
export interface Halves {
  hi: number
  lo: number
}

/** Splits a whole number below 2^53. */
export function splitNumber(into: Halves, value: number): void {
  into.hi = Math.floor(value / TWO_32)
  into.lo = value - into.hi * TWO_32
}

/**
 * Splits `head * factor + tail` without leaving the exact range of numbers.
 *
 * @param head - Below 10^15.
 * @param factor - At most 10^6.
 * @param tail - Below `factor`.
 */
export function splitProduct(into: Halves, head: number, factor: number, tail: number): void {
  const top = Math.floor(head / TWO_20)
  const high = top * factor
  const low = (head - top * TWO_20) * factor + tail
  const carry = Math.floor(low / TWO_32)
  const highTop = Math.floor(high / TWO_12)
  const lo = (high - highTop * TWO_12) * TWO_20 + (low - carry * TWO_32)
  const isOver = lo >= TWO_32
  into.lo = isOver ? lo - TWO_32 : lo
  into.hi = highTop + carry + (isOver ? 1 : 0)
}

/** Splits a whole number that is written as digits, below 2^63. */
export function splitDigits(into: Halves, digits: string): void {
  const value = BigInt(digits)
  into.hi = Number(value >> 32n)
  into.lo = Number(value & 0xffffffffn)
}

/** Puts the halves together again. */
export function joinHalves(hi: number, lo: number): bigint {
  return (BigInt(hi) << 32n) + BigInt(lo)
}
