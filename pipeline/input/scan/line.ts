/** What one line means: a row, or a reject with its reason. Here stands every rule about a value. */
import type { RejectRow, Table } from '../../../contract/schema.ts'
import { PipelineError } from '../../base/errors.ts'
import {
  COLUMNS,
  type ColumnKind,
  GREATEST_IDS,
  type IdKind,
  REVENUE_DECIMALS,
  REVENUE_WHOLE_DIGITS,
  SAFE_DIGITS,
} from '../columns.ts'
import { endsInsideQuotes, splitFields } from './fields.ts'
import { assertText, type Header } from './header.ts'

/** Why a line is not a row. docs/input.md lists what each means. */
export type LineReason =
  | 'empty_line'
  | 'line_end'
  | 'control_byte'
  | 'broken_quote'
  | 'repeated_header'
  | 'field_count'
  | 'empty_value'
  | 'not_an_id'
  | 'id_out_of_range'
  | 'not_a_revenue'
  | 'revenue_out_of_range'

/** A line that is a row. */
export interface Row {
  /** Canonical values in the order of `COLUMNS`. */
  readonly values: readonly string[]
  /** Its revenue had more decimals than are kept. */
  readonly isRounded: boolean
}

/** A line that is not. */
export interface Reject {
  readonly reason: LineReason
}

/** The `text` of a {@link RejectRow} has at most this many UTF-16 units. */
const TEXT_LENGTH = 500

/**
 * Decides what a line means.
 *
 * @param line - Without its line feed.
 * @param isLast - Nothing follows it, not even a line feed.
 * @throws {PipelineError} If the whole file cannot be trusted: bytes that are not text, a field over several lines,
 * a second table.
 */
export function parseLine(
  line: Buffer,
  { header, table, lineNumber, isLast }: LineContext,
): Row | Reject {
  assertText(line, lineNumber)
  const text = line.toString('utf8')
  const bare = text.endsWith('\r') ? text.slice(0, -1) : text
  const hasReturn = bare !== text
  const isCutOff = isLast && !hasReturn
  if (hasReturn !== (header.lineEnd === '\r\n') && !isCutOff) return { reason: 'line_end' }
  if (bare === '') return { reason: 'empty_line' }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for; the tab is text
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(bare)) return { reason: 'control_byte' }
  const fields = splitFields(bare)
  if (fields === null) return brokenQuote(bare, header, lineNumber)
  if (isSameHeader(fields, header)) return { reason: 'repeated_header' }
  assertNoSecondTable(fields, lineNumber)
  if (fields.length !== header.names.length) return { reason: 'field_count' }
  return parseFields(fields, header, table)
}

/** Where a line stands. */
export interface LineContext {
  readonly header: Header
  readonly table: Table
  /** 1 is the header. */
  readonly lineNumber: number
  readonly isLast: boolean
}

/** Gives the text of a reject: the line as it stands in the file, without its line end, cut. */
export function rejectText(line: Buffer): string {
  const text = line.toString('utf8').replace(/\r$/, '').slice(0, TEXT_LENGTH)
  const isCutInPair = /[\uD800-\uDBFF]$/.test(text)
  return isCutInPair ? text.slice(0, -1) : text
}

/**
 * Without columns that are not ours no field can hold a line break, so an open quote is one broken line. With them
 * the next lines may be text inside a field, and a row read from there would be invented.
 */
function brokenQuote(line: string, header: Header, lineNumber: number): Reject {
  if (header.ignored.length > 0 && endsInsideQuotes(line)) {
    throw new PipelineError(
      `line ${lineNumber} has a quote that does not close, remove line breaks inside fields`,
    )
  }
  return { reason: 'broken_quote' }
}

function isSameHeader(fields: readonly string[], header: Header): boolean {
  return (
    fields.length === header.names.length &&
    fields.every((field, index) => field === header.names[index])
  )
}

const NAMES = new Set(
  Object.values(COLUMNS)
    .flat()
    .map(({ name }) => name),
)

/** Lines below another header may be well-formed rows of another meaning: none of them can be trusted. */
function assertNoSecondTable(fields: readonly string[], lineNumber: number): void {
  const named = fields.filter((field) => NAMES.has(field.trim().toLowerCase())).length
  if (named < 2 && (fields.length < 2 || !areNames(fields))) return
  throw new PipelineError(
    `line ${lineNumber} looks like the header of a second table, split the file: ${JSON.stringify(fields.join(',').slice(0, 120))}`,
  )
}

/** Different words, each beginning with a letter and without digits, as column names are and values are not. */
function areNames(fields: readonly string[]): boolean {
  return (
    fields.every((field) => /^\s*[A-Za-z_][A-Za-z_ .-]*$/.test(field)) &&
    new Set(fields).size === fields.length
  )
}

function parseFields(fields: readonly string[], header: Header, table: Table): Row | Reject {
  const values: string[] = []
  let isRounded = false
  for (const [index, { kind }] of COLUMNS[table].entries()) {
    const field = fields[header.positions[index] ?? -1] ?? ''
    const value = PARSERS[kind](field)
    if (typeof value !== 'string') return value
    isRounded ||= kind === 'revenue' && decimalsOf(field) > REVENUE_DECIMALS
    values.push(value)
  }
  return { values, isRounded }
}

const PARSERS: Readonly<Record<ColumnKind, (field: string) => string | Reject>> = {
  id: (field) => parseId('id', field),
  event_id: (field) => parseId('event_id', field),
  revenue: parseRevenue,
}

/** Digits without sign, point, space, underscore or leading zero: one id has one spelling. */
function parseId(kind: IdKind, field: string): string | Reject {
  if (field === '') return { reason: 'empty_value' }
  if (/^0+$/.test(field)) return { reason: 'id_out_of_range' }
  if (!/^[1-9][0-9]*$/.test(field)) return { reason: 'not_an_id' }
  const digits = field.length - SAFE_DIGITS[kind]
  if (digits > 1 || (digits === 1 && BigInt(field) > GREATEST_IDS[kind])) {
    return { reason: 'id_out_of_range' }
  }
  return field
}

function parseRevenue(field: string): string | Reject {
  if (field === '') return { reason: 'empty_value' }
  if (!/^(0|[1-9][0-9]*)(\.[0-9]+)?$/.test(field)) return { reason: 'not_a_revenue' }
  const rounded = decimalsOf(field) > REVENUE_DECIMALS ? roundHalfUp(field) : field
  const whole = rounded.split('.')[0] ?? ''
  return whole.length > REVENUE_WHOLE_DIGITS ? { reason: 'revenue_out_of_range' } : rounded
}

function decimalsOf(field: string): number {
  const point = field.indexOf('.')
  return point === -1 ? 0 : field.length - point - 1
}

/** Rounds by the digits themselves: a binary fraction would move halves. */
function roundHalfUp(field: string): string {
  const [whole = '', decimals = ''] = field.split('.')
  const kept = BigInt(whole + decimals.slice(0, REVENUE_DECIMALS))
  const units = (decimals[REVENUE_DECIMALS] ?? '0') >= '5' ? kept + 1n : kept
  const digits = units.toString().padStart(REVENUE_DECIMALS + 1, '0')
  return `${digits.slice(0, -REVENUE_DECIMALS)}.${digits.slice(-REVENUE_DECIMALS)}`
}
