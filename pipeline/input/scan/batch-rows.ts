/** Rows of a log as columns: what is parsed once is never printed and parsed again. */
import type { Table } from '../../../contract/schema.ts'
import { COLUMNS } from '../columns.ts'
import type { AcceptedRows } from './accepted-rows.ts'
import { type CleanRun, readCleanLines } from './clean-lines.ts'
import { createCleanParser, type ParseCleanLines } from './clean-rows.ts'
import type { Header } from './header.ts'
import { findPlainReader, type ReadPlainLines } from './plain-lines.ts'
import { type RowBatch, returnBatch, takeBatch } from './row-batch.ts'

const LINE_FEED = 10

/** What becomes of rows. */
export interface Batches {
  readonly table: Table
  readonly header: Header
  /** Takes the rows of a batch, which is used again. */
  readonly keep: (batch: RowBatch) => void
  /** Called after the last batch. */
  readonly finish: () => void
}

/** Opens the way for rows that are taken batch by batch. */
export function openBatches(to: Batches): AcceptedRows {
  return new BatchRows(to)
}

/** Fills batches: by the loop for plain lines, and where that ends, by the proof of clean lines. */
class BatchRows implements AcceptedRows {
  readonly #to: Batches
  readonly #readPlain: ReadPlainLines | null
  readonly #parseClean: ParseCleanLines
  readonly #batch: RowBatch
  /** Rows of the batches before. */
  #kept = 0

  constructor(to: Batches) {
    this.#to = to
    this.#readPlain = findPlainReader(to.table, to.header)
    this.#parseClean = createCleanParser(to.table, to.header)
    this.#batch = takeBatch(COLUMNS[to.table].length)
  }

  readClean(block: Buffer, start: number): CleanRun {
    const before = this.#kept + this.#batch.count
    const from = this.#read(this.#readPlain, block, {
      start,
      end: block.lastIndexOf(LINE_FEED) + 1,
    })
    const { end } = readCleanLines(this.#to.header, block, from)
    this.#read(this.#parseClean, block, { start: from, end })
    return { lines: this.#kept + this.#batch.count - before, end }
  }

  addRow(values: readonly string[]): void {
    this.#batch.addValues(this.#to.table, values)
    if (this.#batch.isFull) this.#keep()
  }

  finish(): void {
    this.#keep()
    returnBatch(this.#batch)
    this.#to.finish()
  }

  /** Gives the place behind the last line that was read. */
  #read(
    read: ReadPlainLines | null,
    block: Buffer,
    { start, end }: { readonly start: number; readonly end: number },
  ): number {
    let at = start
    while (read !== null && at < end) {
      at = read(block, { start: at, end }, this.#batch)
      if (!this.#batch.isFull) break
      this.#keep()
    }
    return at
  }

  #keep(): void {
    this.#kept += this.#batch.count
    this.#to.keep(this.#batch)
    this.#batch.count = 0
  }
}
