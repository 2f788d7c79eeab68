import type { List, Table } from '../../../contract/schema.ts'
import { findColumns, isList } from '../columns.ts'
import { type CleanRun, readCleanLines } from './clean-lines.ts'
import { countPairs } from './counted-rows.ts'
import { type Header, isInTableOrder } from './header.ts'
import { openParquetRows } from './parquet-rows.ts'
import type { Sink } from './sink.ts'

/** Where the accepted rows of a file go. */
export interface AcceptedRows {
  /**
   * Adds the lines of a block from `start` on, up to the first that is not clean (clean-lines.ts).
   *
   * @param block - Whole lines; only the last of the file may lack its line end.
   */
  readClean(block: Buffer, start: number): CleanRun
  /** Adds one row, its values in canonical form and in the order of `COLUMNS`. */
  addRow(values: readonly string[]): void
  /** To be called after the last row. */
  finish(): void
}

/**
 * How rows are kept: `parquet` for logs, see {@link openParquetRows}; `text` without a header, line feeds as line ends. In
 * text, impressions are counted, `banner_id,campaign_id,row_count` a line, and a pair may stand in several lines; rows of a
 * list become JSON, since a text may hold anything.
 */
export type RowsForm = 'parquet' | 'text'

/** Opens the way for the rows of a file. */
export function openAcceptedRows(
  table: Table | List,
  { header, form }: { readonly header: Header; readonly form: RowsForm },
  sink: Sink,
): AcceptedRows {
  if (isList(table)) return keepAsJson(table, sink)
  if (form === 'parquet') return openParquetRows(table, header, { rows: sink })
  if (table !== 'impressions') return keepAsText(header, sink)
  const take = (...pair: readonly number[]) => sink.push(`${pair.join(',')}\n`)
  return countPairs(header, take, () => undefined)
}

function keepAsText(header: Header, sink: Sink): AcceptedRows {
  const takesLines = isInTableOrder(header) && header.lineEnd === '\n'
  return {
    readClean(block, start) {
      if (!takesLines) return { lines: 0, end: start }
      const run = readCleanLines(header, block, start)
      const lines = block.subarray(start, run.end)
      if (run.lines > 0) sink.push(header.isSegment ? withoutFirstFields(lines) : lines)
      return run
    },
    addRow(values) {
      sink.push(`${values.join(',')}\n`)
    },
    finish() {},
  }
}

/** One object a line. A line of a list is never clean: text has rules of its own. */
function keepAsJson(list: List, sink: Sink): AcceptedRows {
  const columns = findColumns(list)
  return {
    readClean: (_, start) => ({ lines: 0, end: start }),
    addRow(values) {
      const entries = columns.map(({ name, kind }, place) => {
        const value = values[place] ?? ''
        const isText = kind === 'url' || kind === 'alt'
        return [name, value === '' ? null : isText ? value : Number(value)]
      })
      sink.push(`${JSON.stringify(Object.fromEntries(entries))}\n`)
    },
    finish() {},
  }
}

const LINE_FEED = 10
const COMMA = 44

/** Leaves out each line's first field; the last line may lack its line end. */
function withoutFirstFields(lines: Buffer): Buffer {
  const rest = Buffer.allocUnsafe(lines.length)
  let length = 0
  for (let at = 0; at < lines.length; ) {
    const from = lines.indexOf(COMMA, at) + 1
    const lineFeed = lines.indexOf(LINE_FEED, from)
    const to = lineFeed === -1 ? lines.length : lineFeed + 1
    length += lines.copy(rest, length, from, to)
    at = to
  }
  return rest.subarray(0, length)
}
