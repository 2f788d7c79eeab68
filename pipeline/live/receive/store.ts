/** What is received, on disk: segments, rejects, and the journal that says how far they count. */
import { join } from 'node:path'
import type { JournalRecord } from '../../../contract/journal.ts'
import { openJournal } from '../../../contract/journal-writer.ts'
import { ShortSegmentError } from '../../../contract/segments/files.ts'
import type { SegmentName } from '../../../contract/segments/name.ts'
import { listSegments, recoverSegments } from '../../../contract/segments/recover.ts'
import { SegmentWriter } from '../../../contract/segments/writer.ts'
import { PipelineError } from '../../base/errors.ts'
import { ClickBlocks } from './click-blocks.ts'
import { COLUMN_NAMES } from './columns.ts'
import type { DoorLines, DoorReject } from './door.ts'
import type { EventMemory } from './event-memory.ts'
import { NEW_RECORD, type ReceiverRecord, readReceiverRecord, writerOf } from './places.ts'
import { readEvents } from './read-events.ts'
import { findRejectsFile, RejectsFile } from './rejects.ts'

/** The receiver's folder below the input folder. */
export const RECEIVE_FOLDER = '.receive'
/** In that folder. */
export const JOURNAL_FILE = 'journal'
const WRITER = /^kafka[0-9a-f]{8}$/

/** What goes to disk together. */
interface StoreBatch {
  /** UTC, as `2026-11-30`. */
  readonly day: string
  readonly lines: readonly DoorLines[]
  readonly rejects: readonly DoorReject[]
  readonly topics: ReceiverRecord['topics']
  readonly gaps: readonly string[]
  /** Events that only older messages brought are forgotten. */
  readonly forgetBeforeMs: number
}

/** Open segments, rejects and journal. */
export interface Store {
  /** As the journal has it. */
  readonly record: ReceiverRecord
  /** Of the segments' lines. */
  readonly memory: EventMemory
  /** Of the click ids that have come. */
  readonly blocks: ClickBlocks
  /** Tells whether a segment gets more lines. */
  readonly isOpen: (path: string) => boolean
  /**
   * Writes, waits for the disk, and says so in the journal.
   *
   * @returns Segments that get no more lines.
   * @throws {NodeJS.ErrnoException} If the file system refuses. Then the store is opened anew.
   */
  readonly commit: (batch: StoreBatch) => Promise<readonly string[]>
  readonly close: () => Promise<void>
}

/**
 * Opens the store of an input folder, cut to what its journal says. The caller has the lock of the receiver's folder.
 *
 * @throws {PipelineError} If journal and segments do not belong together.
 * @throws {NodeJS.ErrnoException} If the file system refuses.
 */
export async function openStore(input: string): Promise<Store> {
  const folder = join(input, RECEIVE_FOLDER)
  const { journal, last } = await openJournal(join(folder, JOURNAL_FILE))
  let rejects: RejectsFile | null = null
  let segments: SegmentWriter | null = null
  const close = async () => {
    await segments?.close()
    await rejects?.close()
    await journal.close()
  }
  try {
    let record = last === null ? NEW_RECORD : readReceiverRecord(last)
    await recover(input, last, record)
    const memory = await readEvents(input, record.events)
    const blocks = await ClickBlocks.read(folder)
    const ownRejects = await RejectsFile.open(folder, record.rejects)
    const ownSegments = await SegmentWriter.open({ input, journal, columns: COLUMN_NAMES, last })
    rejects = ownRejects
    segments = ownSegments
    if (last === null) await ownSegments.begin(describe(record))
    const commit = async ({ day, lines, rejects: refused, topics, gaps, ...own }: StoreBatch) => {
      ownSegments.closeOtherDays(day)
      const events: Record<string, number> = { ...record.events }
      for (const { topic, dataset, good, eventsMs } of lines) {
        const key = { dataset, table: topic.table, writer: topic.writer }
        const { path } = await ownSegments.append(key, day, good)
        if (eventsMs !== null) events[path] = Math.max(events[path] ?? 0, eventsMs)
      }
      forgetOld(events, own.forgetBeforeMs)
      await blocks.save(folder)
      await ownRejects.add(day, refused)
      record = { topics, gaps, rejects: ownRejects.state, events }
      return (await ownSegments.commit(describe(record))).closed
    }
    return {
      get record() {
        return record
      },
      memory,
      blocks,
      isOpen: (path) => ownSegments.isOpen(path),
      commit,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function forgetOld(events: Record<string, number>, beforeMs: number): void {
  for (const [path, ms] of Object.entries(events)) if (ms < beforeMs) delete events[path]
}

/** With the sentences that stand in the manifest of each build. */
function describe(record: ReceiverRecord): Readonly<Record<string, unknown>> {
  const { total, latest } = record.rejects
  const file = `${RECEIVE_FOLDER}/${findRejectsFile(latest)}`
  const refused =
    total === 0 ? [] : [`${total} lines from Kafka did not come in, the latest are in ${file}`]
  return { ...record, warnings: [...record.gaps, ...refused] }
}

async function recover(
  input: string,
  last: JournalRecord | null,
  { topics }: ReceiverRecord,
): Promise<void> {
  if (last === null) return assertNoSegments(input)
  const writers = new Set(Object.values(topics).map(({ id }) => writerOf(id)))
  try {
    await recoverSegments(input, last, ({ writer }) => writers.has(writer))
  } catch (error) {
    if (!(error instanceof ShortSegmentError)) throw error
    throw new PipelineError(
      `segment ${error.message}; the disk has lost lines: restore it, or remove it and ${RECEIVE_FOLDER}, and read all again`,
    )
  }
}

async function assertNoSegments(input: string): Promise<void> {
  const isReceived = ({ writer }: SegmentName) => WRITER.test(writer)
  const [found] = await listSegments(input, isReceived)
  if (found === undefined) return
  throw new PipelineError(
    `${join(RECEIVE_FOLDER, JOURNAL_FILE)} is missing, but segments are there: restore it, or move them away and read all again: ${join(input, found)}`,
  )
}
