/** A log that grows, read line by line into the counts. */
import type { Stats } from 'node:fs'
import { type FileHandle, stat } from 'node:fs/promises'
import { openRegularFile } from '../../contract/small-file.ts'
import { PipelineError } from '../base/errors.ts'
import { isPacked } from '../input/packing.ts'
import { findRenames } from '../input/renames.ts'
import { readBlocks } from '../input/scan/blocks.ts'
import { inspectFile } from '../input/scan/inspect.ts'
import type { AddResult } from '../state/dataset-part.ts'
import type { FileName, Place } from '../state/file-counts.ts'
import { compareLog, type LogComparison, type LogContext, readOutcome } from './log-comparison.ts'

/** Read and counted at once: some milliseconds, in which nothing else is done. */
const CHUNK_BYTES = 1 << 18
/** As in a batch: a line that is longer has lost its line ends. */
const MAX_LINE_BYTES = 1 << 20
/** Bytes before the place that are looked at with each reading: they tell most files that were written anew. */
const TAIL_BYTES = 64
const LINE_FEED = 10
/** A file that has not grown for so long, in milliseconds, is looked at less often. */
const ACTIVE_MS = 60_000

/** How much of its file a writer says is on disk for good, in bytes; Infinity = to its last line end. */
export type Committed = number

/** What of a file was seen when it was read last. */
interface Seen {
  readonly size: number
  readonly mtimeMs: number
  readonly inode: number
}

/** A log and the place up to which its lines are counted. */
export class LogFile {
  readonly name: FileName
  /** Its lines are those of another log, and do not count. */
  readonly isDuplicate: boolean
  fullPath: string
  /** Why nothing more of it is read: a batch would refuse it as a whole. */
  refusal: string | null = null
  /** Bytes that are read, unpacked if the file is packed. */
  offset = 0
  nextLine = 1
  #tail: Buffer = Buffer.alloc(0)
  #seen: Seen | null = null
  /** A packed file that is read to its end. */
  #isDone = false
  #grewAtMs = Number.NEGATIVE_INFINITY
  #comparison: LogComparison | null = null

  constructor(name: FileName, fullPath: string, isDuplicate: boolean) {
    this.name = name
    this.fullPath = fullPath
    this.isDuplicate = isDuplicate
  }

  /**
   * Gets ready to go on behind lines that are counted already.
   *
   * @param isWhole - A packed file has no lines behind them.
   * @returns Goes on there; null if the file is not there any more.
   */
  async prepare(
    { bytes, nextLine }: Pick<Place, 'bytes' | 'nextLine'>,
    isWhole: boolean,
  ): Promise<(() => void) | null> {
    const isFilePacked = isPacked(this.fullPath)
    const file = await openRegularFile(this.fullPath).catch(() => null)
    if (file === null) return null
    try {
      const { size, mtimeMs, ino: inode } = await file.stat()
      const start = Math.max(0, bytes - TAIL_BYTES)
      const tail = isFilePacked ? Buffer.alloc(0) : await readAt(file, start, bytes - start)
      return () => {
        this.offset = bytes
        this.nextLine = nextLine
        this.#tail = tail
        if (isFilePacked) this.#isDone = isWhole
        else this.#seen = { size: bytes, mtimeMs: size === bytes ? mtimeMs : 0, inode }
      }
    } finally {
      await file.close()
    }
  }

  /** Whether it grew lately. */
  isActive(nowMs: number): boolean {
    return nowMs - this.#grewAtMs < ACTIVE_MS || this.#seen === null
  }

  /** Whether it is not known yet if it still has the lines that were counted: until then nothing of it is read. */
  get isCompared(): boolean {
    return this.#comparison !== null
  }

  /** Waits until that can be told by the next reading. */
  async compared(): Promise<void> {
    await this.#comparison?.ended
  }

  get inode(): number | undefined {
    return this.#seen?.inode
  }

  /** The file was renamed, packed or unpacked: the lines are looked at once more where it lies now. */
  moveTo(fullPath: string): void {
    if (fullPath === this.fullPath) return
    this.fullPath = fullPath
    this.#seen = null
    this.#isDone = false
  }

  /**
   * Reads the whole lines that are new.
   *
   * @returns Null if the file is not there, or not whole yet.
   * @throws {PipelineError} If the file shrank, or lines that are counted changed; or memory ends.
   */
  async read(
    context: LogContext,
    committed: Committed = Number.POSITIVE_INFINITY,
  ): Promise<AddResult | null> {
    if (this.refusal !== null || this.#isDone) return NOTHING
    // Most looks find nothing new, and opening a file takes longer than asking for its size.
    const status = await stat(this.fullPath).catch(() => null)
    if (status !== null && isSame(describeSeen(status), this.#seen)) return NOTHING
    const file = await openRegularFile(this.fullPath).catch(() => null)
    if (file === null) return null
    try {
      const seen = describeSeen(await file.stat())
      const { size } = seen
      if (isSame(seen, this.#seen)) return NOTHING
      if (this.offset > 0 && !(await this.#isContinued(file, seen))) {
        const { name, fullPath } = this
        const moved = { name, fullPath, inode: seen.inode }
        this.#comparison = compareLog(moved, context, this.#comparison)
        const outcome = readOutcome(this.#comparison)
        if (outcome === null) return NOTHING
        this.#comparison = null
        this.#isDone = outcome === 'equal'
        if (outcome !== 'continued') return NOTHING
      }
      this.#comparison = null
      const result = isPacked(this.fullPath)
        ? await this.#readPacked(context)
        : await this.#readPlain(file, context, Math.min(size, committed))
      // What lies beyond what is committed is looked at again, grown or not.
      this.#seen = size > committed ? { ...seen, size: committed, mtimeMs: 0 } : seen
      return result
    } finally {
      await file.close()
    }
  }

  /** The same file, at least as long, with the same bytes before the place. */
  async #isContinued(file: FileHandle, { size, inode }: Seen): Promise<boolean> {
    if (isPacked(this.fullPath) || inode !== this.#seen?.inode || size < this.offset) return false
    if (size === this.#seen.size) return false
    const tail = await readAt(file, this.offset - this.#tail.length, this.#tail.length)
    return tail.equals(this.#tail)
  }

  async #readPlain(file: FileHandle, context: LogContext, end: number): Promise<AddResult> {
    const total = { ...NOTHING }
    let wanted = CHUNK_BYTES
    while (this.offset < end && this.refusal === null) {
      const chunk = await readAt(file, this.offset, Math.min(wanted, end - this.offset))
      const length = chunk.lastIndexOf(LINE_FEED) + 1
      if (length > 0) {
        this.#add(context, chunk.subarray(0, length), total)
        wanted = CHUNK_BYTES
        continue
      }
      if (chunk.length > MAX_LINE_BYTES) this.refusal = `${this.fullPath}: ${LONG_LINE}`
      if (chunk.length < wanted) break
      // A long line: it is asked for whole.
      wanted *= 2
    }
    return total
  }

  /** It is read once, when it is whole. */
  async #readPacked(context: LogContext): Promise<AddResult | null> {
    const { table } = this.name
    const task = { path: this.fullPath, table, renames: findRenames(table, context.renames) }
    // A file that is half uploaded is not there yet.
    const isWhole = await inspectFile(task).then(
      () => true,
      (error) => {
        if (error instanceof PipelineError) return false
        throw error
      },
    )
    if (!isWhole) return null
    const total = { ...NOTHING }
    let left = this.offset
    for await (const block of readBlocks(this.fullPath, () => undefined)) {
      const rest = block.subarray(Math.min(left, block.length))
      left = Math.max(0, left - block.length)
      if (rest.length > 0 && this.refusal === null) this.#add(context, Buffer.from(rest), total)
    }
    this.#isDone = true
    return total
  }

  #add({ state }: LogContext, bytes: Buffer, total: { -readonly [K in keyof AddResult]: number }) {
    const { isDuplicate, nextLine: firstLine } = this
    try {
      const result = state.add({ ...this.name, firstLine, bytes, isDuplicate })
      this.nextLine = (firstLine === 1 ? 2 : firstLine) + result.lines
      for (const key of ['lines', 'accepted', 'rejected'] as const) total[key] += result[key]
    } catch (error) {
      if (!(error instanceof PipelineError) || /need more than/.test(error.message)) throw error
      this.refusal = error.message
      return
    }
    this.offset += bytes.length
    this.#grewAtMs = performance.now()
    this.#tail = Buffer.from(bytes.subarray(-TAIL_BYTES))
  }
}

const NOTHING: AddResult = { lines: 0, accepted: 0, rejected: 0 }
const LONG_LINE = 'has a line of over 1 MiB, let every row end with a line feed'

function describeSeen({ size, mtimeMs, ino: inode }: Stats): Seen {
  return { size, mtimeMs, inode }
}

function isSame(one: Seen, other: Seen | null): boolean {
  return one.size === other?.size && one.mtimeMs === other.mtimeMs && one.inode === other.inode
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}
