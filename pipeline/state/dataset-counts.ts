/**
 * The counts of one dataset, as they change with every line. Whatever order lines come in, they are those of a recount.
 *
 * - Impressions are sums. Clicks and conversions are sets by id.
 * - One id with two contents is a conflict for good: it takes back what its first row had brought.
 * - A conversion counts for the pair of its click. It waits while that click is not there or in conflict.
 */
import type { BlobFile } from './blobs.ts'
import { ClickRows, type SavedClicks } from './click-rows.ts'
import { ConversionRows, type SavedConversions } from './conversion-rows.ts'
import { CONFLICT, COUNTS, WAITS } from './event-rows.ts'
import { NO_ROW } from './id-table.ts'
import { PairTable, type SavedPairs } from './pair-table.ts'
import type { ScannedRows } from './scanned-rows.ts'
import type { SharedIds } from './shared-ids.ts'

const TWO_32 = 2 ** 32

/** Ids that stand in several datasets. */
export interface Shared {
  readonly clicks: SharedIds
  readonly conversions: SharedIds
}

/** Counts as they were saved. */
export interface SavedCounts {
  readonly pairs: SavedPairs
  readonly clicks: SavedClicks
  readonly conversions: SavedConversions
}

/** Counts of pairs, and all that decides how the next line changes them. */
export class DatasetCounts {
  readonly pairs: PairTable
  readonly clicks: ClickRows
  readonly conversions: ConversionRows
  shared: Shared

  /** @param shared - Told of ids that begin or cease to count. */
  constructor(shared: Shared, saved?: SavedCounts, file: BlobFile | null = null) {
    this.shared = shared
    this.pairs = new PairTable(saved?.pairs, file)
    this.clicks = new ClickRows(saved?.clicks, file)
    this.conversions = new ConversionRows(saved?.conversions, file)
  }

  get bytes(): number {
    return this.pairs.bytes + this.clicks.bytes + this.conversions.bytes
  }

  save(file: BlobFile): SavedCounts {
    const { pairs, clicks, conversions } = this
    return {
      pairs: pairs.save(file),
      clicks: clicks.save(file),
      conversions: conversions.save(file),
    }
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
    for (let at = 0; at < rows.count; at += 1) {
      const row = this.clicks.size
      const pair = this.pairs.pairOf(numberAt(rows, 2, at), numberAt(rows, 1, at))
      this.clicks.setPair(row, pair)
      const line = rows.line[at] as number
      const first = this.clicks.append(hiAt(rows, 0, at), loAt(rows, 0, at), file, line)
      if (first === NO_ROW) this.#beginClick(row)
      else if (this.clicks.pairOf(first) !== pair) this.#endClick(first)
    }
  }

  /** @param file - Number of the file that the rows are from. */
  addConversions(rows: ScannedRows, file: number): void {
    const { conversions } = this
    for (let at = 0; at < rows.count; at += 1) {
      const row = conversions.size
      conversions.click.hi.set(row, hiAt(rows, 1, at))
      conversions.click.lo.set(row, loAt(rows, 1, at))
      conversions.revenueHi.set(row, hiAt(rows, 2, at))
      conversions.revenueLo.set(row, loAt(rows, 2, at))
      const line = rows.line[at] as number
      const first = conversions.append(hiAt(rows, 0, at), loAt(rows, 0, at), file, line)
      if (first === NO_ROW) this.#beginConversion(row)
      else if (!conversions.isSame(first, row)) this.#endConversion(first)
    }
  }

  /** A new click: conversions that waited for it count from now on. A click that goes leaves them waiting. */
  #countClick(row: number, sign: 1 | -1): void {
    const { clicks, conversions, pairs } = this
    const pair = clicks.pairOf(row)
    pairs.clicks[pair] = (pairs.clicks[pair] as number) + sign
    pairs.touch(pair)
    const before = sign === 1 ? WAITS : COUNTS
    let conversion = conversions.firstOfClick(clicks.hi.get(row), clicks.lo.get(row))
    for (; conversion !== NO_ROW; conversion = conversions.nextOfClick(conversion)) {
      if (conversions.statusOf(conversion) !== before) continue
      conversions.setStatus(conversion, sign === 1 ? COUNTS : WAITS)
      this.#countConversion(conversion, pair, sign)
    }
  }

  #beginClick(row: number): void {
    const { clicks, shared } = this
    shared.clicks.change(clicks, clicks.hi.get(row), clicks.lo.get(row), 1)
    this.#countClick(row, 1)
  }

  /** A second content of the same id: the first row counts no more. */
  #endClick(first: number): void {
    const { clicks, shared } = this
    if (clicks.statusOf(first) === CONFLICT) return
    clicks.setStatus(first, CONFLICT)
    shared.clicks.change(clicks, clicks.hi.get(first), clicks.lo.get(first), -1)
    this.#countClick(first, -1)
  }

  #beginConversion(row: number): void {
    const { conversions } = this
    this.shared.conversions.change(conversions, conversions.hi.get(row), conversions.lo.get(row), 1)
    conversions.linkToClick(row)
    const click = this.#clickOf(row)
    if (click === NO_ROW) conversions.setStatus(row, WAITS)
    else this.#countConversion(row, this.clicks.pairOf(click), 1)
  }

  /** What the first row had brought is taken from its own click, not from the one that the second row names. */
  #endConversion(first: number): void {
    const { conversions } = this
    const before = conversions.statusOf(first)
    if (before === CONFLICT) return
    conversions.setStatus(first, CONFLICT)
    const { hi, lo } = conversions
    this.shared.conversions.change(conversions, hi.get(first), lo.get(first), -1)
    if (before !== COUNTS) return
    this.#countConversion(first, this.clicks.pairOf(this.#clickOf(first)), -1)
  }

  #countConversion(row: number, pair: number, sign: 1 | -1): void {
    const { conversions, pairs } = this
    pairs.conversions[pair] = (pairs.conversions[pair] as number) + sign
    const { revenueHi, revenueLo } = conversions
    pairs.addRevenue(pair, revenueHi.get(row), revenueLo.get(row), sign)
    pairs.touch(pair)
  }

  #clickOf(conversion: number): number {
    const { hi, lo } = this.conversions.click
    return this.clicks.findCounting(hi.get(conversion), lo.get(conversion))
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
