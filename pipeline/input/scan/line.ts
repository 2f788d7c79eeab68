/** What one line means: a row, or a reject with its reason. Here stands every rule about a value. */
import type { RejectRow } from '../../../contract/columns.ts'
import type { ColumnKind, ListKind } from '../../../contract/input-columns.ts'
import type { List, Table } from '../../../contract/schema.ts'
import { PipelineError } from '../../base/errors.ts'
import {
  findColumns,
  GREATEST_IDS,
  type IdKind,
  REVENUE_DECIMALS,
  REVENUE_WHOLE_DIGITS,
  SAFE_DIGITS,
} from '../columns.ts'
import { endsInsideQuotes, splitFields } from './fields.ts'
import { assertText, type Header, hasText, isNumber } from './header.ts'
import { mayHoldTwoRows } from './hidden-rows.ts'
import { parseAlt, parseSize, parseUrl } from './list-values.ts'
import { looksLikeHeader } from './second-header.ts'

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
  | 'not_a_url'
  | 'alt_too_long'
  | 'not_a_size'

/** A line that is a row. */
export interface Row {
  /** Canonical values in the order of the columns; '' only in a list, where none is given. */
  readonly values: readonly string[]
  /** Its revenue had more decimals than are kept. */
  readonly isRounded: boolean
}

/** A line that is not. */
export interface Reject {
  readonly reason: LineReason
  /** It looks like the header of a second table: if a row follows, the file cannot be trusted. */
  readonly isHeaderLike?: true
}

/** The `text` of a {@link RejectRow} has at most this many UTF-16 units. */
const TEXT_LENGTH = 500

/**
 * Decides what a line means.
 *
 * @param line - Without its line feed.
 * @param isLast - Nothing follows it, not even a line feed.
 * @throws {PipelineError} If the whole file cannot be trusted: bytes that are not text, a field over several lines, a
 * line that may hold more than one row.
 */
export function parseLine(line: Buffer, context: LineContext): Row | Reject {
  const { header, lineNumber } = context
  assertText(line, lineNumber)
  const text = line.toString('utf8')
  const bare = text.replace(/\r+$/, '')
  if (bare.includes('\r')) throw new PipelineError(loneReturn(lineNumber))
  const parsed = parseText(bare, text.length - bare.length, context)
  if ('values' in parsed) return parsed
  const fields = splitFields(bare) ?? bare.split(',')
  assertOneRow(bare, fields, context)
  if (parsed.reason === 'field_count') assertHeaderEnds(fields, context)
  const isOwnHeader = isSameHeader(fields, header)
  if (isOwnHeader || !looksLikeHeader(fields, header.names.length)) return parsed
  return { ...parsed, isHeaderLike: true }
}

function parseText(
  bare: string,
  returns: number,
  { header, table, lineNumber, isLast }: LineContext,
): Row | Reject {
  const isCutOff = isLast && returns === 0
  const expected = header.lineEnd === '\r\n' ? 1 : 0
  if (returns !== expected && !isCutOff) return { reason: 'line_end' }
  if (bare === '') return { reason: 'empty_line' }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for; the tab is text
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(bare)) return { reason: 'control_byte' }
  const fields = splitFields(bare)
  if (fields === null) return brokenQuote(bare, header, lineNumber)
  if (isSameHeader(fields, header)) return { reason: 'repeated_header' }
  if (fields.length !== header.names.length) return { reason: 'field_count' }
  return parseFields(fields, header, table)
}

/** Where a line stands. */
export interface LineContext {
  readonly header: Header
  readonly table: Table | List
  /** 1 is the header. */
  readonly lineNumber: number
  readonly isLast: boolean
}

/** Gives the text of a reject: the line as it stands in the file, without its line end, cut. */
export function rejectText(line: Buffer): string {
  const text = line.toString('utf8').replace(/\r+$/, '').slice(0, TEXT_LENGTH)
  const isCutInPair = /[\uD800-\uDBFF]$/.test(text)
  return isCutInPair ? text.slice(0, -1) : text
}

/**
 * Without columns of text no field can hold a line break, so an open quote is one broken line. With them
 * the next lines may be text inside a field, and a row read from there would be invented.
 */
function brokenQuote(line: string, header: Header, lineNumber: number): Reject {
  if (hasText(header) && endsInsideQuotes(line)) {
    throw new PipelineError(
      `line ${lineNumber} has a quote that does not close, remove line breaks inside fields`,
    )
  }
  return { reason: 'broken_quote' }
}

/** A carriage return is a line end to some programs: nobody can tell how many rows such a line was meant to be. */
function loneReturn(lineNumber: number): string {
  return `line ${lineNumber} has a carriage return within it that may end a row, let every line end with a line feed`
}

/** Without columns of text no field holds a comma, whatever the quotes say. */
function assertOneRow(bare: string, fields: readonly string[], context: LineContext): void {
  const { header, lineNumber } = context
  const pieces = hasText(header) ? fields : bare.split(',')
  if (!mayHoldTwoRows(pieces, header.kinds)) return
  throw new PipelineError(
    `line ${lineNumber} may hold two rows, is a line feed missing? split it or remove it: ${shown(bare)}`,
  )
}

/** The rows of a file whose header swallowed the first row have fewer fields than the header. */
function assertHeaderEnds(fields: readonly string[], { header, lineNumber }: LineContext): void {
  const number = header.names.find(isNumber)
  if (number === undefined || fields.length >= header.names.length) return
  throw new PipelineError(
    `line ${lineNumber} has ${fields.length} fields where the header has ${header.names.length}, and the header names a column by a number, is the line feed behind it missing? ${shown(number)}`,
  )
}

/** At most this many characters of a line are shown in a message. */
const SHOWN = 120

function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text)
}

/** Files that were put one behind the other may have a byte order mark each. */
function isSameHeader(fields: readonly string[], header: Header): boolean {
  const [first = '', ...others] = fields
  return (
    fields.length === header.names.length &&
    [first.replace(/^\uFEFF/, ''), ...others].every((field, at) => field === header.names[at])
  )
}

function parseFields(fields: readonly string[], header: Header, table: Table | List): Row | Reject {
  const values: string[] = []
  let isRounded = false
  for (const [index, { kind }] of findColumns(table).entries()) {
    const field = fields[header.positions[index] ?? -1] ?? ''
    const value = PARSERS[kind](field)
    if (typeof value !== 'string') return value
    isRounded ||= kind === 'revenue' && decimalsOf(field) > REVENUE_DECIMALS
    values.push(value)
  }
  return { values, isRounded }
}

const PARSERS: Readonly<Record<ColumnKind | ListKind, (field: string) => string | Reject>> = {
  id: (field) => parseId('id', field),
  event_id: (field) => parseId('event_id', field),
  revenue: parseRevenue,
  url: parseUrl,
  alt: parseAlt,
  size: parseSize,
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
