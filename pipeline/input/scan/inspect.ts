import { stat } from 'node:fs/promises'
import type { List, Table } from '../../../contract/schema.ts'
import { isSystemError, PipelineError } from '../../base/errors.ts'
import { countRead, type MeterCounts } from '../../base/meter.ts'
import { isPacked } from '../packing.ts'
import type { AcceptedRows } from './accepted-rows.ts'
import { type FileDigest, type FileEnd, readBlocks } from './blocks.ts'
import { readCleanLines } from './clean-lines.ts'
import { describeForeignFile } from './file-kind.ts'
import { findHeaderBelow, type Header, headerEnd, isNumber, parseHeader } from './header.ts'
import { quote } from './header-fault.ts'
import { type LinesDigest, LinesHash, startsWithBom } from './lines-digest.ts'
import { findReadLength } from './read-length.ts'

const LINE_FEED = 10

/** How far from its beginning a file is searched for a header that is not its first line. */
const HEADER_SEARCH_BYTES = 16 << 10

/** What one pass over a file tells, without keeping any of it. */
export interface Inspection extends FileDigest, LinesDigest {
  readonly header: Header
  /** Lines after the header, counted without regard to what they mean. */
  readonly rows: number
  /** Every line is clean (clean-lines.ts): no row has to be looked at twice, and any CSV reader reads the same rows. */
  readonly isClean: boolean
  /** The last line has its line end. */
  readonly isFinished: boolean
  /** Bytes that were read, unpacked if the file is packed; null = all. A later pass reads so many again. */
  readonly readLength: number | null
  /** Changes whenever the file is written. */
  readonly stamp: string
}

/** A file to inspect. */
export interface InspectTask {
  readonly path: string
  readonly table: Table | List
  /** Names in the file to the columns that are meant. */
  readonly renames?: Readonly<Record<string, string>>
  /** A packed file that is longer when unpacked is refused. */
  readonly mostUnpackedBytes?: number
  /** Of the file when it was found: what is appended later is not read. */
  readonly bytes?: number
  /** As in the manifest: lines beyond are not read. */
  readonly linesBytes?: number
  /** Counts what is read. */
  readonly counts?: MeterCounts
}

/** Where rows go that are read on the way. */
export interface RowsTarget {
  /** Called with the file's header. */
  open(header: Header): AcceptedRows
  /** Called after each block. */
  flush(): Promise<void>
}

/**
 * Hashes a file, reads its header, counts its lines, and proves it clean or not, in one pass.
 *
 * @param rows - Gets the rows in the same pass, up to the first line that is not clean.
 * @throws {PipelineError} If it cannot be read, is empty, lacks a column, or changes meanwhile. The message lacks the
 * file's name.
 */
export async function inspectFile(
  task: InspectTask,
  rows: RowsTarget | null = null,
): Promise<Inspection> {
  const stamp = await fileStamp(task.path)
  let end: FileEnd | null = null
  let lines: LineInspector | null = null
  let linesHash: LinesHash | null = null
  const isFilePacked = isPacked(task.path)
  const isSegmentCut = task.renames?.event === undefined
  const length = await findLength({ ...task, isSegmentCut })
  const blocks = readBlocks(task.path, (read) => (end = read), task.mostUnpackedBytes, length)
  for await (const block of blocks) {
    const start = lines === null ? headerEnd(block) : 0
    if (lines === null) {
      lines = inspectHeader(task, block, rows)
      const isLfForm = !isFilePacked && lines.header.lineEnd === '\n' && !startsWithBom(block)
      linesHash = isLfForm ? null : new LinesHash(lines.header.lineEnd)
    }
    const rowsBefore = lines.rows
    lines.read(block, start)
    linesHash?.add(block)
    // The blocks of a packed file are larger than what was read of it.
    const bytes = isFilePacked ? 0 : block.length
    if (task.counts !== undefined) countRead(task.counts, bytes, lines.rows - rowsBefore)
    await rows?.flush()
  }
  if (lines === null || end === null) {
    throw new PipelineError('is empty, a table without rows needs its header line')
  }
  const { bytes, sha256, sha256WithLineFeed } = end as FileEnd
  if (task.counts !== undefined && isFilePacked) countRead(task.counts, bytes, 0)
  lines.accepted?.finish()
  await assertOnlyGrown(task.path, stamp)
  const { header, rows: rowCount, isClean, isFinished } = lines
  if (rowCount === 0) assertNamesOnly(header)
  const ownLines: LinesDigest = isFinished
    ? { linesBytes: bytes, linesSha256: sha256 }
    : { linesBytes: bytes + 1, linesSha256: sha256WithLineFeed }
  const linesDigest = linesHash?.finish() ?? ownLines
  const readLength = Number.isFinite(length) ? length : null
  const known = isWhole(task, stamp) ? stamp : `${stamp}-in-part`
  const counted = { header, rows: rowCount, isClean, isFinished, readLength }
  return { bytes, sha256, ...linesDigest, ...counted, stamp: known }
}

/** A file that was read in part must not be taken for known when it is read again. */
function isWhole({ path, bytes, linesBytes }: InspectTask, stamp: string): boolean {
  if (linesBytes !== undefined) return false
  return bytes === undefined || isPacked(path) || Number(stamp.split('-')[0]) <= bytes
}

async function findLength(task: InspectTask & { readonly isSegmentCut: boolean }): Promise<number> {
  try {
    return await findReadLength(task.path, task)
  } catch (error) {
    if (error instanceof PipelineError || !isSystemError(error)) throw error
    throw new PipelineError(`cannot be read (${error.code})`)
  }
}

/** What was appended meanwhile was not read; anything else means that nobody knows what was. */
async function assertOnlyGrown(path: string, before: string): Promise<void> {
  const after = await fileStamp(path)
  if (after === before) return
  const [size, , , inode] = before.split('-')
  const [sizeAfter, , , inodeAfter] = after.split('-')
  if (!isPacked(path) && inodeAfter === inode && Number(sizeAfter) > Number(size)) return
  throw changed()
}

/** Where nothing but the header ends with a line feed, the rows may be in it. */
function assertNamesOnly({ names }: Header): void {
  const number = names.find(isNumber)
  if (number === undefined) return
  throw new PipelineError(
    `has one line only, and it names a column by a number, are line feeds missing? ${JSON.stringify(number)}`,
  )
}

function inspectHeader(task: InspectTask, block: Buffer, rows: RowsTarget | null): LineInspector {
  const foreign = describeForeignFile(block, isPacked(task.path))
  if (foreign !== null) throw new PipelineError(foreign)
  const header = readHeader(task, block)
  return new LineInspector(header, rows?.open(header) ?? null)
}

function readHeader({ table, renames }: InspectTask, block: Buffer): Header {
  const line = block.subarray(0, headerEnd(block))
  try {
    return parseHeader(line, table, renames)
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    const lines = block.toString('utf8', 0, HEADER_SEARCH_BYTES).split('\n')
    const place = findHeaderBelow(lines, table, renames)
    if (place === null) throw error
    const above = place === 2 ? 'line 1' : `lines 1 to ${place - 1}`
    throw new PipelineError(
      `the header stands in line ${place}, remove ${above}: ${quote(lines[0] ?? '')}`,
    )
  }
}

/** Keeps what is known from block to block. */
class LineInspector {
  readonly header: Header
  readonly accepted: AcceptedRows | null
  rows = 0
  isClean = true
  isFinished = true

  constructor(header: Header, accepted: AcceptedRows | null) {
    this.header = header
    this.accepted = accepted
  }

  /** Reads the lines of a block from `start` on. */
  read(block: Buffer, start: number): void {
    this.isFinished = block.at(-1) === LINE_FEED
    const end = this.isClean ? this.#readClean(block, start) : start
    this.isClean = this.isClean && end === block.length
    if (!this.isClean) this.rows += countLines(block, end)
  }

  #readClean(block: Buffer, start: number): number {
    const run = this.accepted?.readClean(block, start) ?? readCleanLines(this.header, block, start)
    this.rows += run.lines
    return run.end
  }
}

/** Tells whether a file was written since: its size, time of change and inode in one text. */
export async function fileStamp(path: string): Promise<string> {
  try {
    const { size, mtimeNs, ctimeNs, ino } = await stat(path, { bigint: true })
    return [size, mtimeNs, ctimeNs, ino].join('-')
  } catch (error) {
    throw new PipelineError(`cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

/**
 * Makes sure that a file, read again, has the bytes that were inspected.
 *
 * @throws {PipelineError} If it changed meanwhile. The message lacks the file's name.
 */
export function assertSameFile(inspection: Inspection, digest: FileDigest | null): void {
  if (digest?.sha256 !== inspection.sha256) throw changed()
}

/** Reads a file once more, as far as it was read when it was inspected. */
export function readAgain(
  { path, inspection }: { readonly path: string; readonly inspection: Inspection },
  onEnd: (end: FileEnd) => void,
): AsyncGenerator<Buffer> {
  const length = inspection.readLength ?? Number.POSITIVE_INFINITY
  return readBlocks(path, onEnd, Number.POSITIVE_INFINITY, length)
}

function changed(): PipelineError {
  return new PipelineError('changed while it was read, build again when it is complete')
}

function countLines(block: Buffer, start: number): number {
  let lines = 0
  for (let next = block.indexOf(LINE_FEED, start); next !== -1; ) {
    lines += 1
    next = block.indexOf(LINE_FEED, next + 1)
  }
  const isCutOff = block.length > start && block.at(-1) !== LINE_FEED
  return isCutOff ? lines + 1 : lines
}
