/**
 * The proof that lines mean one thing only.
 *
 * A *clean* line consists of exactly the header's fields, each in canonical form: an id is `[1-9][0-9]{0,14}`,
 * an event's id `[1-9][0-9]{0,17}`, a revenue `(0|[1-9][0-9]{0,11})(.[0-9]{1,6})?`, a column that is not ours printable ASCII without a quote.
 * Such a line has nothing left to guess for any CSV reader: no quote, no empty field, no overflow, no coercion.
 * All other lines go through line.ts.
 *
 * Every byte of the input passes here, so it is written as plain loops over bytes. A table of transitions, one
 * look-up a byte, ran at half the speed: each look-up waits for the one before.
 */
import { REVENUE_DECIMALS, REVENUE_WHOLE_DIGITS, SAFE_DIGITS } from '../columns.ts'
import type { FieldKind, Header } from './header.ts'

const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const SPACE = 32
const QUOTE = 34
const COMMA = 44
const POINT = 46
const ZERO = 48
const NINE = 57
const TILDE = 126

/** What lines must look like. */
export type LineFormat = Pick<Header, 'kinds' | 'lineEnd'>

/** How far {@link readCleanLines} got. */
export interface CleanRun {
  /** Clean lines from the start on. */
  readonly lines: number
  /** Where the first line that is not clean begins; the block's length if there is none. */
  readonly end: number
}

/**
 * Follows the lines of a block up to the first that is not clean.
 *
 * @param block - Whole lines; only the last may lack its line end.
 * @param start - Where a line begins.
 */
export function readCleanLines(format: LineFormat, block: Uint8Array, start: number): CleanRun {
  // The loops below stop at a line feed, so they need one at the end and no bounds.
  const whole = Math.max(start, block.lastIndexOf(LINE_FEED) + 1)
  const run = readWholeLines(format, block, { start, end: whole })
  if (run.end < whole || whole === block.length) return run
  const ended = endLine(format, block.subarray(whole))
  const last = readWholeLines(format, ended, { start: 0, end: ended.length })
  return { lines: run.lines + last.lines, end: last.lines === 1 ? block.length : whole }
}

function readWholeLines(
  { kinds, lineEnd }: LineFormat,
  block: Uint8Array,
  { start, end }: { start: number; end: number },
): CleanRun {
  const isReturned = lineEnd === '\r\n'
  const lastField = kinds.length - 1
  const rules = rulesOf(kinds)
  let lines = 0
  let lineStart = start
  while (lineStart < end) {
    let at = lineStart
    for (let field = 0; field < lastField; field += 1) {
      at = skipField(rules[field] as number, block, at)
      if (at === NOT_CLEAN || block[at] !== COMMA) return { lines, end: lineStart }
      at += 1
    }
    at = skipField(rules[lastField] as number, block, at)
    if (at === NOT_CLEAN) return { lines, end: lineStart }
    if (isReturned) {
      if (block[at] !== CARRIAGE_RETURN) return { lines, end: lineStart }
      at += 1
    }
    if (block[at] !== LINE_FEED) return { lines, end: lineStart }
    lines += 1
    lineStart = at + 1
  }
  return { lines, end }
}

/** Instead of a place: the field is not clean. */
const NOT_CLEAN = -1

const REVENUE_RULE = 0
const OTHER_RULE = -1

/** A number for each kind, which compares faster than its name; of ids how many digits they may have. */
const FIELD_RULES: Readonly<Record<FieldKind, number>> = {
  ...SAFE_DIGITS,
  revenue: REVENUE_RULE,
  other: OTHER_RULE,
}

/** By the list of kinds, which a file's header holds once. */
const rulesByKinds = new WeakMap<readonly FieldKind[], Int8Array>()

/** A typed array is read a sixth faster than a list. */
function rulesOf(kinds: readonly FieldKind[]): Int8Array {
  const known = rulesByKinds.get(kinds)
  if (known !== undefined) return known
  const rules = Int8Array.from(kinds, (kind) => FIELD_RULES[kind])
  rulesByKinds.set(kinds, rules)
  return rules
}

/** Gives the place behind a field, or NOT_CLEAN. */
function skipField(rule: number, block: Uint8Array, start: number): number {
  if (rule > REVENUE_RULE) return skipWhole(block, start, rule)
  return rule === REVENUE_RULE ? skipRevenue(block, start) : skipOther(block, start)
}

/** One digit from 1 to 9, then any, `most` in all. */
function skipWhole(block: Uint8Array, start: number, most: number): number {
  const first = block[start] as number
  if (first <= ZERO || first > NINE) return NOT_CLEAN
  const at = skipDigits(block, start + 1)
  return at - start > most ? NOT_CLEAN : at
}

function skipRevenue(block: Uint8Array, start: number): number {
  const isZero = block[start] === ZERO
  const at = isZero ? start + 1 : skipWhole(block, start, REVENUE_WHOLE_DIGITS)
  if (at === NOT_CLEAN || block[at] !== POINT) return at
  const end = skipDigits(block, at + 1)
  const decimals = end - at - 1
  return decimals < 1 || decimals > REVENUE_DECIMALS ? NOT_CLEAN : end
}

function skipDigits(block: Uint8Array, start: number): number {
  let at = start
  while (isBetween(block[at] as number, ZERO, NINE)) at += 1
  return at
}

/** Printable ASCII but for quote and comma; may be empty. */
function skipOther(block: Uint8Array, start: number): number {
  let at = start
  while (isBetween(block[at] as number, SPACE, TILDE) && block[at] !== COMMA) {
    if (block[at] === QUOTE) return NOT_CLEAN
    at += 1
  }
  return at
}

function isBetween(byte: number, least: number, greatest: number): boolean {
  return byte >= least && byte <= greatest
}

/** A copy of a last line with its line end. A lone return at the end has the first half of it already. */
function endLine({ lineEnd }: LineFormat, line: Uint8Array): Uint8Array {
  const isHalfEnded = lineEnd === '\r\n' && line.at(-1) === CARRIAGE_RETURN
  return Buffer.concat([line, Buffer.from(isHalfEnded ? '\n' : lineEnd)])
}
