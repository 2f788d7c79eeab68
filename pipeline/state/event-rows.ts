/** Rows with an id of their own: clicks and conversions of one dataset, every accepted line of them a row. */
import { type Blob, type BlobFile, bytesOf } from './blobs.ts'
import { PagedColumn, type SavedColumn, withRoom } from './columns.ts'
import { IdTable, NO_ROW, type SavedIdTable } from './id-table.ts'
import { Origins, type SavedOrigins } from './origins.ts'

/** What a row is. Only rows that count and rows that wait are in figures. */
export const COUNTS = 0
/** The first of several rows with one id and different contents: none of them counts. */
export const CONFLICT = 1
/** Its id was there before. */
const COPY = 2
/** A conversion whose click is not there, or in conflict: an orphan as long as that lasts. */
export const WAITS = 3

/** Bits that tell which neighbourhoods of ids a dataset may have: with ids in order they are few. */
const NEAR_BITS = 16
const FILTER_BITS = 1 << 17
const GOLDEN = 0x9e3779b1

/** Rows as they were saved. */
export interface SavedRows {
  readonly size: number
  readonly columns: readonly SavedColumn[]
  readonly byId: SavedIdTable
  readonly origins: SavedOrigins
  readonly noted: Blob
  readonly filter: Blob
}

/** Columns that all such rows have. The first row of an id stands for all of them. */
export class EventRows {
  size: number
  readonly hi: PagedColumn
  readonly lo: PagedColumn
  readonly origins: Origins
  readonly byId: IdTable
  readonly #status: PagedColumn
  /** Next row with the same id + 1; 0 = none. */
  readonly #nextCopy: PagedColumn
  /** First rows of ids that ever were more than one row that counts. */
  #noted: Uint32Array
  #notedSize: number
  readonly #filter: Uint32Array

  constructor(saved?: SavedRows, file: BlobFile | null = null) {
    this.size = saved?.size ?? 0
    const [hi, lo, status, nextCopy] = saved?.columns ?? []
    this.hi = new PagedColumn(hi, file)
    this.lo = new PagedColumn(lo, file)
    this.#status = new PagedColumn(status, file)
    this.#nextCopy = new PagedColumn(nextCopy, file)
    this.origins = new Origins(saved?.origins, file)
    this.byId = new IdTable(this, saved?.byId, file)
    this.#noted = new Uint32Array(saved && file ? file.read(saved.noted) : [])
    this.#notedSize = this.#noted.length
    this.#filter =
      saved && file ? new Uint32Array(file.read(saved.filter)) : new Uint32Array(FILTER_BITS / 32)
  }

  get bytes(): number {
    const parts = [this.hi, this.lo, this.#status, this.#nextCopy, this.origins, this.byId]
    return parts.reduce((sum, { bytes }) => sum + bytes, this.#noted.byteLength)
  }

  /**
   * Appends a row.
   *
   * @returns The first row with its id, or NO_ROW if this is the first.
   */
  append(hi: number, lo: number, file: number, line: number): number {
    const row = this.size
    this.size += 1
    this.hi.set(row, hi)
    this.lo.set(row, lo)
    this.origins.add(row, file, line)
    const first = this.byId.findOrSet(hi, lo, row)
    if (first !== NO_ROW) this.#addCopy(first, row)
    else {
      const bit = filterBit(hi, lo)
      this.#filter[bit >>> 5] = (this.#filter[bit >>> 5] as number) | (1 << (bit & 31))
    }
    return first
  }

  /** Tells at once that an id was never added, most often. */
  mayHave(hi: number, lo: number): boolean {
    const bit = filterBit(hi, lo)
    return ((this.#filter[bit >>> 5] as number) & (1 << (bit & 31))) !== 0
  }

  /** Tells whether an id is there and in no conflict. */
  isCounting(hi: number, lo: number): boolean {
    return this.findCounting(hi, lo) !== NO_ROW
  }

  /** The first row of an id that is in no conflict, or NO_ROW. */
  findCounting(hi: number, lo: number): number {
    const row = this.byId.find(hi, lo)
    return row === NO_ROW || this.statusOf(row) === CONFLICT ? NO_ROW : row
  }

  /** First rows of all ids that are in no conflict. */
  *counting(): Generator<number> {
    for (let row = 0; row < this.size; row += 1) {
      const status = this.statusOf(row)
      if (status === COUNTS || status === WAITS) yield row
    }
  }

  statusOf(row: number): number {
    return this.#status.get(row)
  }

  setStatus(row: number, status: number): void {
    if (status !== COUNTS && this.#status.get(row) === COUNTS) this.#note(row)
    this.#status.set(row, status)
  }

  /** First rows of all ids of which there may be more to tell than that they count, each once. */
  *noted(): Generator<number> {
    const rows = this.#noted.slice(0, this.#notedSize).sort()
    for (const [at, row] of rows.entries()) {
      if (at === 0 || row !== rows[at - 1]) yield row
    }
  }

  /** All rows of an id, given by the first. */
  *copiesOf(first: number): Generator<number> {
    yield first
    for (let next = this.#nextCopy.get(first); next !== 0; next = this.#nextCopy.get(next - 1)) {
      yield next - 1
    }
  }

  loadAll(): void {
    const parts = [this.hi, this.lo, this.#status, this.#nextCopy, this.origins, this.byId]
    for (const part of parts) part.loadAll()
  }

  protected saveRows(file: BlobFile): SavedRows {
    const { hi, lo, size } = this
    return {
      size,
      columns: [hi, lo, this.#status, this.#nextCopy].map((column) => column.save(file, size)),
      byId: this.byId.save(file),
      origins: this.origins.save(file),
      noted: file.append(bytesOf(this.#noted.subarray(0, this.#notedSize))),
      filter: file.append(bytesOf(this.#filter)),
    }
  }

  /** The new row comes second in the list: the order of the others means nothing. */
  #addCopy(first: number, row: number): void {
    const next = this.#nextCopy.get(first)
    if (next === 0) this.#note(first)
    this.#status.set(row, COPY)
    this.#nextCopy.set(row, next)
    this.#nextCopy.set(first, row + 1)
  }

  #note(first: number): void {
    this.#noted = withRoom(this.#noted, this.#notedSize + 1)
    this.#noted[this.#notedSize] = first
    this.#notedSize += 1
  }
}

function filterBit(hi: number, lo: number): number {
  const near = Math.imul(hi, GOLDEN) ^ (lo >>> NEAR_BITS)
  return (Math.imul(near ^ (near >>> 15), GOLDEN) >>> 0) % FILTER_BITS
}
