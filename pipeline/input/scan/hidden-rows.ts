/** A reject is one line. So a line that may hold two whole rows, whatever separates them, cannot be a reject. */
import type { FieldKind } from './header.ts'

/**
 * Tells whether two whole rows may stand in one line: because a line feed was lost, or because their separator is no
 * line feed (a vertical tab, U+2028, the two characters `\n`, …).
 *
 * The last field of the first row and the first field of the second share a place between two commas.
 *
 * @param fields - Of the line, split at its commas.
 * @param kinds - Of the header's columns.
 */
export function mayHoldTwoRows(fields: readonly string[], kinds: readonly FieldKind[]): boolean {
  const plain = fields.map((field) => field.replace(/["' ]/g, ''))
  const [firstKind = 'other'] = kinds
  const lastKind = kinds.at(-1) ?? 'other'
  const step = kinds.length - 1
  let rows = 0
  let start = plain[0] ?? ''
  let isShared = false
  for (let at = 0; at + step < plain.length; ) {
    const last = plain[at + step] ?? ''
    const isRow: boolean =
      endsWithValue(firstKind, start, isShared) &&
      kinds.slice(1, -1).every((kind, place) => isValue(kind, plain[at + 1 + place] ?? '')) &&
      startsWithValue(lastKind, last)
    if (isRow) rows += 1
    if (rows === 2) return true
    at += isRow ? step : 1
    isShared = isRow
    start = isRow ? last.slice(lastKind === 'other' ? 0 : 1) : (plain[at] ?? '')
  }
  return false
}

function isValue(kind: FieldKind, field: string): boolean {
  if (kind === 'other') return true
  return kind === 'revenue' ? /^[0-9]+([.][0-9]+)?$/.test(field) : /^[1-9][0-9]*$/.test(field)
}

/** One digit is enough for a value. */
function startsWithValue(kind: FieldKind, field: string): boolean {
  if (kind === 'other') return true
  return kind === 'revenue' ? /^[0-9]/.test(field) : /^[1-9]/.test(field)
}

/**
 * By steps from the end: a regular expression would try every place of a long field.
 *
 * @param isShared - A row ends in the same field, so that any digit before may belong to it. In a field of its own
 * `q011` is one broken value.
 */
function endsWithValue(kind: FieldKind, field: string, isShared: boolean): boolean {
  if (kind === 'other') return true
  let start = field.length
  let digits = false
  while (start > 0 && isDigit(field[start - 1])) {
    start -= 1
    digits ||= kind === 'revenue' || field[start] !== '0'
  }
  if (isShared || !digits) return digits
  const isFirstZero = field[start] === '0' && kind !== 'revenue'
  return !isFirstZero && !/[\p{L}\p{N}+.-]$/u.test(field.slice(Math.max(0, start - 2), start))
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9'
}
