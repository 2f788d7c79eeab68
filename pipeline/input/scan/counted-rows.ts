/** Impressions on their way into counts: by the loop that counts lines, and where that ends, as rows of batches. */
import type { AcceptedRows } from './accepted-rows.ts'
import { openBatches } from './batch-rows.ts'
import type { CleanRun } from './clean-lines.ts'
import { type CountLines, findLineCounter } from './counted-lines.ts'
import type { Header } from './header.ts'
import { PairCounts, type TakePair } from './pair-counts.ts'

const LINE_FEED = 10

/** So many bytes go the other way when a line did not fit: enough for a batch, after which new pairs have their cells. */
const PIECE_BYTES = 1 << 16

/** Counts the pairs of impressions; they are given at the end, or when there are too many to hold. */
export function countPairs(header: Header, take: TakePair, finish: () => void): AcceptedRows {
  const pairs = new PairCounts(take)
  const rows = openBatches({
    table: 'impressions',
    header,
    keep({ columns: [banners, campaigns], count }) {
      pairs.add(banners as Int32Array, campaigns as Int32Array, count)
    },
    finish() {
      pairs.finish()
      finish()
    },
  })
  const countLines = findLineCounter(header)
  return countLines === null ? rows : new CountedRows(pairs, rows, countLines)
}

class CountedRows implements AcceptedRows {
  readonly #pairs: PairCounts
  readonly #rows: AcceptedRows
  readonly #countLines: CountLines

  constructor(pairs: PairCounts, rows: AcceptedRows, countLines: CountLines) {
    this.#pairs = pairs
    this.#rows = rows
    this.#countLines = countLines
  }

  readClean(block: Buffer, start: number): CleanRun {
    const end = block.lastIndexOf(LINE_FEED) + 1
    let lines = 0
    for (let at = start; ; ) {
      const counted = this.#countLines(block, { start: at, end }, this.#pairs.cells)
      const next = counted.end + PIECE_BYTES
      const pieceEnd = next < end ? block.indexOf(LINE_FEED, next) + 1 : block.length
      const run = this.#rows.readClean(block.subarray(0, pieceEnd), counted.end)
      lines += counted.lines + run.lines
      at = run.end
      if (at < pieceEnd || pieceEnd === block.length) return { lines, end: at }
    }
  }

  addRow(values: readonly string[]): void {
    this.#rows.addRow(values)
  }

  finish(): void {
    this.#rows.finish()
  }
}
