/** Rows with an id of their own: clicks and conversions of one dataset, every accepted line of them a row. */
import { withRoom } from './columns.ts'
import { IdTable, NO_ROW } from './id-table.ts'
import { Origins } from './origins.ts'

/** What a row is. Only rows that count and rows that wait are in figures. */
export const COUNTS = 0
/** The first of several rows with one id and different contents: none of them counts. */
export const CONFLICT = 1
/** Its id was there before. */
export const COPY = 2
/** A conversion whose click is not there, or in conflict: an orphan as long as that lasts. */
export const WAITS = 3

/** Columns that all such rows have. The first row of an id stands for all of them. */
export class EventRows {
  size = 0
  hi = new Uint32Array(0)
  lo = new Uint32Array(0)
  status = new Uint8Array(0)
  readonly origins = new Origins()
  readonly byId = new IdTable(this)
  /** Next row with the same id + 1; 0 = none. Empty until an id repeats. */
  #nextCopy = new Uint32Array(0)

  get bytes(): number {
    const columns = [this.hi, this.lo, this.status, this.#nextCopy, this.origins, this.byId]
    return columns.reduce(
      (sum, part) => sum + ('byteLength' in part ? part.byteLength : part.bytes),
      0,
    )
  }

  /** Makes room for so many rows more. */
  reserve(rows: number): void {
    const all = this.size + rows
    this.hi = withRoom(this.hi, all)
    this.lo = withRoom(this.lo, all)
    this.status = withRoom(this.status, all)
  }

  /**
   * Appends a row.
   *
   * @returns The first row with its id, or NO_ROW if this is the first.
   */
  append(hi: number, lo: number, origin: { file: number; line: number }): number {
    const row = this.size
    this.size += 1
    this.hi[row] = hi
    this.lo[row] = lo
    this.origins.add(row, origin.file, origin.line)
    const first = this.byId.findOrSet(hi, lo, row)
    if (first !== NO_ROW) this.#addCopy(first, row)
    return first
  }

  /** Tells whether an id, given by its first row, stands in several rows. */
  isRepeated(first: number): boolean {
    return first < this.#nextCopy.length && this.#nextCopy[first] !== 0
  }

  /** All rows of an id, given by the first. */
  *copiesOf(first: number): Generator<number> {
    yield first
    if (!this.isRepeated(first)) return
    for (let next = this.#nextCopy[first] as number; next !== 0; ) {
      yield next - 1
      next = this.#nextCopy[next - 1] as number
    }
  }

  /** The new row comes second in the list: the order of the others means nothing. */
  #addCopy(first: number, row: number): void {
    this.#nextCopy = withRoom(this.#nextCopy, this.size)
    this.status[row] = COPY
    this.#nextCopy[row] = this.#nextCopy[first] as number
    this.#nextCopy[first] = row + 1
  }
}

/** Rows of clicks. */
export class ClickRows extends EventRows {
  pair = new Uint32Array(0)

  override get bytes(): number {
    return super.bytes + this.pair.byteLength
  }

  override reserve(rows: number): void {
    super.reserve(rows)
    this.pair = withRoom(this.pair, this.size + rows)
  }

  /** The click with an id if it counts, or NO_ROW. */
  findCounting(hi: number, lo: number): number {
    const row = this.byId.find(hi, lo)
    return row === NO_ROW || this.status[row] === CONFLICT ? NO_ROW : row
  }
}

/** The id of a conversion's click, as columns. */
class ClickIds {
  hi = new Uint32Array(0)
  lo = new Uint32Array(0)
}

/** Rows of conversions. */
export class ConversionRows extends EventRows {
  readonly click = new ClickIds()
  /** Millionths. */
  revenueHi = new Uint32Array(0)
  revenueLo = new Uint32Array(0)
  readonly #byClick = new IdTable(this.click)
  /** Next conversion of the same click + 1; 0 = none. */
  #nextOfClick = new Uint32Array(0)

  override get bytes(): number {
    const columns = [
      this.click.hi,
      this.click.lo,
      this.revenueHi,
      this.revenueLo,
      this.#nextOfClick,
    ]
    return columns.reduce(
      (sum, { byteLength }) => sum + byteLength,
      super.bytes + this.#byClick.bytes,
    )
  }

  override reserve(rows: number): void {
    super.reserve(rows)
    const all = this.size + rows
    this.click.hi = withRoom(this.click.hi, all)
    this.click.lo = withRoom(this.click.lo, all)
    this.revenueHi = withRoom(this.revenueHi, all)
    this.revenueLo = withRoom(this.revenueLo, all)
    this.#nextOfClick = withRoom(this.#nextOfClick, all)
  }

  /** Notes which click the first row of an id names. */
  linkToClick(row: number): void {
    const { hi, lo } = this.click
    const next = this.#byClick.replace(hi[row] as number, lo[row] as number, row)
    this.#nextOfClick[row] = next + 1
  }

  /** First rows of all conversions that name a click. */
  *ofClick(hi: number, lo: number): Generator<number> {
    for (let row = this.#byClick.find(hi, lo); row !== NO_ROW; ) {
      yield row
      row = (this.#nextOfClick[row] as number) - 1
    }
  }
}
