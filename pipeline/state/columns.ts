/** Columns of 32-bit numbers in pages, which are read from a saved state when they are needed first. */
import { type Blob, type BlobFile, bytesOf } from './blobs.ts'

const PAGE_BITS = 16
const PAGE_ROWS = 1 << PAGE_BITS
const PAGE_MASK = PAGE_ROWS - 1

/** A column as it was saved; null = a page of zeros. */
export type SavedColumn = readonly (Blob | null)[]

/** Stands for every page of zeros; never written to. */
const ZEROS = new Uint32Array(PAGE_ROWS)

/** Numbers by row; 0 where none was set. */
export class PagedColumn {
  readonly #pages: (Uint32Array | undefined)[] = []
  readonly #saved: (Blob | null)[]
  #file: BlobFile | null
  readonly #changed = new Set<number>()
  #lastChanged = -1

  /** @param file - Holds the saved pages. */
  constructor(saved: SavedColumn = [], file: BlobFile | null = null) {
    this.#saved = [...saved]
    this.#file = file
  }

  /** Bytes of the pages in memory. */
  get bytes(): number {
    const own = this.#pages.filter((page) => page !== undefined && page !== ZEROS)
    return own.length * ZEROS.byteLength
  }

  get(row: number): number {
    const page = this.#pages[row >>> PAGE_BITS] ?? this.#load(row >>> PAGE_BITS)
    return page[row & PAGE_MASK] as number
  }

  set(row: number, value: number): void {
    const number = row >>> PAGE_BITS
    const page = this.#pages[number] ?? this.#load(number)
    if (page[row & PAGE_MASK] === value) return
    const own = page === ZEROS ? new Uint32Array(PAGE_ROWS) : page
    if (own !== page) this.#pages[number] = own
    own[row & PAGE_MASK] = value
    if (number === this.#lastChanged) return
    this.#changed.add(number)
    this.#lastChanged = number
  }

  /** Reads all saved pages. */
  loadAll(): void {
    for (const number of this.#saved.keys()) if (!this.#pages[number]) this.#load(number)
  }

  /**
   * Saves the pages that changed; all of them, if the file is another one than before.
   *
   * @param rows - Rows in use.
   */
  save(file: BlobFile, rows: number): SavedColumn {
    const pages = Math.ceil(rows / PAGE_ROWS)
    const saved = Array.from({ length: pages }, (_, number) => this.#savePage(file, number, rows))
    for (const [number, blob] of saved.entries()) this.#saved[number] = blob
    this.#file = file
    this.#changed.clear()
    this.#lastChanged = -1
    return saved
  }

  #savePage(file: BlobFile, number: number, rows: number): Blob | null {
    const page = this.#pages[number]
    const blob = this.#saved[number] ?? null
    if (page !== undefined && this.#changed.has(number)) {
      const used = Math.min(PAGE_ROWS, rows - number * PAGE_ROWS)
      return file.append(bytesOf(page.subarray(0, used)))
    }
    return blob === null ? null : file.take(blob, this.#file)
  }

  #load(number: number): Uint32Array {
    const blob = this.#saved[number] ?? null
    const page = blob === null || this.#file === null ? ZEROS : readPage(this.#file, blob)
    this.#pages[number] = page
    return page
  }
}

function readPage(file: BlobFile, blob: Blob): Uint32Array {
  const page = new Uint32Array(PAGE_ROWS)
  page.set(new Uint32Array(file.read(blob)))
  return page
}

type Column = Uint32Array | Float64Array

const LEAST_CAPACITY = 1024
const GROWTH = 1.5

/** Gives an array of the same kind with room for at least `rows`; the same one if it has it already. */
export function withRoom<C extends Column>(column: C, rows: number): C {
  if (rows <= column.length) return column
  const capacity = Math.max(LEAST_CAPACITY, rows, Math.ceil(column.length * GROWTH))
  const Kind = column.constructor as new (length: number) => C
  const larger = new Kind(capacity)
  larger.set(column as never)
  return larger
}
