import type { List, Table } from '../../../contract/schema.ts'
import { PipelineError } from '../../base/errors.ts'
import { type AcceptedRows, openAcceptedRows, type RowsForm } from './accepted-rows.ts'
import type { FileDigest } from './blocks.ts'
import { headerEnd } from './header.ts'
import { assertSameFile, type Inspection, readAgain } from './inspect.ts'
import { type LineReason, parseLine, rejectText } from './line.ts'
import { type Sink, withSink } from './sink.ts'

const LINE_FEED = 10

/** At most this many characters of a line are shown in a message. */
const SHOWN = 120

/** A file that is not clean, and where its two halves go. */
export interface NormaliseTask {
  readonly path: string
  readonly table: Table | List
  readonly inspection: Inspection
  /** Gets the accepted rows, or the counts of impressions (accepted-rows.ts). */
  readonly rowsPath: string
  /** By default text. */
  readonly form?: RowsForm
  /** Gets one JSON object `{line, reason, text}` a line. */
  readonly rejectsPath: string
  /** Rejects beyond these are counted and not written. */
  readonly mostRejects?: number
}

/** How many lines went where; accepted + rejected = the lines after the header. */
export interface NormaliseCounts {
  accepted: number
  rejected: number
  /** Accepted with a revenue that was rounded. */
  rounded: number
  /** The first reject, for a message. */
  example: RejectExample | null
}

/** One reject to show. */
interface RejectExample {
  readonly line: number
  readonly reason: LineReason
  readonly text: string
}

/**
 * Reads a file a second time, line by line, into accepted rows and rejects.
 *
 * @throws {PipelineError} If it cannot be trusted as a whole, or changed since the inspection. The message lacks
 * the file's name.
 */
export async function normaliseFile(task: NormaliseTask): Promise<NormaliseCounts> {
  const { path, inspection, rowsPath, rejectsPath } = task
  const { counts, digest } = await withSink(rowsPath, (rows) =>
    withSink(rejectsPath, (rejects) => sortLines(task, rows, rejects)),
  )
  assertSameFile(inspection, digest)
  if (counts.accepted + counts.rejected !== inspection.rows) {
    throw new Error(`${path}: counted ${inspection.rows} lines, sorted ${JSON.stringify(counts)}`)
  }
  return counts
}

interface Sorting {
  readonly counts: NormaliseCounts
  readonly digest: FileDigest | null
}

async function sortLines(task: NormaliseTask, rows: Sink, rejects: Sink): Promise<Sorting> {
  const { header } = task.inspection
  const accepted = openAcceptedRows(task.table, { header, form: task.form ?? 'text' }, rows)
  const sorter = new LineSorter(task, accepted, rejects)
  let digest: FileDigest | null = null
  let isFirst = true
  for await (const block of readAgain(task, (end) => (digest = end))) {
    sorter.sort(block, isFirst ? headerEnd(block) : 0)
    isFirst = false
    await rows.flush()
    await rejects.flush()
  }
  accepted.finish()
  return { counts: sorter.counts, digest }
}

/** Keeps the place in the file from block to block. */
class LineSorter {
  readonly counts: NormaliseCounts = { accepted: 0, rejected: 0, rounded: 0, example: null }
  readonly #task: NormaliseTask
  readonly #rows: AcceptedRows
  readonly #rejects: Sink
  /** The first line that looks like one. */
  #secondHeader: RejectExample | null = null

  constructor(task: NormaliseTask, rows: AcceptedRows, rejects: Sink) {
    this.#task = task
    this.#rows = rows
    this.#rejects = rejects
  }

  /** Sorts the lines of a block from `start` on. */
  sort(block: Buffer, start: number): void {
    for (let position = start; position < block.length; ) {
      position = this.#addClean(block, position)
      if (position < block.length) position = this.#sortLine(block, position)
    }
  }

  #addClean(block: Buffer, start: number): number {
    const run = this.#rows.readClean(block, start)
    if (run.lines > 0) this.#accept(run.lines)
    return run.end
  }

  #sortLine(block: Buffer, start: number): number {
    const lineFeed = block.indexOf(LINE_FEED, start)
    const end = lineFeed === -1 ? block.length : lineFeed
    const line = block.subarray(start, end)
    const { header } = this.#task.inspection
    const lineNumber = this.counts.accepted + this.counts.rejected + 2
    const parsed = parseLine(line, {
      header,
      table: this.#task.table,
      lineNumber,
      isLast: lineFeed === -1,
    })
    if ('values' in parsed) {
      this.#accept(1)
      if (parsed.isRounded) this.counts.rounded += 1
      this.#rows.addRow(parsed.values)
    } else {
      const reject = { line: lineNumber, reason: parsed.reason, text: rejectText(line) }
      if (parsed.isHeaderLike) this.#secondHeader ??= reject
      this.#reject(reject)
    }
    return end + 1
  }

  /** Rows below the header of another table may be well-formed and mean something else. */
  #accept(rows: number): void {
    if (this.#secondHeader !== null) {
      const { line, text } = this.#secondHeader
      const shown = JSON.stringify(text.slice(0, SHOWN))
      throw new PipelineError(
        `line ${line} looks like the header of a second table, split the file: ${shown}`,
      )
    }
    this.counts.accepted += rows
  }

  #reject(reject: RejectExample): void {
    this.counts.rejected += 1
    this.counts.example ??= reject
    if (this.counts.rejected > (this.#task.mostRejects ?? Number.POSITIVE_INFINITY)) return
    this.#rejects.push(`${JSON.stringify(reject)}\n`)
  }
}
