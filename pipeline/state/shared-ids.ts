/** Ids that stand in several datasets: nothing is rejected for it, but a file may lie in the wrong folder. */
import type { EventRows } from './event-rows.ts'

/** Counts rows whose id counts in another dataset as well: of an id in n datasets, n - 1. */
export class SharedIds {
  #count: number | null
  readonly #listRows: () => readonly EventRows[]

  /**
   * @param count - Null: it is to be found out.
   * @param listRows - Gives the rows of all datasets.
   */
  constructor(count: number | null, listRows: () => readonly EventRows[]) {
    this.#count = count
    this.#listRows = listRows
  }

  /** The count, if that is known without looking at all rows. */
  get known(): number | null {
    return this.#count
  }

  get count(): number {
    this.#count ??= this.#countRows()
    return this.#count
  }

  /** To be called when an id begins to count in a dataset, or ceases to. */
  change(rows: EventRows, hi: number, lo: number, sign: 1 | -1): void {
    if (this.#count !== null && isAmong(this.#listRows(), rows, hi, lo)) this.#count += sign
  }

  /** Rows were exchanged for others: they are counted when somebody asks. */
  forget(): void {
    this.#count = null
  }

  #countRows(): number {
    let count = 0
    const before: EventRows[] = []
    for (const rows of this.#listRows()) {
      for (const row of rows.counting()) {
        if (isAmong(before, rows, rows.hi.get(row), rows.lo.get(row))) count += 1
      }
      before.push(rows)
    }
    return count
  }
}

function isAmong(all: readonly EventRows[], own: EventRows, hi: number, lo: number): boolean {
  return all.some((rows) => rows !== own && rows.mayHave(hi, lo) && rows.isCounting(hi, lo))
}
