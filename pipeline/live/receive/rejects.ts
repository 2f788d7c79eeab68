/**
 * What did not come in: `<input>/.receive/rejects-<day>.jsonl`, one JSON object a line. How long the file is stands in the
 * journal, so that a kill leaves neither half of a line nor one twice.
 */
import { type FileHandle, mkdir, open, readdir, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { rejectText } from '../../input/scan/line.ts'
import type { DoorReject } from './door.ts'

/** Texts of a day and reason that are written: beyond, lines are counted. A producer that is broken fills no disk. */
const MOST_TEXTS = 1_000

/** What the journal holds of rejects. */
export interface RejectsState {
  /** UTC, as `2026-11-30`. */
  readonly day: string
  /** The latest day that there ever was: another one if the clock was set back. */
  readonly latest: string
  /** Of the day's file, on disk for good. */
  readonly bytes: number
  /** Lines of the day, by reason. */
  readonly counts: Readonly<Record<string, number>>
  /** Lines of all days. */
  readonly total: number
}

/** No reject yet. */
export const NO_REJECTS: RejectsState = {
  ...{ day: '', latest: '', bytes: 0, counts: {}, total: 0 },
}

/** The file of the rejects of a day. */
export function findRejectsFile(day: string): string {
  return `rejects-${day}.jsonl`
}

/** Writes rejects. Not safe for use by several at once. */
export class RejectsFile {
  readonly #folder: string
  #state: RejectsState
  #handle: FileHandle | null = null

  private constructor(folder: string, state: RejectsState) {
    this.#folder = folder
    this.#state = state
  }

  /** Goes on where the journal says. */
  static async open(folder: string, state: RejectsState): Promise<RejectsFile> {
    const rejects = new RejectsFile(folder, state)
    await removeLater(folder, state.latest)
    if (state.day !== '') {
      const path = join(folder, findRejectsFile(state.day))
      // One that is gone or shorter was moved away by somebody: new lines go into a new one.
      const size = await sizeOf(path)
      if (size > state.bytes) await truncate(path, state.bytes)
      if (size < state.bytes) rejects.#state = { ...state, bytes: size }
    }
    return rejects
  }

  get state(): RejectsState {
    return this.#state
  }

  /**
   * Writes rejects and puts them on disk.
   *
   * @throws {NodeJS.ErrnoException} If the file system refuses.
   */
  async add(day: string, rejects: readonly DoorReject[]): Promise<void> {
    if (rejects.length === 0) return
    if (day !== this.#state.day) await this.#begin(day)
    const counts: Record<string, number> = { ...this.#state.counts }
    let text = ''
    let lines = 0
    for (const reject of rejects) {
      const before = counts[reject.reason] ?? 0
      counts[reject.reason] = before + reject.lines
      lines += reject.lines
      if (before < MOST_TEXTS) text += formatReject(reject)
    }
    const bytes = this.#state.bytes + (await this.#write(Buffer.from(text)))
    this.#state = { ...this.#state, bytes, counts, total: this.#state.total + lines }
  }

  async close(): Promise<void> {
    await this.#handle?.close()
    this.#handle = null
  }

  async #begin(day: string): Promise<void> {
    await this.close()
    const path = join(this.#folder, findRejectsFile(day))
    const latest = day > this.#state.latest ? day : this.#state.latest
    this.#state = { ...this.#state, day, latest, bytes: await sizeOf(path), counts: {} }
  }

  async #write(bytes: Buffer): Promise<number> {
    if (bytes.length === 0) return 0
    await mkdir(this.#folder, { recursive: true })
    this.#handle ??= await open(join(this.#folder, findRejectsFile(this.#state.day)), 'a')
    await this.#handle.appendFile(bytes)
    await this.#handle.datasync()
    return bytes.length
  }
}

function formatReject({
  topic,
  partition,
  offset,
  line,
  reason,
  lines,
  size,
  bytes,
}: DoorReject): string {
  const text = rejectText(bytes)
  const lost = { topic, partition, offset, line, reason, lines, bytes: size, text }
  return `${JSON.stringify(lost)}\n`
}

/** Files of days that the journal does not know: what is in them is read again. */
async function removeLater(folder: string, latest: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const day = /^rejects-(\d{4}-\d{2}-\d{2})\.jsonl$/.exec(name)?.[1]
    if (day !== undefined && day > latest) await rm(join(folder, name))
  }
}

async function sizeOf(path: string): Promise<number> {
  const handle = await open(path).catch(() => null)
  if (handle === null) return 0
  try {
    return (await handle.stat()).size
  } finally {
    await handle.close()
  }
}
