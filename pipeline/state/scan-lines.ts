/** Lines of one file to rows, by the rules of the batch: clean lines are parsed here, all others by its parseLine. */
import type { Table } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import { COLUMNS, REVENUE_DECIMALS } from '../input/columns.ts'
import { readCleanLines } from '../input/scan/clean-lines.ts'
import type { Header } from '../input/scan/header.ts'
import { parseLine, rejectText } from '../input/scan/line.ts'
import type { LineReject, ScannedRows } from './scanned-rows.ts'

const LINE_FEED = 10
const SPACE = 32
const COMMA = 44
const POINT = 46
const ZERO = 48

/** So many digits are exact in a number. */
const EXACT_DIGITS = 15
const SHOWN = 120

/** Place of a field in the table's columns; none for a column that is not ours. */
const NOT_OURS = -1

/** Reads the lines of one file, batch by batch. */
export class LineScanner {
  readonly #table: Table
  readonly #header: Header
  /** For each field of the file its column of the table. */
  readonly #columns: Int8Array
  readonly #isRevenue: boolean
  /** The first line that looks like the header of a second table. */
  #secondHeader: LineReject | null

  constructor(table: Table, header: Header, secondHeader: LineReject | null = null) {
    this.#secondHeader = secondHeader
    this.#table = table
    this.#header = header
    this.#columns = Int8Array.from(header.kinds, (_, place) => header.positions.indexOf(place))
    this.#isRevenue = COLUMNS[table].some(({ kind }) => kind === 'revenue')
  }

  get secondHeader(): LineReject | null {
    return this.#secondHeader
  }

  /**
   * Adds the rows and rejects of some lines.
   *
   * @param block - Whole lines; only the last of the file may lack its line end.
   * @param firstLine - Line number of the first of them.
   * @returns How many lines there are.
   * @throws {PipelineError} If the whole file cannot be trusted. The message lacks the file's name.
   */
  scan(block: Buffer, firstLine: number, into: ScannedRows): number {
    let line = firstLine
    for (let at = 0; at < block.length; ) {
      const run = readCleanLines(this.#header, block, at)
      if (run.lines > 0) {
        this.#assertOneTable()
        into.reserve(run.lines)
        this.#parseClean(block, { start: at, end: run.end, line }, into)
        line += run.lines
        at = run.end
      }
      if (at === block.length) break
      at = this.#parseOther(block, at, { line, into })
      line += 1
    }
    return line - firstLine
  }

  #parseOther(
    block: Buffer,
    start: number,
    { line, into }: { line: number; into: ScannedRows },
  ): number {
    const lineFeed = block.indexOf(LINE_FEED, start)
    const isLast = lineFeed === -1
    const end = isLast ? block.length : lineFeed
    const bytes = block.subarray(start, end)
    const context = { header: this.#header, table: this.#table, lineNumber: line, isLast }
    const parsed = parseLine(bytes, context)
    if ('values' in parsed) {
      this.#assertOneTable()
      if (parsed.isRounded) into.rounded += 1
      into.addValues(this.#table, parsed.values, line)
    } else {
      const reject = { line, reason: parsed.reason, text: rejectText(bytes) }
      if (parsed.isHeaderLike) this.#secondHeader ??= reject
      into.rejects.push(reject)
    }
    return end + 1
  }

  /** The bytes behind a field are all below the digits, so no other bound is needed. */
  #parseClean(
    block: Buffer,
    { start, end, line }: { start: number; end: number; line: number },
    into: ScannedRows,
  ): void {
    const columns = this.#columns
    const restOfLineEnd = this.#header.lineEnd.length - 1
    let at = start
    for (let row = line; at < end; row += 1) {
      for (let field = 0; field < columns.length; field += 1) {
        const column = columns[field] as number
        if (column === NOT_OURS) at = endOfOther(block, at)
        else if (this.#isRevenue && column === 2) at = parseRevenue(block, at, column, into)
        else at = parseWhole(block, at, column, into)
        at += 1
      }
      at += restOfLineEnd
      into.endRow(row)
    }
  }

  /** Rows below the header of another table may be well-formed and mean something else. */
  #assertOneTable(): void {
    if (this.#secondHeader === null) return
    const { line, text } = this.#secondHeader
    const shown = JSON.stringify(text.slice(0, SHOWN))
    throw new PipelineError(
      `line ${line} looks like the header of a second table, split the file: ${shown}`,
    )
  }
}

function endOfOther(block: Buffer, start: number): number {
  let at = start
  for (let byte = block[at] as number; byte >= SPACE && byte !== COMMA; ) {
    at += 1
    byte = block[at] as number
  }
  return at
}

function parseWhole(block: Buffer, start: number, column: number, into: ScannedRows): number {
  let at = start
  let head = 0
  const exactEnd = start + EXACT_DIGITS
  let byte = block[at] as number
  while (byte >= ZERO && at < exactEnd) {
    head = head * 10 + (byte - ZERO)
    at += 1
    byte = block[at] as number
  }
  let tail = 0
  let factor = 1
  while (byte >= ZERO) {
    tail = tail * 10 + (byte - ZERO)
    factor *= 10
    at += 1
    byte = block[at] as number
  }
  into.setDigits(column, head, tail, factor)
  return at
}

function parseRevenue(block: Buffer, start: number, column: number, into: ScannedRows): number {
  let at = start
  let whole = 0
  let byte = block[at] as number
  while (byte >= ZERO) {
    whole = whole * 10 + (byte - ZERO)
    at += 1
    byte = block[at] as number
  }
  let decimals = 0
  let missing = REVENUE_DECIMALS
  if (byte === POINT) {
    at += 1
    byte = block[at] as number
    while (byte >= ZERO) {
      decimals = decimals * 10 + (byte - ZERO)
      missing -= 1
      at += 1
      byte = block[at] as number
    }
  }
  into.setDigits(column, whole, decimals * 10 ** missing, 10 ** REVENUE_DECIMALS)
  return at
}
