import { isUtf8 } from 'node:buffer'
import type { ColumnKind, ListKind } from '../../../contract/input-columns.ts'
import type { List, Table } from '../../../contract/schema.ts'
import { PipelineError } from '../../base/errors.ts'
import { findColumns } from '../columns.ts'
import { splitFields } from './fields.ts'
import { describeMissing, describeUnreadable } from './header-fault.ts'

/** A column of ours, or text: one whose values are passed over, or of a list. */
export type FieldKind = ColumnKind | 'other'

export type LineEnd = '\n' | '\r\n'

/** What the first line of a file says. */
export interface Header {
  /** All names in the file's order, as they stand there. */
  readonly names: readonly string[]
  /** One for each name. */
  readonly kinds: readonly FieldKind[]
  /** For each column of the table, in the order of `COLUMNS`, its place in `names`. */
  readonly positions: readonly number[]
  /** Names that are no column of the table. */
  readonly ignored: readonly string[]
  /**
   * The first column is `event`, which makes each line one of its kind: the file is a segment, written by one of our own
   * writers, and grows. The rules do not read it.
   */
  readonly isSegment: boolean
  /** The line end of the whole file: a line with another one is rejected. */
  readonly lineEnd: LineEnd
}

/** First column of a segment. */
const EVENT_COLUMN = 'event'

const UTF8_BOM = '\uFEFF'
const RETURN = 13
const LINE_FEED = 10

/**
 * Reads a header line and finds the table's columns in it by their names.
 *
 * @param line - The first line with its line end, if it has one.
 * @param renames - Names in the file to the columns that are meant.
 * @throws {PipelineError} If it is not text, or a column is missing or named twice. The message lacks the file's name.
 */
export function parseHeader(
  line: Buffer,
  table: Table | List,
  renames: Readonly<Record<string, string>> = {},
): Header {
  assertText(line)
  const text = line.toString('utf8').replace(/\r?\n$/, '')
  const lineEnd = line.at(-2) === RETURN && line.at(-1) === 10 ? '\r\n' : '\n'
  const bare = text.startsWith(UTF8_BOM) ? text.slice(1) : text
  const unreadable = describeUnreadable(bare, table)
  if (unreadable !== null) throw new PipelineError(unreadable)
  const names = splitFields(bare) ?? []
  const columns = findColumns(table)
  const meant = names.map((name) => (Object.hasOwn(renames, name) ? (renames[name] ?? name) : name))
  const positions = columns.map(({ name }) => positionOf(name, meant, table))
  const kindOf = new Map(columns.map(({ name, kind }) => [name, fieldKindOf(kind)]))
  const isSegment = bare.startsWith(`${EVENT_COLUMN},`) && meant[0] === EVENT_COLUMN
  return {
    names,
    kinds: meant.map((name) => kindOf.get(name) ?? 'other'),
    positions,
    ignored: names.filter(
      (_, place) => !kindOf.has(meant[place] ?? '') && !(isSegment && place === 0),
    ),
    isSegment,
    lineEnd,
  }
}

/** What a list says beside ids is text, of any length and with any character. */
function fieldKindOf(kind: ColumnKind | ListKind): FieldKind {
  return kind === 'url' || kind === 'alt' || kind === 'size' ? 'other' : kind
}

/** Tells whether a field may hold text: then it may hold a comma or, in quotes, a line break. */
export function hasText({ kinds, isSegment }: Pick<Header, 'kinds' | 'isSegment'>): boolean {
  return kinds.includes('other', isSegment ? 1 : 0)
}

/**
 * Finds a header that stands below the first line: below `sep=,`, a title, a comment, or an empty line.
 *
 * @param lines - Of the file's beginning, without their line ends.
 * @returns Its line, from 2 on; null if there is none.
 */
export function findHeaderBelow(
  lines: readonly string[],
  table: Table | List,
  renames: Readonly<Record<string, string>> = {},
): number | null {
  const place = lines.findIndex((line, index) => {
    const names = index === 0 ? null : splitFields(line.replace(/\r$/, ''))
    const meant = (names ?? []).map((name) => (Object.hasOwn(renames, name) ? renames[name] : name))
    return findColumns(table).every(({ name }) => meant.includes(name))
  })
  return place === -1 ? null : place + 1
}

/**
 * Tells whether the file lists just the table's columns in the order in which staging keeps them, but for the first
 * column of a segment.
 */
export function isInTableOrder({ ignored, positions, isSegment }: Header): boolean {
  const first = isSegment ? 1 : 0
  return ignored.length === 0 && positions.every((place, index) => place === index + first)
}

/** Where the first line ends, its line feed included. */
export function headerEnd(block: Buffer): number {
  const lineFeed = block.indexOf(LINE_FEED)
  return lineFeed === -1 ? block.length : lineFeed + 1
}

/** Refuses bytes that are not UTF-8 text, or that hold a NUL; both come from another encoding or a damaged file. */
export function assertText(line: Buffer, lineNumber = 1): void {
  if (line.includes(0)) {
    throw new PipelineError(`line ${lineNumber} has a NUL byte, save the file as UTF-8 text`)
  }
  if (!isUtf8(line)) {
    throw new PipelineError(`line ${lineNumber} is not UTF-8, save the file as UTF-8 text`)
  }
}

/** Tells whether a name in a header is a plain number, as the first field of a row is. */
export function isNumber(name: string): boolean {
  return /^[0-9]+([.][0-9]+)?$/.test(name)
}

function positionOf(name: string, names: readonly string[], table: Table | List): number {
  const position = names.indexOf(name)
  if (position === -1) throw new PipelineError(describeMissing(name, names, table))
  if (names.indexOf(name, position + 1) !== -1) {
    throw new PipelineError(`column ${name} is there twice, remove one`)
  }
  return position
}
