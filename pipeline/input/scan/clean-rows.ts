/** Proven lines (clean-lines.ts) to rows, for files whatever the order of their columns and what else is in them. */
import type { Table } from '../../../contract/schema.ts'
import { COLUMNS, REVENUE_DECIMALS } from '../columns.ts'
import type { Header } from './header.ts'
import type { LinesRange } from './plain-lines.ts'
import { type RowBatch, setDigits } from './row-batch.ts'

const SPACE = 32
const COMMA = 44
const POINT = 46
const ZERO = 48

/** Place of a field in the table's columns; none for a column that is not ours. */
const NOT_OURS = -1

/**
 * Parses proven lines into a batch, until it is full.
 *
 * @returns Where the first line begins that was not parsed.
 */
export type ParseCleanLines = (block: Uint8Array, range: LinesRange, batch: RowBatch) => number

/** Makes the parser for the lines of a file. The bytes behind a field are all below the digits: no bounds are needed. */
export function createCleanParser(table: Table, header: Header): ParseCleanLines {
  const places = Int8Array.from(header.kinds, (_, place) => header.positions.indexOf(place))
  const revenue = COLUMNS[table].findIndex(({ kind }) => kind === 'revenue')
  const restOfLineEnd = header.lineEnd.length - 1
  return (block, { start, end }, batch) => {
    let at = start
    while (at < end && !batch.isFull) {
      for (const column of places) {
        const fieldEnd = endOfField(block, at)
        if (column !== NOT_OURS) {
          const values = batch.columns[column] as Int32Array
          if (column === revenue) setRevenue(values, batch.count, block, at, fieldEnd)
          else setDigits(values, batch.count, block, { start: at, end: fieldEnd })
        }
        at = fieldEnd + 1
      }
      at += restOfLineEnd
      batch.count += 1
    }
    // The last line may end with half of its line end, or none.
    return Math.min(at, end)
  }
}

function endOfField(block: Uint8Array, start: number): number {
  let at = start
  for (let byte = block[at] as number; byte >= SPACE && byte !== COMMA; ) {
    at += 1
    byte = block[at] as number
  }
  return at
}

/** As if it had all its decimals: at most 18 digits in all. */
function setRevenue(
  values: Int32Array,
  row: number,
  block: Uint8Array,
  start: number,
  end: number,
): void {
  const digits: number[] = []
  let missing = REVENUE_DECIMALS
  let isBehindPoint = false
  for (let at = start; at < end; at += 1) {
    if (block[at] === POINT) isBehindPoint = true
    else {
      digits.push(block[at] as number)
      if (isBehindPoint) missing -= 1
    }
  }
  for (; missing > 0; missing -= 1) digits.push(ZERO)
  const all = Uint8Array.from(digits)
  setDigits(values, row, all, { start: 0, end: all.length })
}
