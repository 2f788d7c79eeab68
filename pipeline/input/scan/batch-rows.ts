/** Rows of a log as columns: what is parsed once is never printed and parsed again. */
import type { Table } from '../../../contract/schema.ts'
import { RowsFile } from '../../base/parquet/rows-file.ts'
import { COLUMNS, REVENUE_DECIMALS } from '../columns.ts'
import type { AcceptedRows } from './accepted-rows.ts'
import { type CleanRun, readCleanLines } from './clean-lines.ts'
import { createCleanParser, type ParseCleanLines } from './clean-rows.ts'
import type { Header } from './header.ts'
import { PairCounts, type TakePair } from './pair-counts.ts'
import { findPlainReader, type ReadPlainLines } from './plain-lines.ts'
import { RowBatch, setNumber } from './row-batch.ts'
import type { Sink } from './sink.ts'

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

/**
 * Rows of a log go into a Parquet file with the columns of `COLUMNS`; impressions are counted, with a column `row_count`
 * behind them, and a pair may stand in several rows.
 */
export function openParquetRows(table: Table, header: Header, sink: Sink): AcceptedRows {
  const columns = COLUMNS[table].map(({ name, kind }) =>
    kind === 'revenue'
      ? { name, scale: REVENUE_DECIMALS }
      : { name, isRanged: kind === 'event_id' },
  )
  const isCounted = table === 'impressions'
  const all = isCounted ? [...columns, { name: 'row_count' }] : columns
  const file = new RowsFile(all, (bytes) => sink.push(bytes))
  if (isCounted) return keepPairs(header, file)
  return openBatches({
    table,
    header,
    keep: ({ columns: values, count }) => file.addRows(values, count),
    finish: () => file.finish(),
  })
}

/** Counts the pairs of impressions; they are given at the end, or when there are too many to hold. */
export function countPairs(header: Header, take: TakePair, finish: () => void): AcceptedRows {
  const pairs = new PairCounts(take)
  return openBatches({
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
}

/** Opens the way for rows that are taken batch by batch. */
export function openBatches(to: Batches): AcceptedRows {
  return new BatchRows(to)
}

function keepPairs(header: Header, file: RowsFile): AcceptedRows {
  const batch = new RowBatch(3)
  function flush(): void {
    file.addRows(batch.columns, batch.count)
    batch.count = 0
  }
  function take(...numbers: Parameters<TakePair>): void {
    for (const [column, number] of numbers.entries()) {
      setNumber(batch.columns[column] as Int32Array, batch.count, number)
    }
    batch.count += 1
    if (batch.isFull) flush()
  }
  return countPairs(header, take, () => {
    flush()
    file.finish()
  })
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
    this.#batch = new RowBatch(COLUMNS[to.table].length)
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
