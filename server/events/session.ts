/**
 * Writing into a folder, from taking its lock to letting go of it. What is broken ends the session: the next one begins with
 * what lies in the folder.
 *
 *     <DIR>/1/impressions_2026-11-30_collect.<run>-3.csv      segments: input of `pools build` and `pools follow`
 *     <DIR>/.collect/journal                                  how many bytes of each are on disk for good
 *     <DIR>/.collect/blocks/                                  blocks of click ids
 *     <DIR>/.collect/rejected-2026-11-30.jsonl                what does not count
 *     <DIR>/.collect/viewable-2026-11-30.csv                  impressions in sight for a second; no rule reads it
 *     <DIR>/.collect/decisions-2026-11-30.csv                 with which probability banners were chosen that were seen;
 *                                                             .parquet once the day is over
 */

import { mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolders } from '../../contract/folders.ts'
import { type Journal, openJournal } from '../../contract/journal-writer.ts'
import { DATASETS, type Dataset, TABLES, type Table } from '../../contract/schema.ts'
import { formatDay } from '../../contract/segments/name.ts'
import { packSegment } from '../../contract/segments/pack.ts'
import { type Appended, DiskFullError, SegmentWriter } from '../../contract/segments/writer.ts'
import { ClickIds } from './click-ids.ts'
import { DayFile } from './day-file.ts'
import { DECISIONS_HEADER } from './decisions.ts'
import type { Ledger } from './ledger.ts'
import { type FolderLock, takeLock } from './lock.ts'
import { packDecisions } from './pack-decisions.ts'
import { readBack } from './read-back.ts'
import { COLUMNS, recoverCollected } from './recover.ts'
import { createRun } from './run.ts'

/** Where what is no log lies, below the folder. */
const ASIDE = '.collect'

const DAY_MS = 86_400_000
/** Milliseconds after midnight in which lines of the day before may still be on their way. */
const LATE_MS = 600_000

/** Bytes of a day's rejected events; more are counted only. */
const MAX_REJECTED_BYTES = 256_000_000
const MAX_VIEWABLE_BYTES = 1_000_000_000
const MAX_DECISION_BYTES = 4_000_000_000

/** What a session needs. */
export interface SessionOptions {
  readonly folder: string
  readonly firstClickId: number
  readonly now: () => Date
  readonly warn: (message: string) => void
}

/** Another process collects into the folder. */
export class FolderTakenError extends Error {
  override readonly name = 'FolderTakenError'
}

/** The folder that is collected into is gone, or is another one now. */
class FolderGoneError extends Error {
  override readonly name = 'FolderGoneError'
}

/** A folder that this process writes into. */
export class Session {
  /** Names the session as no other one is named. */
  readonly run: string
  /** Number of its first segment. */
  readonly firstSegment: number
  readonly clickIds: ClickIds
  readonly rejected: DayFile
  readonly viewable: DayFile
  readonly decisions: DayFile
  readonly #options: SessionOptions
  readonly #lock: FolderLock
  readonly #journal: Journal
  readonly #writer: SegmentWriter
  readonly #inode: number
  readonly #stopping = new AbortController()
  #packing: Promise<void> = Promise.resolve()
  /** Decisions before it are packed. */
  #packedDay = ''

  private constructor(
    options: SessionOptions,
    opened: {
      run: string
      firstSegment: number
      lock: FolderLock
      journal: Journal
      writer: SegmentWriter
      inode: number
    },
  ) {
    const folder = join(options.folder, ASIDE)
    this.run = opened.run
    this.firstSegment = opened.firstSegment
    this.#options = options
    this.#lock = opened.lock
    this.#journal = opened.journal
    this.#writer = opened.writer
    this.#inode = opened.inode
    this.clickIds = new ClickIds(join(folder, 'blocks'), options.firstClickId)
    this.rejected = new DayFile({
      ...{ folder, name: 'rejected', ending: 'jsonl', maxBytes: MAX_REJECTED_BYTES },
    })
    this.viewable = new DayFile({
      ...{ folder, name: 'viewable', ending: 'csv', maxBytes: MAX_VIEWABLE_BYTES },
      header: 'event,banner_id,campaign_id,dataset',
    })
    this.decisions = new DayFile({
      ...{ folder, name: 'decisions', ending: 'csv', maxBytes: MAX_DECISION_BYTES },
      header: DECISIONS_HEADER,
    })
  }

  /**
   * Opens the folder, makes whole what a kill has left, and fills the memory with what is there.
   *
   * @param makeFolder - False: if the folder is missing, it is waited for.
   * @throws {FolderTakenError} If another process collects into it.
   * @throws {NodeJS.ErrnoException} If the file system refuses.
   */
  static async open(
    options: SessionOptions,
    ledger: Ledger,
    makeFolder: boolean,
  ): Promise<Session> {
    const { folder, now, warn } = options
    const run = createRun(now()).toString('hex')
    if (makeFolder) await makeFolders(folder)
    const aside = join(folder, ASIDE)
    await mkdir(aside).catch((error) => {
      if (error.code !== 'EEXIST') throw error
    })
    const lock = await takeLock(aside, run)
    if (typeof lock === 'number') {
      throw new FolderTakenError(`process ${lock} collects into this folder: ${folder}`)
    }
    try {
      const { journal, last } = await openJournal(join(aside, 'journal'))
      const damaged = last === null ? [] : await recoverCollected(folder, last)
      for (const path of damaged) warn(`lines are missing that had been on disk: ${path}`)
      const firstSegment = Number(last?.next ?? 1)
      const next = { lengths: {}, next: firstSegment }
      const writer = await SegmentWriter.open({
        input: folder,
        journal,
        columns: COLUMNS,
        last: next,
      })
      await writer.begin({})
      const { ino: inode } = await stat(aside)
      const session = new Session(options, { run, firstSegment, lock, journal, writer, inode })
      await session.#makeMissing()
      const nowMs = now().getTime()
      ledger.moveTo(formatDay(now()), nowMs / 1_000)
      const since = formatDay(new Date(nowMs - 2 * DAY_MS))
      await readBack(ledger, { folder, aside, since, nowSeconds: nowMs / 1_000 })
      return session
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  /**
   * Appends lines of one log.
   *
   * @returns Where they are.
   * @throws {DiskFullError} If the disk is full; nothing of the lines is there, and others may follow.
   * @throws {NodeJS.ErrnoException} If the file system refuses: the session is over.
   */
  async append(dataset: Dataset, table: Table, lines: string): Promise<Appended> {
    const writer = `collect.${this.run}`
    const day = formatDay(this.#options.now())
    return this.#writer.append({ dataset, table, writer }, day, Buffer.from(lines))
  }

  /** @throws {FolderGoneError} If what is written would be lost. */
  async assertThere(): Promise<void> {
    const { folder } = this.#options
    const found = await stat(join(folder, ASIDE)).catch(() => undefined)
    if (found?.ino === this.#inode && this.#lock.isHeld()) return
    throw new FolderGoneError(`the folder is gone, or another one now: ${folder}`)
  }

  /** Puts on disk what was appended; packs the segments that get no more lines. */
  async commit(): Promise<void> {
    this.#writer.closeOtherDays(formatDay(this.#options.now()))
    await this.decisions.sync()
    const { closed } = await this.#writer.commit({})
    for (const path of closed) this.#pack(path)
    this.#packDecisions()
  }

  /** Puts all on disk, and lets go of the folder. */
  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#packing
    // One that fails has said so before; the other must still be let go of.
    const closing = [this.#writer, this.rejected, this.viewable, this.decisions, this.#journal]
    for (const one of closing) await one.close().catch(() => {})
    await this.#lock.release()
  }

  #pack(path: string): void {
    const { folder, warn } = this.#options
    const pack = () => packSegment(folder, path, this.#stopping.signal)
    this.#packing = this.#packing
      .then(pack)
      .catch((error: Error) => warn(`a segment stays unpacked: ${error.message}`))
  }

  #packDecisions(): void {
    const { folder, now, warn } = this.#options
    const day = formatDay(new Date(now().getTime() - LATE_MS))
    if (day === this.#packedDay) return
    this.#packedDay = day
    this.#packing = this.#packing
      .then(() => packDecisions(join(folder, ASIDE), day, this.#stopping.signal))
      .catch((error: Error) => warn(`decisions stay CSV: ${error.message}`))
  }

  /** A build wants each log of each dataset: a folder that has just begun has their headers. */
  async #makeMissing(): Promise<void> {
    for (const dataset of DATASETS) {
      const files = await readdir(join(this.#options.folder, String(dataset))).catch(() => [])
      for (const table of TABLES) {
        if (files.some((file) => file.startsWith(table))) continue
        await this.append(dataset, table, '').catch((error) => {
          if (!(error instanceof DiskFullError)) throw error
        })
      }
    }
    // A build reads what the journal names.
    await this.commit()
  }
}
