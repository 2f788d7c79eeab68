/**
 * The loops that read nearly all lines: they prove a line clean (clean-lines.ts) and parse it at once. There is one for
 * each log, for files with just its columns in their order. A line that does not fit in any way ends the loop at its
 * start: clean-lines.ts then decides what it is, and these loops accept no line that it would not.
 *
 * Every byte of the input passes here, so values stay in local variables, and the loops are written out: with a function
 * for each field they took twice as long.
 */
import type { Table } from '../../../contract/schema.ts'
import { REVENUE_DECIMALS, SAFE_DIGITS } from '../columns.ts'
import { type Header, isInTableOrder } from './header.ts'
import { BATCH_ROWS, type RowBatch, setDigits, setNumber } from './row-batch.ts'

const SPACE = 32
const QUOTE = 34
const COMMA_BYTE = 44
const TILDE = 126
const ZERO = 48
/** Bytes less that of the digit 0. */
const LINE_FEED = 10 - ZERO
const RETURN = 13 - ZERO
const COMMA = COMMA_BYTE - ZERO
const POINT = 46 - ZERO

/** Numbers of so many digits fit 32 bits. */
export const SHORT_DIGITS = 9
const MOST_DIGITS = SAFE_DIGITS.event_id
const MILLION = 1e6
/** Factors of decimals by how many there are. */
const UNITS = Array.from(
  { length: REVENUE_DECIMALS + 1 },
  (_, count) => 10 ** (REVENUE_DECIMALS - count),
)

/** A part of a block that consists of whole lines. */
export interface LinesRange {
  readonly start: number
  readonly end: number
}

/**
 * Reads lines into a batch until it is full or a line does not fit.
 *
 * @returns Where the first line begins that was not read.
 */
export type ReadPlainLines = (block: Uint8Array, range: LinesRange, batch: RowBatch) => number

/** Finds the loop for a file; null if its columns are in another order, or others are among them. */
export function findPlainReader(table: Table, header: Header): ReadPlainLines | null {
  if (!isInTableOrder(header)) return null
  const shape = { isReturned: header.lineEnd === '\r\n', isSegment: header.isSegment }
  const read = READERS[table]
  return (block, range, batch) => read(block, range, batch, shape)
}

interface Shape {
  /** Lines end in CRLF. */
  readonly isReturned: boolean
  /** A field stands before ours; see header.ts. */
  readonly isSegment: boolean
}

type Reader = (block: Uint8Array, range: LinesRange, batch: RowBatch, shape: Shape) => number

const READERS: Readonly<Record<Table, Reader>> = {
  impressions: readImpressions,
  clicks: readClicks,
  conversions: readConversions,
}

/** `banner_id,campaign_id` */
function readImpressions(
  block: Uint8Array,
  { start, end }: LinesRange,
  batch: RowBatch,
  { isReturned, isSegment }: Shape,
): number {
  const banners = batch.columns[0] as Int32Array
  const campaigns = batch.columns[1] as Int32Array
  let row = batch.count
  let lineStart = start
  while (lineStart < end && row < BATCH_ROWS) {
    let at = isSegment ? skipField(block, lineStart) : lineStart

    let fieldStart = at
    let digit = (block[at] as number) - ZERO
    if (digit < 1 || digit > 9) break
    let banner = digit
    digit = (block[++at] as number) - ZERO
    while (digit >= 0 && digit <= 9) {
      banner = (banner * 10 + digit) | 0
      digit = (block[++at] as number) - ZERO
    }
    if (digit !== COMMA || at - fieldStart > SHORT_DIGITS) break

    fieldStart = ++at
    digit = (block[at] as number) - ZERO
    if (digit < 1 || digit > 9) break
    let campaign = digit
    digit = (block[++at] as number) - ZERO
    while (digit >= 0 && digit <= 9) {
      campaign = (campaign * 10 + digit) | 0
      digit = (block[++at] as number) - ZERO
    }
    if (at - fieldStart > SHORT_DIGITS) break

    if (isReturned) {
      if (digit !== RETURN) break
      digit = (block[++at] as number) - ZERO
    }
    if (digit !== LINE_FEED) break
    banners[2 * row] = banner
    banners[2 * row + 1] = 0
    campaigns[2 * row] = campaign
    campaigns[2 * row + 1] = 0
    row += 1
    lineStart = at + 1
  }
  batch.count = row
  return lineStart
}

/** `click_id,banner_id,campaign_id` */
function readClicks(
  block: Uint8Array,
  { start, end }: LinesRange,
  batch: RowBatch,
  { isReturned, isSegment }: Shape,
): number {
  const clicks = batch.columns[0] as Int32Array
  const banners = batch.columns[1] as Int32Array
  const campaigns = batch.columns[2] as Int32Array
  let row = batch.count
  let lineStart = start
  while (lineStart < end && row < BATCH_ROWS) {
    let at = isSegment ? skipField(block, lineStart) : lineStart

    let fieldStart = at
    let digit = (block[at] as number) - ZERO
    if (digit < 1 || digit > 9) break
    let click = digit
    digit = (block[++at] as number) - ZERO
    while (digit >= 0 && digit <= 9) {
      click = (click * 10 + digit) | 0
      digit = (block[++at] as number) - ZERO
    }
    if (digit !== COMMA || at - fieldStart > MOST_DIGITS) break
    if (at - fieldStart <= SHORT_DIGITS) {
      clicks[2 * row] = click
      clicks[2 * row + 1] = 0
    } else setDigits(clicks, row, block, { start: fieldStart, end: at })

    fieldStart = ++at
    digit = (block[at] as number) - ZERO
    if (digit < 1 || digit > 9) break
    let banner = digit
    digit = (block[++at] as number) - ZERO
    while (digit >= 0 && digit <= 9) {
      banner = (banner * 10 + digit) | 0
      digit = (block[++at] as number) - ZERO
    }
    if (digit !== COMMA || at - fieldStart > SHORT_DIGITS) break

    fieldStart = ++at
    digit = (block[at] as number) - ZERO
    if (digit < 1 || digit > 9) break
    let campaign = digit
    digit = (block[++at] as number) - ZERO
    while (digit >= 0 && digit <= 9) {
      campaign = (campaign * 10 + digit) | 0
      digit = (block[++at] as number) - ZERO
    }
    if (at - fieldStart > SHORT_DIGITS) break

    if (isReturned) {
      if (digit !== RETURN) break
      digit = (block[++at] as number) - ZERO
    }
    if (digit !== LINE_FEED) break
    banners[2 * row] = banner
    banners[2 * row + 1] = 0
    campaigns[2 * row] = campaign
    campaigns[2 * row + 1] = 0
    row += 1
    lineStart = at + 1
  }
  batch.count = row
  return lineStart
}

/** `conversion_id,click_id,revenue` */
function readConversions(
  block: Uint8Array,
  { start, end }: LinesRange,
  batch: RowBatch,
  { isReturned, isSegment }: Shape,
): number {
  const conversions = batch.columns[0] as Int32Array
  const clicks = batch.columns[1] as Int32Array
  const revenues = batch.columns[2] as Int32Array
  let row = batch.count
  let lineStart = start
  while (lineStart < end && row < BATCH_ROWS) {
    let at = isSegment ? skipField(block, lineStart) : lineStart

    let fieldStart = at
    let digit = (block[at] as number) - ZERO
    if (digit < 1 || digit > 9) break
    do digit = (block[++at] as number) - ZERO
    while (digit >= 0 && digit <= 9)
    if (digit !== COMMA || at - fieldStart > MOST_DIGITS) break
    setDigits(conversions, row, block, { start: fieldStart, end: at })

    fieldStart = ++at
    digit = (block[at] as number) - ZERO
    if (digit < 1 || digit > 9) break
    do digit = (block[++at] as number) - ZERO
    while (digit >= 0 && digit <= 9)
    if (digit !== COMMA || at - fieldStart > MOST_DIGITS) break
    setDigits(clicks, row, block, { start: fieldStart, end: at })

    fieldStart = ++at
    digit = (block[at] as number) - ZERO
    if (digit < 0 || digit > 9) break
    let revenue = digit
    digit = (block[++at] as number) - ZERO
    if (revenue > 0) {
      while (digit >= 0 && digit <= 9) {
        revenue = (revenue * 10 + digit) | 0
        digit = (block[++at] as number) - ZERO
      }
    }
    if (at - fieldStart > SHORT_DIGITS) break
    let decimals = 0
    if (digit === POINT) {
      fieldStart = ++at
      digit = (block[at] as number) - ZERO
      while (digit >= 0 && digit <= 9) {
        decimals = (decimals * 10 + digit) | 0
        digit = (block[++at] as number) - ZERO
      }
      const count = at - fieldStart
      if (count < 1 || count > REVENUE_DECIMALS) break
      decimals *= UNITS[count] as number
    }
    setNumber(revenues, row, revenue * MILLION + decimals)

    if (isReturned) {
      if (digit !== RETURN) break
      digit = (block[++at] as number) - ZERO
    }
    if (digit !== LINE_FEED) break
    row += 1
    lineStart = at + 1
  }
  batch.count = row
  return lineStart
}

/** Gives the place behind a field of printable ASCII without a quote and its comma; a place that fits nothing if there is none. */
function skipField(block: Uint8Array, start: number): number {
  let at = start
  for (;;) {
    const byte = block[at] as number
    if (byte === COMMA_BYTE) return at + 1
    // A byte that is no digit and stands where one has to.
    if (byte < SPACE || byte > TILDE || byte === QUOTE) return at
    at += 1
  }
}
