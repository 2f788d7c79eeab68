/** Rows on their way from lines into counts and files: columns of whole numbers that are used again for each batch. */

import type { Table } from '../../../contract/schema.ts'
import { COLUMNS, REVENUE_DECIMALS } from '../columns.ts'

/** Few enough that all columns stay in a core's own cache. */
export const BATCH_ROWS = 8192

const TWO_32 = 2 ** 32
const TWO_17 = 2 ** 17
const TWO_15 = 2 ** 15

/** Digits of which a number holds every value. */
const EXACT_DIGITS = 15
/** Of two numbers with so many digits the product is below 2^60. */
const HALF_DIGITS = 9

/**
 * Rows of a table, its columns in the order of `COLUMNS`. A column has two halves a value, the low one first: so its
 * bytes are those of 64-bit numbers. A revenue is in millionths.
 */
export class RowBatch {
  readonly columns: readonly Int32Array[]
  /** Rows that are in it. */
  count = 0

  constructor(columns: number) {
    this.columns = Array.from({ length: columns }, () => new Int32Array(2 * BATCH_ROWS))
  }

  get isFull(): boolean {
    return this.count === BATCH_ROWS
  }

  /** Adds a row of canonical values, as parseLine gives them. There must be room for it. */
  addValues(table: Table, values: readonly string[]): void {
    for (const [column, { kind }] of COLUMNS[table].entries()) {
      const value = values[column] ?? ''
      const digits = BigInt(kind === 'revenue' ? toMillionths(value) : value)
      setHalves(this, column, Number(digits >> 32n), Number(digits & 0xffffffffn))
    }
    this.count += 1
  }
}

/** Batches that nobody uses, by their number of columns: thousands of small files need no memory of their own. */
const free = new Map<number, RowBatch[]>()
/** Of each kind; more are not needed at once. */
const MOST_FREE = 4

/** Takes an empty batch. */
export function takeBatch(columns: number): RowBatch {
  return free.get(columns)?.pop() ?? new RowBatch(columns)
}

/** Gives a batch back. */
export function returnBatch(batch: RowBatch): void {
  batch.count = 0
  const columns = batch.columns.length
  const own = free.get(columns) ?? []
  free.set(columns, own)
  if (own.length < MOST_FREE) own.push(batch)
}

function setHalves({ columns, count }: RowBatch, column: number, hi: number, lo: number): void {
  const values = columns[column] as Int32Array
  values[2 * count] = lo
  values[2 * count + 1] = hi
}

/** A decimal number in millionths, as digits. */
function toMillionths(decimal: string): string {
  const [whole = '', decimals = ''] = decimal.split('.')
  return whole + decimals.padEnd(REVENUE_DECIMALS, '0')
}

const ZERO = 48

/**
 * Puts digits into a value.
 *
 * @param end - At most 18 digits behind `start`.
 * @param row - Where it goes.
 */
export function setDigits(
  values: Int32Array,
  row: number,
  block: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
): void {
  const middle = Math.min(end, start + HALF_DIGITS)
  const head = parseDigits(block, start, middle)
  if (middle === end) {
    values[2 * row] = head
    values[2 * row + 1] = 0
    return
  }
  const tail = parseDigits(block, middle, end)
  const factor = 10 ** (end - middle)
  if (end - start <= EXACT_DIGITS) setNumber(values, row, head * factor + tail)
  else setProduct(values, row, { head, factor, tail })
}

/** Puts a whole number below 2^53 into a value. */
export function setNumber(values: Int32Array, row: number, number: number): void {
  const hi = Math.floor(number / TWO_32)
  values[2 * row] = number - hi * TWO_32
  values[2 * row + 1] = hi
}

function parseDigits(block: Uint8Array, start: number, end: number): number {
  let number = 0
  for (let at = start; at < end; at += 1) number = number * 10 + (block[at] as number) - ZERO
  return number
}

/** `head * factor + tail`, each at most 10^9, without leaving the exact range of numbers. */
function setProduct(
  values: Int32Array,
  row: number,
  { head, factor, tail }: { readonly head: number; readonly factor: number; readonly tail: number },
): void {
  const factorHigh = Math.floor(factor / TWO_15)
  const high = head * factorHigh
  const low = head * (factor - factorHigh * TWO_15) + tail
  const highTop = Math.floor(high / TWO_17)
  const sum = (high - highTop * TWO_17) * TWO_15 + low
  const carry = Math.floor(sum / TWO_32)
  values[2 * row] = sum - carry * TWO_32
  values[2 * row + 1] = highTop + carry
}
