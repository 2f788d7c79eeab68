/** Rows of a log on their way into Parquet: all of them, the counts of their pairs, and those that others wait for. */
import type { Table } from '../../../contract/schema.ts'
import { RowsFile } from '../../base/parquet/rows-file.ts'
import { COLUMNS, REVENUE_DECIMALS } from '../columns.ts'
import type { AcceptedRows } from './accepted-rows.ts'
import { type Batches, openBatches } from './batch-rows.ts'
import { countPairs } from './counted-rows.ts'
import type { Header } from './header.ts'
import { IdCollector, IdFilter, type IdSet } from './id-set.ts'
import { KeyOrder, type KeyRange } from './key-order.ts'
import { PairCounts, type TakePair } from './pair-counts.ts'
import { returnBatch, setNumber, takeBatch } from './row-batch.ts'
import type { Sink } from './sink.ts'

/** Where the rows of a log go, and what is wanted of them beside. */
export interface RowOutputs {
  /** Gets all rows. */
  readonly rows: Sink
  /** Gets the counts of the pairs of clicks, in the form of impressions. */
  readonly pairs?: Sink | undefined
  /** Gets the clicks whose id is in a set. */
  readonly wanted?: { readonly sink: Sink; readonly ids: IdSet } | undefined
  /** The click ids of conversions are collected. */
  readonly collectsClicks?: boolean | undefined
}

/** What was learnt of rows on their way. */
export interface RowFacts {
  /** Of the keys of clicks and conversions; null if they do not ascend. */
  readonly keys: KeyRange | null
  /** Clicks that conversions name; null if they were not collected. */
  readonly clicks: IdSet | null
}

/** Rows of a log on their way into files. */
export interface ParquetRows extends AcceptedRows {
  /** To be read after the last row. */
  readonly facts: RowFacts
}

/**
 * Rows of a log go into a Parquet file with the columns of `COLUMNS`; impressions are counted, with a column `row_count`
 * behind them, and a pair may stand in several rows.
 */
export function openParquetRows(table: Table, header: Header, outputs: RowOutputs): ParquetRows {
  if (table === 'impressions') {
    const counts = openPairsFile(outputs.rows)
    const rows = countPairs(header, counts.take, counts.finish)
    return withFacts(rows, () => ({ keys: null, clicks: null }))
  }
  const order = new KeyOrder()
  const clicks = outputs.collectsClicks ? new IdCollector() : null
  const keeping = [
    keepAll(table, outputs.rows),
    ...(table === 'clicks' && outputs.pairs !== undefined ? [keepPairs(outputs.pairs)] : []),
    ...(table === 'clicks' && outputs.wanted !== undefined ? [keepWanted(outputs.wanted)] : []),
  ]
  const rows = openBatches({
    table,
    header,
    keep(batch) {
      const [keys, second] = batch.columns
      order.add(keys as Int32Array, batch.count)
      clicks?.add(second as Int32Array, batch.count)
      for (const { keep } of keeping) keep(batch)
    },
    finish() {
      for (const { finish } of keeping) finish()
    },
  })
  return withFacts(rows, () => ({ keys: order.range, clicks: clicks?.set ?? null }))
}

function withFacts(rows: AcceptedRows, readFacts: () => RowFacts): ParquetRows {
  return {
    readClean: (block, start) => rows.readClean(block, start),
    addRow: (values) => rows.addRow(values),
    finish: () => rows.finish(),
    get facts() {
      return readFacts()
    },
  }
}

type Keeping = Pick<Batches, 'keep' | 'finish'>

function keepAll(table: Table, sink: Sink): Keeping {
  const columns = COLUMNS[table].map(({ name, kind }) =>
    kind === 'revenue'
      ? { name, scale: REVENUE_DECIMALS }
      : { name, isRanged: kind === 'event_id' },
  )
  const file = new RowsFile(columns, (bytes) => sink.push(bytes))
  return {
    keep: ({ columns: values, count }) => file.addRows(values, count),
    finish: () => file.finish(),
  }
}

function keepPairs(sink: Sink): Keeping {
  const file = openPairsFile(sink)
  const pairs = new PairCounts(file.take)
  return {
    keep({ columns: [, banners, campaigns], count }) {
      pairs.add(banners as Int32Array, campaigns as Int32Array, count)
    },
    finish() {
      pairs.finish()
      file.finish()
    },
  }
}

function keepWanted({ sink, ids }: NonNullable<RowOutputs['wanted']>): Keeping {
  const all = keepAll('clicks', sink)
  const filter = new IdFilter(ids)
  const wanted = takeBatch(COLUMNS.clicks.length)
  function flush(): void {
    all.keep(wanted)
    wanted.count = 0
  }
  return {
    keep({ columns, count }) {
      filter.find(columns[0] as Int32Array, count, (row) => {
        // Without an iterator: an object a value would be garbage for a tenth of all rows.
        for (let column = 0; column < columns.length; column += 1) {
          const from = columns[column] as Int32Array
          const values = wanted.columns[column] as Int32Array
          values[2 * wanted.count] = from[2 * row] as number
          values[2 * wanted.count + 1] = from[2 * row + 1] as number
        }
        wanted.count += 1
        if (wanted.isFull) flush()
      })
    },
    finish() {
      flush()
      returnBatch(wanted)
      all.finish()
    },
  }
}

/** A file of pairs and their counts. */
function openPairsFile(sink: Sink): { readonly take: TakePair; readonly finish: () => void } {
  const columns = [...COLUMNS.impressions, { name: 'row_count' }].map(({ name }) => ({ name }))
  const file = new RowsFile(columns, (bytes) => sink.push(bytes))
  const batch = takeBatch(columns.length)
  function flush(): void {
    file.addRows(batch.columns, batch.count)
    batch.count = 0
  }
  return {
    take(...numbers) {
      for (const [column, number] of numbers.entries()) {
        setNumber(batch.columns[column] as Int32Array, batch.count, number)
      }
      batch.count += 1
      if (batch.isFull) flush()
    },
    finish() {
      flush()
      returnBatch(batch)
      file.finish()
    },
  }
}
