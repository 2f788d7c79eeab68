/** The batch's scanner at the door: a line that it would not take as a row is not written. */
import { isUtf8 } from 'node:buffer'
import type { Table } from '../../../contract/schema.ts'
import { PipelineError } from '../../base/errors.ts'
import { readCleanLines } from '../../input/scan/clean-lines.ts'
import { type Header, parseHeader } from '../../input/scan/header.ts'
import { type LineReason, parseLine } from '../../input/scan/line.ts'
import { COLUMN_NAMES } from './columns.ts'

/** Why a line does not become one of a segment, beyond what makes a line of a file a reject. */
export type DoorReason =
  | LineReason
  | 'not_utf8'
  | 'nul_byte'
  | 'carriage_return'
  | 'two_rows'
  | 'too_long'
  | 'null_value'
  | 'no_dataset'
  | 'two_datasets'
  | 'bad_dataset'
  | 'bad_event'
  | 'foreign_click_id'

/** A line that a segment must not hold. */
export interface BadLine {
  readonly reason: DoorReason
  readonly event: string
  /** Without event and line end. */
  readonly bytes: Buffer
}

/** Lines that may be written, and those that may not. */
export interface ProvenLines {
  readonly good: Buffer
  readonly lines: number
  readonly bad: readonly BadLine[]
}

const LINE_FEED = 10
const COMMA = 44
const RETURN = 13

const HEADERS = new Map<Table, Header>()

/**
 * Looks at lines of a segment as the batch will.
 *
 * @param lines - Each with its event, a comma and its line end. What is left of them moves together in place.
 */
export function proveLines(table: Table, lines: Buffer): ProvenLines {
  const header = headerOf(table)
  const bad: BadLine[] = []
  let count = 0
  let kept = 0
  for (let at = 0; at < lines.length; ) {
    const run = readCleanLines(header, lines, at)
    if (kept !== at) lines.copyWithin(kept, at, run.end)
    kept += run.end - at
    count += run.lines
    at = run.end
    if (at === lines.length) break
    const end = lines.indexOf(LINE_FEED, at)
    const fault = findFault(table, header, lines.subarray(at, end))
    if (fault === null) {
      lines.copyWithin(kept, at, end + 1)
      kept += end + 1 - at
      count += 1
    } else {
      bad.push(fault)
    }
    at = end + 1
  }
  return { good: lines.subarray(0, kept), lines: count, bad }
}

function findFault(table: Table, header: Header, line: Buffer): BadLine | null {
  const comma = line.indexOf(COMMA)
  const reason = findReason(table, header, line, comma)
  if (reason === null) return null
  const event = line.toString('latin1', 0, comma)
  return { reason, event, bytes: Buffer.from(line.subarray(comma + 1)) }
}

function findReason(table: Table, header: Header, line: Buffer, comma: number): DoorReason | null {
  if (line.includes(0)) return 'nul_byte'
  if (!isUtf8(line)) return 'not_utf8'
  if (comma + 1 === line.length) return 'empty_line'
  if (line.includes(RETURN)) return 'carriage_return'
  try {
    const parsed = parseLine(line, { header, table, lineNumber: 0, isLast: false })
    return 'values' in parsed ? null : parsed.reason
  } catch (error) {
    if (error instanceof PipelineError) return 'two_rows'
    throw error
  }
}

function headerOf(table: Table): Header {
  const known = HEADERS.get(table)
  if (known !== undefined) return known
  const header = parseHeader(Buffer.from(`${COLUMN_NAMES[table].join()}\n`), table)
  HEADERS.set(table, header)
  return header
}
