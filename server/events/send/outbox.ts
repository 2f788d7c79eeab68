/**
 * The segments of a collector as lines that are still to be sent, in the order of their segments. How far they are sent is
 * in a journal of its own, so that a start goes on there; what was sent in between is sent again.
 */
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import { type JournalRecord, readJournalLengths } from '../../../contract/journal.ts'
import { type Journal, openJournal } from '../../../contract/journal-writer.ts'
import type { Dataset, Table } from '../../../contract/schema.ts'
import { ignoreMissing } from '../../../contract/segments/files.ts'
import { parseSegmentPath, type SegmentName } from '../../../contract/segments/name.ts'
import { listSegments } from '../../../contract/segments/recover.ts'
import type { SentPlaces } from '../acknowledgements.ts'

/** A line of a log on its way. */
export interface OutgoingLine {
  readonly table: Table
  readonly dataset: Dataset
  /** `<run>:<counter>` */
  readonly event: string
  /** Without event and line end. */
  readonly value: string
  /** Of a click: the session that gave its id. */
  readonly writer: string
}

/** Some lines, and how far they are all of them. */
export interface OutgoingLines extends SentPlaces {
  readonly lines: readonly OutgoingLine[]
}

interface Segment extends SegmentName {
  readonly path: string
  readonly isPacked: boolean
  /** Bytes that are on disk for good; null = it gets no more lines. */
  readonly committed: number | null
}

/** Bytes that are read at once: some thousand lines. */
const CHUNK_BYTES = 1 << 17
/** Room for some lines at least. */
const LEAST_BYTES = 1 << 12
/** Before the session's name. */
const WRITER = 'collect.'
/** Milliseconds between two times that the places are put on disk: a kill makes us send again what came since. */
const SAVE_MS = 200
const LINE_FEED = '\n'
const GZ = /\.gz$/

/** What is to be sent of a folder. Its owner has the lock of the collector. */
export class Outbox {
  readonly #folder: string
  readonly #journal: Journal
  /** Segments with a lower number are sent. */
  #below: number
  #places: Readonly<Record<string, number>>
  /** Segments that get no more lines and are sent. */
  readonly #done = new Set<string>()
  #isSaved = true
  #saveDueMs = 0

  private constructor(folder: string, journal: Journal, last: JournalRecord | null) {
    this.#folder = folder
    this.#journal = journal
    this.#below = Number(last?.below ?? 0)
    this.#places = (last?.places ?? {}) as Record<string, number>
  }

  /** @throws {NodeJS.ErrnoException} If the file system refuses. */
  static async open(folder: string): Promise<Outbox> {
    const { journal, last } = await openJournal(join(folder, '.collect/sent'))
    return new Outbox(folder, journal, last)
  }

  /** The next lines: some of each segment, as far as it is on disk for good. None: all of that is sent. */
  async next(): Promise<OutgoingLines> {
    const lines: OutgoingLine[] = []
    const places: Record<string, number> = {}
    let first = Number.POSITIVE_INFINITY
    let left = CHUNK_BYTES
    for (const segment of await this.#list()) {
      if (this.#done.has(segment.path)) continue
      const from = this.#places[segment.path] ?? 0
      const text = await readFrom(join(this.#folder, segment.path), segment, { from, most: left })
      const end = text.lastIndexOf(LINE_FEED) + 1
      if (end === 0 && segment.committed === null) {
        this.#done.add(segment.path)
        continue
      }
      first = Math.min(first, segment.number)
      if (end === 0) continue
      lines.push(...parse(segment, text.slice(0, end), from === 0))
      places[segment.path] = from + end
      left -= end
      if (left < LEAST_BYTES) break
    }
    return { lines, places, first }
  }

  /** Says that lines are sent. */
  confirm({ places }: OutgoingLines): void {
    this.#places = { ...this.#places, ...places }
    this.#isSaved = false
  }

  /**
   * Puts on disk for good how far lines are sent, a few times a second at most.
   *
   * @throws {NodeJS.ErrnoException} If the file system refuses.
   */
  async saveWhenDue(): Promise<void> {
    if (performance.now() >= this.#saveDueMs) await this.#save()
  }

  async #save(): Promise<void> {
    if (this.#isSaved) return
    this.#saveDueMs = performance.now() + SAVE_MS
    await this.#forgetDone()
    await this.#journal.append({ lengths: {}, below: this.#below, places: this.#places })
    this.#isSaved = true
  }

  /** @throws {NodeJS.ErrnoException} If the file system refuses. */
  async close(): Promise<void> {
    await this.#save().finally(() => this.#journal.close())
  }

  /** Files first, then the journal: a segment is named in it before it is there. */
  async #list(): Promise<readonly Segment[]> {
    const isOwn = ({ writer, number }: SegmentName) =>
      writer.startsWith(WRITER) && number >= this.#below
    const files = await listSegments(this.#folder, isOwn)
    const lengths = await readJournalLengths(join(this.#folder, '.collect/journal'))
    const segments = new Map<string, Segment>()
    for (const file of files) {
      const path = file.replace(GZ, '')
      const name = parseSegmentPath(path)
      const isPacked = file !== path
      if (name === null || (isPacked && segments.has(path))) continue
      segments.set(path, { ...name, path, isPacked, committed: lengths.get(path) ?? null })
    }
    return [...segments.values()].sort((a, b) => a.number - b.number)
  }

  /** The lowest segments that get no more lines and are sent whole need no place any more. */
  async #forgetDone(): Promise<void> {
    if (this.#done.size === 0) return
    const places = { ...this.#places }
    for (const { path, number } of await this.#list()) {
      if (!this.#done.delete(path)) break
      this.#below = number + 1
      delete places[path]
    }
    this.#places = places
  }
}

function parse({ table, dataset, writer }: Segment, text: string, hasHeader: boolean) {
  const rows = text.slice(0, -1).split(LINE_FEED)
  return rows.slice(hasHeader ? 1 : 0).map((row): OutgoingLine => {
    const comma = row.indexOf(',')
    const own = { table, dataset, writer: writer.slice(WRITER.length) }
    return { ...own, event: row.slice(0, comma), value: row.slice(comma + 1) }
  })
}

/** A part of a segment from a place on, at most to what is committed; of a packed one it may be more than asked. */
async function readFrom(
  full: string,
  { isPacked, committed }: Segment,
  { from, most }: { readonly from: number; readonly most: number },
): Promise<string> {
  if (isPacked) return readPacked(`${full}.gz`, from)
  const size = (await stat(full).catch(ignoreMissing))?.size ?? 0
  const length = Math.min(most, Math.min(committed ?? size, size) - from)
  if (length <= 0) return ''
  const file = await open(full)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Packed segments are those of a day before, or of a machine that was away: they are unpacked up to the place each time. */
async function readPacked(full: string, from: number): Promise<string> {
  let at = 0
  let text = ''
  for await (const chunk of createReadStream(full).pipe(createGunzip())) {
    const bytes = chunk as Buffer
    const skipped = Math.min(bytes.length, Math.max(0, from - at))
    text += bytes.toString('latin1', skipped)
    at += bytes.length
    if (text.length >= CHUNK_BYTES) break
  }
  return text
}
