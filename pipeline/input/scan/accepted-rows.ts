import type { List, Table } from '../../../contract/schema.ts'
import { findColumns, isList } from '../columns.ts'
import { type Header, isInTableOrder } from './header.ts'
import { PairCounter } from './pair-counter.ts'
import type { Sink } from './sink.ts'

/** Where the accepted rows of a file go. What comes out has no header, and line feeds as line ends. */
export interface AcceptedRows {
  /** Lines may be added as they stand in the file. */
  readonly takesLines: boolean
  /**
   * Adds the lines of a block from `start` to `end`.
   *
   * @param block - Proven clean there (clean-lines.ts); the last line may lack its line end.
   */
  addLines(block: Buffer, start: number, end: number): void
  /** Adds one row, its values in canonical form and in the order of `COLUMNS`. */
  addRow(values: readonly string[]): void
  /** To be called after the last row. */
  finish(): void
}

/**
 * Opens the way for the rows of a file: rows of impressions are counted, `banner_id,campaign_id,row_count` a line, and
 * a pair may stand in several lines; rows of the other logs are kept, columns in the order of `COLUMNS`; rows of a list
 * become JSON, since a text may hold anything.
 */
export function openAcceptedRows(table: Table | List, header: Header, sink: Sink): AcceptedRows {
  if (isList(table)) return keepAsJson(table, sink)
  if (table === 'impressions') return new PairCounter(header, (rows) => sink.push(rows))
  return keepRows(header, sink)
}

function keepRows(header: Header, sink: Sink): AcceptedRows {
  return {
    takesLines: isInTableOrder(header) && header.lineEnd === '\n',
    addLines(block, start, end) {
      const lines = block.subarray(start, end)
      sink.push(header.isSegment ? withoutFirstFields(lines) : lines)
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
    takesLines: false,
    addLines() {
      throw new Error(`lines of a list are read one by one: ${list}`)
    },
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
