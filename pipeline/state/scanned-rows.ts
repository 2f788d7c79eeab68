/** Rows on their way from lines into counts: columns that are used again for each batch of lines. */
import type { RejectRow } from '../../contract/columns.ts'
import type { Table } from '../../contract/schema.ts'
import { COLUMNS, REVENUE_DECIMALS } from '../input/columns.ts'
import type { LineReason } from '../input/scan/line.ts'
import { withRoom } from './columns.ts'
import { type Halves, splitDigits, splitNumber, splitProduct } from './int64.ts'

/** A line that is no row. */
export interface LineReject extends Pick<RejectRow, 'line' | 'text'> {
  readonly reason: LineReason
}

/** The accepted rows of some lines, and the rejected lines among them. */
export class ScannedRows {
  count = 0
  /** Line of each row; the header is line 1. */
  line = new Uint32Array(0)
  /**
   * The values of each row in the order of the table's columns, as halves of 32 bits; a revenue in millionths. Ids of
   * banners and campaigns are joined again by the one who counts.
   */
  readonly hi: Uint32Array[] = [new Uint32Array(0), new Uint32Array(0), new Uint32Array(0)]
  readonly lo: Uint32Array[] = [new Uint32Array(0), new Uint32Array(0), new Uint32Array(0)]
  rejects: LineReject[] = []
  /** Rows whose revenue had more decimals than are kept. */
  rounded = 0
  readonly #halves: Halves = { hi: 0, lo: 0 }

  clear(): void {
    this.count = 0
    this.rejects = []
    this.rounded = 0
  }

  /** Makes room for so many rows more. */
  reserve(rows: number): void {
    const all = this.count + rows
    this.line = withRoom(this.line, all)
    for (const column of this.hi.keys()) {
      this.hi[column] = withRoom(this.hi[column] as Uint32Array, all)
      this.lo[column] = withRoom(this.lo[column] as Uint32Array, all)
    }
  }

  /** Ends a row, whose values are set. */
  endRow(line: number): void {
    this.line[this.count] = line
    this.count += 1
  }

  /** Sets a value of the row under way: `head` and then so many further digits of a number. */
  setDigits(column: number, head: number, tail: number, factor: number): void {
    if (factor === 1) splitNumber(this.#halves, head)
    else splitProduct(this.#halves, head, factor, tail)
    this.#set(column)
  }

  /** Adds a row of canonical values, as parseLine gives them. */
  addValues(table: Table, values: readonly string[], line: number): void {
    this.reserve(1)
    for (const [column, { kind }] of COLUMNS[table].entries()) {
      const value = values[column] ?? ''
      splitDigits(this.#halves, kind === 'revenue' ? millionths(value) : value)
      this.#set(column)
    }
    this.endRow(line)
  }

  #set(column: number): void {
    const { hi, lo } = this.#halves
    const his = this.hi[column] as Uint32Array
    const los = this.lo[column] as Uint32Array
    his[this.count] = hi
    los[this.count] = lo
  }
}

/** A decimal number in millionths, as digits. */
function millionths(decimal: string): string {
  const [whole = '', decimals = ''] = decimal.split('.')
  return whole + decimals.padEnd(REVENUE_DECIMALS, '0')
}
