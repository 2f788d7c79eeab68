/** How far each topic is read: what the journal holds beside the lengths of the segments. */
import type { JournalRecord } from '../../../contract/journal.ts'
import type { Table } from '../../../contract/schema.ts'
import { PipelineError } from '../../base/errors.ts'
import { NO_REJECTS, type RejectsState } from './rejects.ts'

/** A topic, as it is read. */
interface TopicPlace {
  readonly table: Table
  /** Of the topic: one that is deleted and made anew has another. */
  readonly id: string
  /** The next offset of each partition. */
  readonly offsets: readonly number[]
}

/** All that the journal keeps for a receiver. */
export interface ReceiverRecord {
  readonly topics: Readonly<Record<string, TopicPlace>>
  readonly rejects: RejectsState
  /** Sentences about lines that are lost. */
  readonly gaps: readonly string[]
  /**
   * Segments with lines whose `event` a message brought, and the time of the newest such message in each: from these the
   * memory of events is read back.
   */
  readonly events: Readonly<Record<string, number>>
}

/** A journal that has just begun. */
export const NEW_RECORD: ReceiverRecord = {
  ...{ topics: {}, rejects: NO_REJECTS, gaps: [], events: {} },
}

/**
 * Reads what a receiver wrote into its journal.
 *
 * @throws {PipelineError} If another program wrote it.
 */
export function readReceiverRecord({
  topics,
  rejects,
  gaps,
  events,
}: JournalRecord): ReceiverRecord {
  if (!isRecord(topics) || !Object.values(topics).every(isPlace) || !isRecord(rejects)) {
    throw new PipelineError('the journal is of another program or version')
  }
  return {
    topics: topics as ReceiverRecord['topics'],
    rejects: rejects as unknown as RejectsState,
    gaps: Array.isArray(gaps) ? gaps.map(String) : [],
    // Journals of 0.1 have none.
    events: isRecord(events) ? (events as ReceiverRecord['events']) : {},
  }
}

function isPlace(place: unknown): place is TopicPlace {
  if (!isRecord(place)) return false
  const { id, table, offsets } = place
  return (
    typeof id === 'string' &&
    typeof table === 'string' &&
    Array.isArray(offsets) &&
    offsets.every((offset) => Number.isSafeInteger(offset))
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** A topic's id as Kafka's tools show it. */
export function formatTopicId(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url')
}

/** Names the segments of a topic: a topic made anew begins at the same offsets, and has another id. */
export function writerOf(id: string): string {
  return `kafka${id.replaceAll('-', '').slice(0, 8)}`
}
