import { withRoom } from './columns.ts'

/** Where a row came from. */
export interface Origin {
  /** Number of the file in its dataset. */
  readonly file: number
  /** 1 is the header. */
  readonly line: number
}

/** Where rows came from: one entry for each run of rows of a file without a line between them. */
export class Origins {
  #runs = 0
  #firstRow = new Uint32Array(0)
  #file = new Uint32Array(0)
  #firstLine = new Uint32Array(0)
  #lastFile = -1
  /** The line that continues the last run. */
  #nextLine = 0

  get bytes(): number {
    return this.#firstRow.byteLength + this.#file.byteLength + this.#firstLine.byteLength
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
      if ((this.#firstRow[middle] as number) <= row) least = middle
      else most = middle - 1
    }
    const line = (this.#firstLine[least] as number) + row - (this.#firstRow[least] as number)
    return { file: this.#file[least] as number, line }
  }

  #begin(row: number, file: number, line: number): void {
    const run = this.#runs
    this.#runs += 1
    this.#firstRow = withRoom(this.#firstRow, this.#runs)
    this.#file = withRoom(this.#file, this.#runs)
    this.#firstLine = withRoom(this.#firstLine, this.#runs)
    this.#firstRow[run] = row
    this.#file[run] = file
    this.#firstLine[run] = line
    this.#lastFile = file
  }
}
