/** What is wrong with a first line that is no header of its table: a message with the remedy. */

import { nearestName } from '../../../contract/nearest.ts'
import { printable } from '../../../contract/printable.ts'
import type { List, Table } from '../../../contract/schema.ts'
import { findColumns } from '../columns.ts'
import { splitFields } from './fields.ts'

/** At most this many characters of a header are shown in a message. */
const SHOWN = 120

/** Other characters between columns, and what they are called. */
const SEPARATORS: readonly (readonly [separator: string, name: string])[] = [
  ['\t', 'tabs'],
  [';', 'semicolons'],
  ['|', 'vertical bars'],
  [':', 'colons'],
  [' ', 'spaces'],
]

/**
 * Describes a first line from which no names can be read.
 *
 * @returns Null if its names can be read.
 */
export function describeUnreadable(text: string, table: Table | List): string | null {
  if (/^[^\r]+\r+$/.test(text))
    return `lines end with \\r\\r\\n, let them end with \\n: ${quote(text)}`
  if (text.includes('\r')) return describeReturn(text)
  const other = SEPARATORS.find(([separator]) => namesColumns(text.split(separator), table))
  if (other !== undefined && !namesColumns(text.split(','), table)) {
    return `columns are separated by ${other[1]}, use commas: ${quote(text)}`
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for; the tab is text
  const end = /[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]/.exec(text)?.[0]
  if (end !== undefined) {
    return `the header holds ${quote(end)}, remove it or let lines end with \\n: ${quote(text)}`
  }
  const fields = splitFields(text)
  if (fields === null) return `the header has a broken quote: ${quote(text)}`
  const [only = ''] = fields
  if (fields.length === 1 && namesColumns(only.split(','), table)) {
    return `the header is in quotes as a whole, leave them out: ${quote(text)}`
  }
  return null
}

function describeReturn(text: string): string {
  if (/\r"?[0-9]/.test(text)) {
    return `lines end with a carriage return alone, use line feeds: ${quote(text)}`
  }
  return `the header has a carriage return within it, remove it: ${quote(text)}`
}

/** All columns of the table, in whatever case and quotes. */
function namesColumns(fields: readonly string[], table: Table | List): boolean {
  const names = new Set(fields.map((field) => field.replace(/["'\s]/g, '').toLowerCase()))
  return findColumns(table).every(({ name }) => names.has(name))
}

/** Describes a header without one of the table's columns. */
export function describeMissing(
  name: string,
  names: readonly string[],
  table: Table | List,
): string {
  const found = `the header is ${quote(names.join(','))}`
  const [only] = names
  if (names.length === 1 && only !== undefined && /[;|\t]/.test(only)) {
    return `column ${name} is missing, separate columns with commas; ${found}`
  }
  if (names.every((field) => /^[0-9.]*$/.test(field)) && names.some((field) => field !== '')) {
    return `column ${name} is missing, the first line must name the columns; ${found}`
  }
  const nearest = nearestName(name, names)
  if (nearest === null) return `column ${name} is missing; ${found}`
  return `column ${name} is missing (${describeNearest(nearest, name, table)}); ${found}`
}

function describeNearest(nearest: string, name: string, table: Table | List): string {
  const hint = `is ${quote(nearest)} meant? see --rename`
  const strange = nearest.match(/[^\x20-\x7e]/gu)
  if (strange === null) return hint
  const escaped = nearest.replace(/[^\x20-\x7e]/gu, escapeCharacter)
  const which = [...new Set(strange.map(escapeCharacter))].join(', ')
  return `is "${escaped}" meant? write ${table}.${name} without ${which}`
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}

/** Shows text from a file in a message: one line, cut, and nothing in it that cannot be seen. */
export function quote(text: string): string {
  const cut = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
  return printable(JSON.stringify(cut))
}
