/**
 * The proof that a line means one thing only.
 *
 * A *clean* line consists of exactly the header's fields, each in canonical form: an id is `[1-9][0-9]{0,14}`,
 * a revenue `(0|[1-9][0-9]{0,11})(.[0-9]{1,6})?`, a column that is not ours printable ASCII without a quote.
 * Such a line has nothing left to guess for any CSV reader: no quote, no empty field, no overflow, no coercion.
 * The check is a table of transitions, one look-up a byte; all other lines go through line.ts.
 */
import { REVENUE_DECIMALS, REVENUE_WHOLE_DIGITS, SAFE_ID_DIGITS } from '../columns.ts'
import type { FieldKind, LineEnd } from './header.ts'

const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const COMMA = 44
const POINT = 46
const ZERO = 48
const NINE = 57

/** Between lines. */
const START = 0
/** This line is not clean. */
const DIRTY = 1

/** For state s and byte b, `table[s * 256 + b]` is the next state. */
export type Automaton = Uint16Array

/** How far {@link runAutomaton} got. */
export interface CleanRun {
  /** Clean lines from the start on. */
  readonly lines: number
  /** Where the first line that is not clean begins; the block's length if there is none. */
  readonly end: number
}

/**
 * Builds the transitions for lines with these fields.
 *
 * @param kinds - One a field, in the file's order.
 */
export function compileAutomaton(kinds: readonly FieldKind[], lineEnd: LineEnd): Automaton {
  const states = new States()
  let start = START
  kinds.forEach((kind, index) => {
    const last = index === kinds.length - 1
    const next = last ? START : states.add()
    const ends = FIELDS[kind](states, start)
    for (const end of ends) {
      if (!last) states.on(end, COMMA, COMMA, next)
      else if (lineEnd === '\n') states.on(end, LINE_FEED, LINE_FEED, START)
      else states.on(end, CARRIAGE_RETURN, CARRIAGE_RETURN, states.lineFeedAfterReturn())
    }
    start = next
  })
  return states.table()
}

/**
 * Follows the lines of a block up to the first that is not clean.
 *
 * @param block - Whole lines; only the last may lack its line end.
 * @param start - Where a line begins.
 */
export function runAutomaton(automaton: Automaton, block: Uint8Array, start: number): CleanRun {
  const length = block.length
  let state = START
  let lines = 0
  let lineStart = start
  for (let index = start; index < length; index += 1) {
    state = automaton[(state << 8) | (block[index] as number)] as number
    if (state > DIRTY) continue
    if (state === DIRTY) return { lines, end: lineStart }
    lines += 1
    lineStart = index + 1
  }
  if (state === START) return { lines, end: length }
  return endsClean(automaton, state) ? { lines: lines + 1, end: length } : { lines, end: lineStart }
}

/** A last line without its line end is clean if the line end would have been all it lacks. */
function endsClean(automaton: Automaton, state: number): boolean {
  if (automaton[(state << 8) | LINE_FEED] === START) return true
  const afterReturn = automaton[(state << 8) | CARRIAGE_RETURN] as number
  return afterReturn > DIRTY && automaton[(afterReturn << 8) | LINE_FEED] === START
}

/** Adds the states of one field behind `start` and gives those in which the field may end. */
type AddField = (states: States, start: number) => number[]

const FIELDS: Readonly<Record<FieldKind, AddField>> = {
  id: (states, start) => addDigits(states, start, SAFE_ID_DIGITS),
  revenue: addRevenue,
  other: addOther,
}

/** One digit from 1 to 9, then up to `most - 1` more. */
function addDigits(states: States, start: number, most: number): number[] {
  const ends: number[] = []
  let previous = start
  for (let digit = 1; digit <= most; digit += 1) {
    const state = states.add()
    states.on(previous, digit === 1 ? ZERO + 1 : ZERO, NINE, state)
    ends.push(state)
    previous = state
  }
  return ends
}

function addRevenue(states: States, start: number): number[] {
  const zero = states.add()
  states.on(start, ZERO, ZERO, zero)
  const wholes = [zero, ...addDigits(states, start, REVENUE_WHOLE_DIGITS)]
  const point = states.add()
  for (const whole of wholes) states.on(whole, POINT, POINT, point)
  const ends = [...wholes]
  let previous = point
  for (let decimal = 1; decimal <= REVENUE_DECIMALS; decimal += 1) {
    const state = states.add()
    states.on(previous, ZERO, NINE, state)
    ends.push(state)
    previous = state
  }
  return ends
}

/** Printable ASCII but for the quote (34) and the comma (44); may be empty. */
function addOther(states: States, start: number): number[] {
  const inside = states.add()
  for (const from of [start, inside]) {
    states.on(from, 32, 33, inside)
    states.on(from, 35, 43, inside)
    states.on(from, 45, 126, inside)
  }
  return [start, inside]
}

/** Transitions under construction; everything not set leads to DIRTY. */
class States {
  readonly #rows: Uint16Array[] = [newRow(), newRow()]
  #lineFeedAfterReturn: number | null = null

  add(): number {
    return this.#rows.push(newRow()) - 1
  }

  on(state: number, firstByte: number, lastByte: number, next: number): void {
    this.#rows[state]?.fill(next, firstByte, lastByte + 1)
  }

  lineFeedAfterReturn(): number {
    if (this.#lineFeedAfterReturn === null) {
      this.#lineFeedAfterReturn = this.add()
      this.on(this.#lineFeedAfterReturn, LINE_FEED, LINE_FEED, START)
    }
    return this.#lineFeedAfterReturn
  }

  table(): Automaton {
    const table = new Uint16Array(this.#rows.length * 256)
    this.#rows.forEach((row, state) => {
      table.set(row, state * 256)
    })
    return table
  }
}

function newRow(): Uint16Array {
  return new Uint16Array(256).fill(DIRTY)
}
