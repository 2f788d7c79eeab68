/** What tells the header of a second table from a row with broken values. */
import { LISTS, TABLES } from '../../../contract/schema.ts'
import { findColumns } from '../columns.ts'

/** Names of our columns in any table. */
const NAMES = new Set(
  [...TABLES, ...LISTS].flatMap((table) => findColumns(table).map(({ name }) => name)),
)

/** What programs write where there is no value or no number, in lower case, without signs around it. */
const NO_VALUES = new Set(
  'null nil none na n/a nan undefined inf infinity 1.#ind 1.#qnan true false'.split(' '),
)

/** Errors of a spreadsheet, and null as MySQL writes it. */
const NO_VALUE = /^(#(ref|div\/0|value|name|num|null|n\/a)[!?]?|\\n)$/i

/**
 * Tells whether a line that is no row may be the header of another table. Rows below it could be well-formed and mean
 * something else, so none of them may be taken.
 *
 * An id or a revenue begins with a digit. So a line is like a header if all its fields begin with a letter, or name a
 * day or a period (`2026-11-24`, `7d`), or if years stand beside a word (`store,2025,2026`). It is not if any field is
 * another number or says that there is no value (`C,NA`; `total,12`).
 *
 * @param fields - Of the line, without their quotes.
 * @param width - How many fields the header has. Rows below a line with many more or fewer have another number of
 * fields, too.
 */
export function looksLikeHeader(fields: readonly string[], width: number): boolean {
  if (hasOurNames(fields)) return true
  if (isListOfNames(fields, width)) return true
  return endsWithHeader(fields, width)
}

/** The last row of one file, without its line end, and the header of the next. */
function endsWithHeader(fields: readonly string[], width: number): boolean {
  const [joined = '', ...others] = fields.slice(width - 1)
  const hasRow = fields.slice(0, width - 1).some((field) => /^["']?[0-9]/.test(field))
  if (others.length === 0 || !hasRow) return false
  const first = DAY_AT_END.test(joined) ? 'day' : joined.replace(/^["0-9.]+/, '')
  // Pandas gives its row numbers no name, so names alone may follow the row.
  if (first.trim() === '') return others.every(isName)
  return hasOurNames([first, ...others]) || isListOfNames([first, ...others], width)
}

function hasOurNames(fields: readonly string[]): boolean {
  const plain = fields.map((field) => field.replace(/^[^a-z]+|[^a-z]+$/gi, '').toLowerCase())
  return plain.filter((name) => NAMES.has(name)).length >= 2
}

function isListOfNames(fields: readonly string[], width: number): boolean {
  if (fields.length < 2 || Math.abs(fields.length - width) > 1) return false
  // A spreadsheet writes empty fields behind the last name, pandas none above its row numbers.
  const named = fields.filter((field) => field.trim() !== '')
  const isNumbered = fields.length === 2 && width === 2 && fields[0]?.trim() === ''
  if (named.length < (isNumbered ? 1 : 2)) return false
  if (named.every(isName)) return true
  return named.some(isWord) && named.every((field) => isWord(field) || isYear(field))
}

const PERIOD = /^[0-9]+ ?(st|nd|rd|th|[dhwmyq]|min|days?|hours?|weeks?|months?|years?)$/i
const NUMBER_AND_WORD = /^[0-9]+[ _-]\p{L}{2}/u
const DAY = /^[0-9]{1,4}([-./])[0-9]{1,2}\1[0-9]{1,4}([ T].*)?$/
const DAY_AT_END = /[0-9]([-./])[0-9]{1,2}\1[0-9]{1,4}$/
const MONTH = /^[0-9]{4}[-/]?([0-9]{2}|q[1-4])$/i

function isName(field: string): boolean {
  const bare = field.trim()
  // A URL is a value.
  if (bare.includes('://')) return false
  const plain = bare.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '')
  if (NO_VALUES.has(plain.toLowerCase()) || NO_VALUE.test(bare)) return false
  if (/^\p{L}/u.test(plain)) return true
  return [PERIOD, NUMBER_AND_WORD, DAY].some((form) => form.test(plain)) || isMonth(plain)
}

/** `202611` may be an id. */
function isMonth(plain: string): boolean {
  return MONTH.test(plain) && !/^[0-9]+$/.test(plain)
}

function isWord(field: string): boolean {
  return isName(field) && /^\p{L}[\p{L} _.-]+$/u.test(field.trim())
}

function isYear(field: string): boolean {
  return /^(19|20)[0-9]{2}$/.test(field.trim())
}
