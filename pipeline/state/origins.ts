import type { BlobFile } from './blobs.ts'
import { PagedColumn, type SavedColumn } from './columns.ts'

/** Where a row came from. */
export interface Origin {
  /** Number of the file in its dataset. */
  readonly file: number
  /** 1 is the header. */
  readonly line: number
}

/** Origins as they were saved. */
export interface SavedOrigins {
  readonly runs: number
  readonly lastFile: number
  readonly nextLine: number
  readonly firstRow: SavedColumn
  readonly file: SavedColumn
  readonly firstLine: SavedColumn
}

/** Where rows came from: one entry for each run of rows of a file without a line between them. */
export class Origins {
  #runs: number
  #lastFile: number
  /** The line that continues the last run. */
  #nextLine: number
  readonly #firstRow: PagedColumn
  readonly #file: PagedColumn
  readonly #firstLine: PagedColumn

  constructor(saved?: SavedOrigins, file: BlobFile | null = null) {
    this.#runs = saved?.runs ?? 0
    this.#lastFile = saved?.lastFile ?? -1
    this.#nextLine = saved?.nextLine ?? 0
    this.#firstRow = new PagedColumn(saved?.firstRow, file)
    this.#file = new PagedColumn(saved?.file, file)
    this.#firstLine = new PagedColumn(saved?.firstLine, file)
  }

  get bytes(): number {
    return this.#firstRow.bytes + this.#file.bytes + this.#firstLine.bytes
  }

  /** Adds the next row, which is number `row`. */
  add(row: number, file: number, line: number): void {
    if (file !== this.#lastFile || line !== this.#nextLine) this.#begin(row, file, line)
    this.#nextLine = line + 1
  }

  find(row: number): Origin {
    let least = 0
    let most = this.#runs - 1
    while (least < most) {
      const middle = (least + most + 1) >>> 1
      if (this.#firstRow.get(middle) <= row) least = middle
      else most = middle - 1
    }
    const line = this.#firstLine.get(least) + row - this.#firstRow.get(least)
    return { file: this.#file.get(least), line }
  }

  loadAll(): void {
    for (const column of [this.#firstRow, this.#file, this.#firstLine]) column.loadAll()
  }

  save(file: BlobFile): SavedOrigins {
    return {
      runs: this.#runs,
      lastFile: this.#lastFile,
      nextLine: this.#nextLine,
      firstRow: this.#firstRow.save(file, this.#runs),
      file: this.#file.save(file, this.#runs),
      firstLine: this.#firstLine.save(file, this.#runs),
    }
  }

  #begin(row: number, file: number, line: number): void {
    const run = this.#runs
    this.#runs += 1
    this.#firstRow.set(run, row)
    this.#file.set(run, file)
    this.#firstLine.set(run, line)
    this.#lastFile = file
  }
}
