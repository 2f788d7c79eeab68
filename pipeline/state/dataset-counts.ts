/**
 * The counts of one dataset, as they change with every line. Whatever order lines come in, they are those of a recount.
 *
 * - Impressions are sums. Clicks and conversions are sets by id.
 * - One id with two contents is a conflict for good: it takes back what its first row had brought.
 * - A conversion counts for the pair of its click. It waits while that click is not there or in conflict.
 */
import { ClickRows, CONFLICT, COUNTS, ConversionRows, WAITS } from './event-rows.ts'
import { NO_ROW } from './id-table.ts'
import { PairTable } from './pair-table.ts'
import type { ScannedRows } from './scanned-rows.ts'

const TWO_32 = 2 ** 32

/** Counts of pairs, and all that decides how the next line changes them. */
export class DatasetCounts {
  readonly pairs = new PairTable()
  readonly clicks = new ClickRows()
  readonly conversions = new ConversionRows()

  get bytes(): number {
    return this.pairs.bytes + this.clicks.bytes + this.conversions.bytes
  }

  addImpressions(rows: ScannedRows): void {
    const { pairs } = this
    for (let at = 0; at < rows.count; at += 1) {
      const pair = pairs.pairOf(numberAt(rows, 1, at), numberAt(rows, 0, at))
      pairs.impressions[pair] = (pairs.impressions[pair] as number) + 1
      pairs.touch(pair)
    }
  }

  /** @param file - Number of the file that the rows are from. */
  addClicks(rows: ScannedRows, file: number): void {
    this.clicks.reserve(rows.count)
    for (let at = 0; at < rows.count; at += 1) {
      const row = this.clicks.size
      const pair = this.pairs.pairOf(numberAt(rows, 2, at), numberAt(rows, 1, at))
      this.clicks.pair[row] = pair
      const origin = { file, line: rows.line[at] as number }
      const first = this.clicks.append(hiAt(rows, 0, at), loAt(rows, 0, at), origin)
      if (first === NO_ROW) this.#countClick(row, 1)
      else if (this.clicks.pair[first] !== pair) this.#endClick(first)
    }
  }

  /** @param file - Number of the file that the rows are from. */
  addConversions(rows: ScannedRows, file: number): void {
    const { conversions } = this
    conversions.reserve(rows.count)
    for (let at = 0; at < rows.count; at += 1) {
      const row = conversions.size
      conversions.click.hi[row] = hiAt(rows, 1, at)
      conversions.click.lo[row] = loAt(rows, 1, at)
      conversions.revenueHi[row] = hiAt(rows, 2, at)
      conversions.revenueLo[row] = loAt(rows, 2, at)
      const origin = { file, line: rows.line[at] as number }
      const first = conversions.append(hiAt(rows, 0, at), loAt(rows, 0, at), origin)
      if (first === NO_ROW) this.#beginConversion(row)
      else if (!this.#isSameConversion(first, row)) this.#endConversion(first)
    }
  }

  /** A new click: conversions that waited for it count from now on. A click that goes leaves them waiting. */
  #countClick(row: number, sign: 1 | -1): void {
    const { clicks, conversions, pairs } = this
    const pair = clicks.pair[row] as number
    pairs.clicks[pair] = (pairs.clicks[pair] as number) + sign
    pairs.touch(pair)
    const before = sign === 1 ? WAITS : COUNTS
    for (const conversion of conversions.ofClick(
      clicks.hi[row] as number,
      clicks.lo[row] as number,
    )) {
      if (conversions.status[conversion] !== before) continue
      conversions.status[conversion] = sign === 1 ? COUNTS : WAITS
      this.#countConversion(conversion, pair, sign)
    }
  }

  /** A second content of the same id: the first row counts no more. */
  #endClick(first: number): void {
    if (this.clicks.status[first] === CONFLICT) return
    this.clicks.status[first] = CONFLICT
    this.#countClick(first, -1)
  }

  #beginConversion(row: number): void {
    const { conversions } = this
    conversions.linkToClick(row)
    const click = this.#clickOf(row)
    conversions.status[row] = click === NO_ROW ? WAITS : COUNTS
    if (click !== NO_ROW) this.#countConversion(row, this.clicks.pair[click] as number, 1)
  }

  /** What the first row had brought is taken from its own click, not from the one that the second row names. */
  #endConversion(first: number): void {
    const { conversions } = this
    const before = conversions.status[first]
    conversions.status[first] = CONFLICT
    if (before !== COUNTS) return
    this.#countConversion(first, this.clicks.pair[this.#clickOf(first)] as number, -1)
  }

  #countConversion(row: number, pair: number, sign: 1 | -1): void {
    const { conversions, pairs } = this
    pairs.conversions[pair] = (pairs.conversions[pair] as number) + sign
    const { revenueHi, revenueLo } = conversions
    pairs.addRevenue(pair, revenueHi[row] as number, revenueLo[row] as number, sign)
    pairs.touch(pair)
  }

  #clickOf(conversion: number): number {
    const { hi, lo } = this.conversions.click
    return this.clicks.findCounting(hi[conversion] as number, lo[conversion] as number)
  }

  #isSameConversion(one: number, other: number): boolean {
    const { click, revenueHi, revenueLo } = this.conversions
    return (
      click.hi[one] === click.hi[other] &&
      click.lo[one] === click.lo[other] &&
      revenueHi[one] === revenueHi[other] &&
      revenueLo[one] === revenueLo[other]
    )
  }
}

function hiAt(rows: ScannedRows, column: number, at: number): number {
  return (rows.hi[column] as Uint32Array)[at] as number
}

function loAt(rows: ScannedRows, column: number, at: number): number {
  return (rows.lo[column] as Uint32Array)[at] as number
}

/** The id of a banner or campaign, which is below 2^53. */
function numberAt(rows: ScannedRows, column: number, at: number): number {
  return hiAt(rows, column, at) * TWO_32 + loAt(rows, column, at)
}
