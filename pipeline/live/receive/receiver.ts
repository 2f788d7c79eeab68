/**
 * Reads topics and writes segments, exactly once:
 *
 *     fetch ──► door: the batch's scanner ──► segments, rejects ──► fsync ──► journal: lengths and offsets, fsync
 *       ▲                                                                         │
 *       └── the next answers come meanwhile                  a start goes on from its last whole record
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { formatDay } from '../../../contract/segments/name.ts'
import { PipelineError } from '../../base/errors.ts'
import type { Kafka } from '../../base/kafka.ts'
import { Brokers } from './brokers.ts'
import { createDecompress } from './decompress.ts'
import { Door } from './door.ts'
import {
  BrokerAwayError,
  findPassingError,
  INCONSISTENT_TOPIC_ID,
  OFFSET_OUT_OF_RANGE,
  TopicMissingError,
  UNKNOWN_TOPIC_ID,
} from './faults.ts'
import type { Fetched } from './fetch.ts'
import { acceptGap, describeRetention, describeTruncation } from './gaps.ts'
import { findHorizon } from './horizon.ts'
import { type BatchTools, readBatches } from './record-batches.ts'
import type { ReceiveSettings } from './settings.ts'
import type { ReceiveStatus } from './status.ts'
import type { Store } from './store.ts'
import { describePlaces, lookAtTopics, type ReadPartition, type ReadTopic } from './topics.ts'
import { createTransactionFilter } from './transactions.ts'

/** What a receiver has of the world. */
export interface ReceiverContext {
  readonly settings: ReceiveSettings
  readonly kafka: Kafka
  readonly store: Store
  readonly status: ReceiveStatus
  readonly stop: AbortSignal
  readonly now: () => Date
  readonly note: (line: string) => void
  /** Told of segments that get no more lines. */
  readonly onClosed: (paths: readonly string[]) => void
}

/** Milliseconds that a broker waits for something new. */
const WAIT_MS = 100
/** Milliseconds between two looks at partitions and leaders. */
const LOOK_MS = 5_000
/** Milliseconds before the next try when a partition cannot be read now, and when no broker answers. */
const RETRY_MS = 100
const AWAY_MS = 1_000
/** Milliseconds in which brokers that start, or make a topic, come to know it. */
const MISSING_MS = 10_000

/**
 * Receives until it is stopped; then all that has come is on disk.
 *
 * @throws {PipelineError} If lines are lost, a topic is missing, or a batch is damaged.
 * @throws {NodeJS.ErrnoException} If the file system refuses.
 */
export function receiveInto(context: ReceiverContext): Promise<void> {
  return new Receiver(context).run()
}

class Receiver {
  readonly #context: ReceiverContext
  readonly #brokers: Brokers
  readonly #tools: BatchTools
  readonly #door: Door
  #topics = new Map<string, ReadTopic>()
  #gaps: readonly string[]
  #day: string
  #repeats = 0
  #lookDueMs = 0
  #hasMoved = false
  #missingDueMs: number | null = null

  constructor(context: ReceiverContext) {
    const { kafka, settings, store, now } = context
    this.#context = context
    this.#brokers = new Brokers(kafka, settings.brokers)
    this.#tools = { crc32c: (bytes) => kafka.crc32c(bytes), decompress: createDecompress(kafka) }
    this.#door = new Door(store.memory, now)
    this.#gaps = store.record.gaps
    this.#day = formatDay(now())
  }

  async run(): Promise<void> {
    const { stop } = this.#context
    try {
      while (!stop.aborted) {
        try {
          await this.#read()
        } catch (error) {
          if (!(error instanceof BrokerAwayError)) throw error
          await this.#away(error)
        }
      }
    } finally {
      this.#brokers.close()
    }
  }

  /** Fetches, and puts on disk what came before while the next answers are on their way. */
  async #read(): Promise<void> {
    const { stop } = this.#context
    await this.#look()
    let answers = this.#fetchAll()
    while (!stop.aborted) {
      const fetched = await answers
      const isRight = await this.#takeAll(fetched)
      this.#tell()
      if (!isRight || performance.now() >= this.#lookDueMs) {
        await this.#commit()
        if (!isRight) await pause(RETRY_MS, stop)
        await this.#look()
      }
      answers = this.#fetchAll()
      // A failure is told where the answer is awaited.
      answers.catch(() => undefined)
      await this.#commit()
    }
    await answers.catch(() => undefined)
  }

  async #look(): Promise<void> {
    const { settings, store, now } = this.#context
    this.#lookDueMs = performance.now() + LOOK_MS
    this.#topics = await lookAtTopics(this.#topics, store.record.topics, {
      brokers: this.#brokers,
      settings: settings.topics,
      start: settings.start,
      acceptGaps: settings.acceptGap,
      now,
      onGap: (gap) => this.#addGap(gap),
    })
    const known = store.record.topics
    // A topic is in the journal before its first segment is there.
    this.#hasMoved ||= [...this.#topics.values()].some(({ name, id }) => known[name]?.id !== id)
    await this.#commit()
    this.#tell()
  }

  async #fetchAll(): Promise<Fetched[]> {
    const byLeader = new Map<number, { topic: ReadTopic; own: ReadPartition }[]>()
    for (const topic of this.#topics.values()) {
      for (const own of topic.partitions) {
        if (own.leader === -1) this.#lookDueMs = 0
        else byLeader.set(own.leader, [...(byLeader.get(own.leader) ?? []), { topic, own }])
      }
    }
    if (byLeader.size === 0) await pause(RETRY_MS, this.#context.stop)
    const answers = [...byLeader].map(([leader, partitions]) => {
      const places = partitions.map(({ topic, own }) => ({ topicId: topic.id, ...own }))
      return this.#brokers.fetch(leader, places, WAIT_MS)
    })
    return this.#joinAnswers(await Promise.allSettled(answers))
  }

  /** A leader that is gone holds nobody up: the others are read, and who leads now is asked again. */
  #joinAnswers(answers: readonly PromiseSettledResult<Fetched[]>[]): Fetched[] {
    const failures = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [answer.reason as unknown] : [],
    )
    const fatal = failures.find((error) => !(error instanceof BrokerAwayError))
    if (fatal !== undefined) throw fatal
    if (failures.length > 0 && failures.length === answers.length) throw failures[0]
    if (failures.length > 0)
      this.#lookDueMs = Math.min(this.#lookDueMs, performance.now() + AWAY_MS)
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  }

  /** False: partitions have errors that pass, or have moved. */
  async #takeAll(fetched: readonly Fetched[]): Promise<boolean> {
    this.#isBack()
    let isRight = true
    for (const one of fetched) {
      const topic = [...this.#topics.values()].find(({ id }) => id === one.topicId)
      const own = topic?.partitions[one.partition]
      if (topic === undefined || own === undefined) continue
      const fits = one.errorCode === 0 && one.divergesAt === null
      if (fits) this.#take(topic, own, one)
      else isRight = (await this.#heed(topic, own, one)) && isRight
    }
    return isRight
  }

  #take(topic: ReadTopic, own: ReadPartition, fetched: Fetched): void {
    own.lastStableOffset = fetched.lastStableOffset
    own.highWatermark = fetched.highWatermark
    const counts = createTransactionFilter(fetched.aborted)
    const { status, now } = this.#context
    const nowMs = now().getTime()
    try {
      for (const batch of readBatches(fetched.records, this.#tools)) {
        if (batch.lastOffset < own.offset) continue
        if (counts(batch)) {
          this.#door.add(topic, own.partition, batch, own.offset)
          status.messages += batch.count
          status.newestMessageMs = Math.max(status.newestMessageMs ?? 0, batch.timestampMs)
        }
        own.offset = batch.lastOffset + 1
        own.lastEpoch = batch.leaderEpoch
        own.newestMs = Math.max(own.newestMs, Math.min(batch.timestampMs, nowMs))
        this.#hasMoved = true
      }
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error
      throw new PipelineError(`topic ${topic.name}, partition ${own.partition}, ${error.message}`, {
        cause: error,
      })
    }
  }

  /** True: reading may go on at once. */
  async #heed(topic: ReadTopic, own: ReadPartition, fetched: Fetched): Promise<boolean> {
    const { errorCode, divergesAt } = fetched
    const place = { topic: topic.name, partition: own.partition }
    if (divergesAt !== null) {
      this.#accept(describeTruncation(place, own.offset, divergesAt), own, divergesAt)
      return true
    }
    if (errorCode === OFFSET_OUT_OF_RANGE) {
      await this.#heedRange(topic, own)
      return true
    }
    // The look at the topics tells whether it was deleted.
    if (errorCode === UNKNOWN_TOPIC_ID || errorCode === INCONSISTENT_TOPIC_ID) return false
    if (findPassingError(errorCode) !== null) return false
    throw new PipelineError(
      `topic ${topic.name}, partition ${own.partition}: the broker answers with error ${errorCode}`,
    )
  }

  async #heedRange(topic: ReadTopic, own: ReadPartition): Promise<void> {
    const place = { topic: topic.name, partition: own.partition }
    const find = async (end: 'earliest' | 'latest') => {
      const wanted = { partitions: [own.partition], end }
      return (
        (await this.#brokers.findOffsets(own.leader, topic.name, wanted)).get(own.partition) ?? 0
      )
    }
    const first = await find('earliest')
    if (first > own.offset) {
      this.#accept(describeRetention(place, own.offset, first), own, first)
      return
    }
    const end = await find('latest')
    if (end < own.offset) this.#accept(describeTruncation(place, own.offset, end), own, end)
  }

  #accept(gap: Parameters<typeof acceptGap>[0], own: ReadPartition, offset: number): void {
    const { settings, now } = this.#context
    this.#addGap(acceptGap(gap, settings.acceptGap, now()))
    own.offset = offset
    own.lastEpoch = -1
  }

  #addGap(gap: string): void {
    const { note, status } = this.#context
    note(gap)
    status.gaps += 1
    this.#gaps = [...this.#gaps, gap]
    this.#hasMoved = true
  }

  async #commit(): Promise<void> {
    const { store, status, now, onClosed } = this.#context
    const day = formatDay(now())
    if (!this.#hasMoved && day === this.#day) return
    const startMs = performance.now()
    const { lines, rejects } = this.#door.take()
    const topics = describePlaces(this.#topics.values(), store.record.topics)
    this.#hasMoved = false
    this.#day = day
    const gaps = this.#gaps
    const read = [...this.#topics.values()].flatMap(({ partitions }) => partitions)
    const forgetBeforeMs = findHorizon(read)
    const closed = await store.commit({ day, lines, rejects, topics, gaps, forgetBeforeMs })
    store.memory.forget(forgetBeforeMs)
    status.repeats += this.#door.repeats - this.#repeats
    this.#repeats = this.#door.repeats
    onClosed(closed)
    for (const one of lines) status.lines += one.lines
    status.commits += 1
    status.commitSeconds = (performance.now() - startMs) / 1000
    status.lastCommitMs = now().getTime()
    this.#tell()
  }

  #tell(): void {
    const { status, store } = this.#context
    const { counts, day, total } = store.record.rejects
    status.rejected = counts
    status.rejectedDay = day
    status.rejectedTotal = total
    status.partitions = [...this.#topics.values()].flatMap(({ name, partitions }) =>
      partitions.map(({ partition, offset, lastStableOffset, highWatermark }) => ({
        ...{ topic: name, partition, offset, lastStableOffset, highWatermark },
      })),
    )
  }

  #isBack(): void {
    const { status, note } = this.#context
    if (status.away !== null) note('Kafka answers again')
    status.away = null
    status.awaySinceMs = null
    this.#missingDueMs = null
  }

  /** What came before is on disk first; then the brokers are looked for. */
  async #away(error: BrokerAwayError): Promise<void> {
    const { status, note, now, stop } = this.#context
    const { message } = error
    await this.#commit()
    this.#brokers.close()
    if (error instanceof TopicMissingError) {
      this.#missingDueMs ??= performance.now() + MISSING_MS
      if (performance.now() > this.#missingDueMs) throw new PipelineError(message)
    }
    if (status.away === null) {
      note(`waiting for Kafka: ${message}`)
      status.awaySinceMs = now().getTime()
    }
    status.away = message
    await pause(AWAY_MS, stop)
  }
}

function pause(ms: number, signal: AbortSignal): Promise<unknown> {
  return sleep(ms, undefined, { signal }).catch(() => undefined)
}
