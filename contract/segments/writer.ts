/**
 * The segments of a writer, and its journal:
 *
 *     append(key, lines)  ──►  written to the open segment of that dataset, table and writer
 *     commit(more)        ──►  segments fsynced, then one record: their lengths, and what else the writer keeps
 *
 * A kill between two commits leaves lines behind the last record's lengths. At the next start the writer cuts them off
 * (recover.ts) and goes on from what the record says; or it looks at them first and
 * keeps what is whole. Then it opens this with the record, its `lengths` set to what was kept.
 *
 * Its owner holds the lock of the journal's folder. Calls of `append` follow one another, as do those of `commit`; an
 * append may begin while a commit is under way.
 */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { JournalRecord } from '../journal.ts'
import type { Journal } from '../journal-writer.ts'
import type { Table } from '../schema.ts'
import { createSegmentFile, ignoreMissing } from './files.ts'
import { formatSegmentPath, parseSegmentPath, type SegmentKey } from './name.ts'

/** Bytes of a segment after which the next one begins. */
const MAX_BYTES = 256_000_000
/** A file that is gone is not made anew. */
const APPEND = constants.O_WRONLY | constants.O_APPEND

/** How segments are written. */
export interface SegmentOptions {
  /** The input folder. */
  readonly input: string
  readonly journal: Journal
  /** Of each table, `event` first. */
  readonly columns: Readonly<Record<Table, readonly string[]>>
  /** The journal's last record, after its segments were cut to its lengths: they are gone on with. */
  readonly last: JournalRecord | null
  readonly maxBytes?: number
}

interface Segment {
  readonly path: string
  readonly key: string
  readonly day: string
  readonly handle: FileHandle
  written: number
  committed: number
  isClosing: boolean
}

/** What a commit has done. */
export interface Commit {
  /** Paths of the segments that get no more lines: they may be packed (pack.ts). */
  readonly closed: readonly string[]
}

/** Lines of a segment. */
export interface Appended {
  /** Of the segment, below the input folder. */
  readonly path: string
  /** Bytes of the segment up to the end of the last line. */
  readonly end: number
}

/** A disk, or a quota, that is full: what was to be appended is not there, not even in part. */
export class DiskFullError extends Error {
  override readonly name = 'DiskFullError'
}

/** Whether the file system has no space left for what was written. */
function isDiskFull({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** The segments of one journal. */
export class SegmentWriter {
  readonly #options: SegmentOptions
  readonly #segments = new Set<Segment>()
  readonly #open = new Map<string, Segment>()
  /** Named in the journal, not yet made. */
  readonly #named = new Set<string>()
  #more: Readonly<Record<string, unknown>>
  #nextNumber: number
  #journaling: Promise<void> = Promise.resolve()

  private constructor(options: SegmentOptions) {
    this.#options = options
    const { lengths: _, next = 1, ...more } = options.last ?? { lengths: {} }
    this.#more = more
    this.#nextNumber = Number(next)
  }

  /**
   * Opens the segments that the journal's last record names.
   *
   * @throws {NodeJS.ErrnoException} If the file system refuses.
   */
  static async open(options: SegmentOptions): Promise<SegmentWriter> {
    const writer = new SegmentWriter(options)
    for (const [path, bytes] of Object.entries(options.last?.lengths ?? {})) {
      if (bytes > 0) await writer.#goOn(path, bytes)
    }
    return writer
  }

  /**
   * Writes whole lines, each with its line end.
   *
   * @param day - UTC: the first lines of a new day close the segment of the day before.
   * @returns Where the lines are.
   * @throws {DiskFullError} If the disk is full: nothing of `lines` is there, and the owner may go on.
   * @throws {NodeJS.ErrnoException} If the file system refuses. Then nobody knows what was written: the owner begins anew.
   */
  async append(key: SegmentKey, day: string, lines: Buffer): Promise<Appended> {
    const segment = await this.#find(key, day)
    await writeAll(segment.handle, lines).catch(async (error: NodeJS.ErrnoException) => {
      if (!isDiskFull(error)) throw error
      await segment.handle.truncate(segment.written)
      throw new DiskFullError(segment.path, { cause: error })
    })
    segment.written += lines.length
    return { path: segment.path, end: segment.written }
  }

  /**
   * Says in the journal what else the writer keeps, before its first segment.
   *
   * @throws {NodeJS.ErrnoException} If the file system refuses.
   */
  async begin(more: Readonly<Record<string, unknown>>): Promise<void> {
    this.#more = more
    await this.#record()
  }

  /** Tells whether the journal names a segment. */
  isOpen(path: string): boolean {
    return [...this.#segments].some((segment) => segment.path === path)
  }

  /** Lets segments of other days get no more lines. */
  closeOtherDays(day: string): void {
    for (const [key, segment] of this.#open) if (segment.day !== day) this.#retire(key, segment)
  }

  /**
   * Puts on disk what was appended before, then says so in the journal.
   *
   * @param more - Stands in the record beside `lengths`; belongs to what was appended before.
   * @throws {NodeJS.ErrnoException} As {@link append}.
   */
  async commit(more: Readonly<Record<string, unknown>>): Promise<Commit> {
    const cut = [...this.#segments].map((segment) => ({
      ...{ segment, written: segment.written, isClosing: segment.isClosing },
    }))
    const changed = cut.filter(({ segment, written }) => written > segment.committed)
    await Promise.all(changed.map(({ segment }) => segment.handle.datasync()))
    for (const { segment, written } of changed) segment.committed = written
    const closed = cut.filter(({ isClosing }) => isClosing).map(({ segment }) => segment)
    for (const segment of closed) this.#segments.delete(segment)
    this.#more = more
    await this.#record()
    for (const { handle } of closed) await handle.close()
    return { closed: closed.map(({ path }) => path) }
  }

  /** Lets go of all files; what was not committed is cut off at the next start. */
  async close(): Promise<void> {
    for (const { handle } of this.#segments) await handle.close()
    this.#segments.clear()
    this.#open.clear()
  }

  async #find(key: SegmentKey, day: string): Promise<Segment> {
    const name = formatKey(key)
    const known = this.#open.get(name)
    const { maxBytes = MAX_BYTES } = this.#options
    if (known !== undefined && known.day === day && known.written < maxBytes) return known
    if (known !== undefined) this.#retire(name, known)
    return this.#create(name, { ...key, day, number: this.#nextNumber })
  }

  #retire(name: string, segment: Segment): void {
    this.#open.delete(name)
    segment.isClosing = true
  }

  async #create(key: string, name: SegmentKey & { day: string; number: number }): Promise<Segment> {
    const { input, columns } = this.#options
    const path = formatSegmentPath(name)
    this.#nextNumber += 1
    this.#named.add(path)
    await this.#record()
    const header = `${columns[name.table].join()}\n`
    const handle = await createSegmentFile(input, path, header)
    this.#named.delete(path)
    const written = Buffer.byteLength(header)
    return this.#keep({ path, key, day: name.day, handle, written, committed: 0, isClosing: false })
  }

  async #goOn(path: string, bytes: number): Promise<void> {
    const name = parseSegmentPath(path)
    if (name === null) return
    const handle = await open(join(this.#options.input, path), APPEND).catch(ignoreMissing)
    if (handle === null) return
    const key = formatKey(name)
    this.#keep({
      ...{ path, key, day: name.day, handle, written: bytes, committed: bytes, isClosing: false },
    })
  }

  #keep(segment: Segment): Segment {
    this.#segments.add(segment)
    this.#open.set(segment.key, segment)
    return segment
  }

  /** Says what is on disk at the moment of the writing: records never overlap. */
  #record(): Promise<void> {
    const write = async () => {
      const committed = [...this.#segments].map(({ path, committed: bytes }) => [path, bytes])
      const named = [...this.#named].map((path) => [path, 0])
      const lengths = Object.fromEntries([...committed, ...named])
      await this.#options.journal.append({ ...this.#more, next: this.#nextNumber, lengths })
    }
    const next = this.#journaling.then(write)
    this.#journaling = next.catch(() => undefined)
    return next
  }
}

function formatKey({ dataset, table, writer }: SegmentKey): string {
  return `${dataset} ${table} ${writer}`
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at)
    at += bytesWritten
  }
}
