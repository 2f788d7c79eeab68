import type { Table } from '../../../contract/schema.ts'
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
 * a pair may stand in several lines; rows of the other tables are kept, columns in the order of `COLUMNS`.
 */
export function openAcceptedRows(table: Table, header: Header, sink: Sink): AcceptedRows {
  if (table === 'impressions') return new PairCounter(header, (rows) => sink.push(rows))
  return keepRows(header, sink)
}

function keepRows(header: Header, sink: Sink): AcceptedRows {
  return {
    takesLines: isInTableOrder(header) && header.lineEnd === '\n',
    addLines(block, start, end) {
      sink.push(block.subarray(start, end))
    },
    addRow(values) {
      sink.push(`${values.join(',')}\n`)
    },
    finish() {},
  }
}
