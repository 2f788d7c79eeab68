/** Ids that stand in several datasets: nothing is rejected for it, but a file may lie in the wrong folder. */
import type { EventRows } from './event-rows.ts'

/** Counts rows whose id counts in another dataset as well: of an id in n datasets, n - 1. */
export class SharedIds {
  count: number
  readonly #listRows: () => readonly EventRows[]

  /** @param listRows - Gives the rows of all datasets. */
  constructor(count: number, listRows: () => readonly EventRows[]) {
    this.count = count
    this.#listRows = listRows
  }

  /** To be called when an id begins to count in a dataset, or ceases to. */
  change(rows: EventRows, hi: number, lo: number, sign: 1 | -1): void {
    if (isAmong(this.#listRows(), rows, hi, lo)) this.count += sign
  }

  /** Counts from nothing. */
  recount(): void {
    this.count = 0
    const before: EventRows[] = []
    for (const rows of this.#listRows()) {
      for (const row of rows.counting()) {
        if (isAmong(before, rows, rows.hi.get(row), rows.lo.get(row))) this.count += 1
      }
      before.push(rows)
    }
  }
}

function isAmong(all: readonly EventRows[], own: EventRows, hi: number, lo: number): boolean {
  return all.some((rows) => rows !== own && rows.mayHave(hi, lo) && rows.isCounting(hi, lo))
}
