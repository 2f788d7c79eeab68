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

/** Rows as they were saved. */
export interface SavedRows {
  readonly size: number
  readonly columns: readonly SavedColumn[]
  readonly byId: SavedIdTable
  readonly origins: SavedOrigins
  readonly noted: Blob
  readonly notedSize: number
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

  constructor(saved?: SavedRows, file: BlobFile | null = null) {
    this.size = saved?.size ?? 0
    const [hi, lo, status, nextCopy] = saved?.columns ?? []
    this.hi = new PagedColumn(hi, file)
    this.lo = new PagedColumn(lo, file)
    this.#status = new PagedColumn(status, file)
    this.#nextCopy = new PagedColumn(nextCopy, file)
    this.origins = new Origins(saved?.origins, file)
    this.byId = new IdTable(this, saved?.byId, file)
    this.#notedSize = saved?.notedSize ?? 0
    this.#noted = new Uint32Array(saved && file ? file.read(saved.noted) : [])
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
  append(hi: number, lo: number, origin: { file: number; line: number }): number {
    const row = this.size
    this.size += 1
    this.hi.set(row, hi)
    this.lo.set(row, lo)
    this.origins.add(row, origin.file, origin.line)
    const first = this.byId.findOrSet(hi, lo, row)
    if (first !== NO_ROW) this.#addCopy(first, row)
    return first
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

  protected saveRows(file: BlobFile): SavedRows {
    const { hi, lo, size } = this
    return {
      size,
      columns: [hi, lo, this.#status, this.#nextCopy].map((column) => column.save(file, size)),
      byId: this.byId.save(file),
      origins: this.origins.save(file),
      noted: file.append(bytesOf(this.#noted.subarray(0, this.#notedSize))),
      notedSize: this.#notedSize,
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
