/**
 * Reads topics and writes segments, exactly once:
 *
 *     fetch ──► door: the batch's scanner ──► segments, rejects ──► fsync ──► journal: lengths and offsets, fsync
 *       ▲                                                                         │
 *       └── the next answers come meanwhile                  a start goes on from its last whole record
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { PipelineError } from '../../base/errors.ts'
import { Absence } from './absence.ts'
import { Brokers } from './brokers.ts'
import { Committer } from './committer.ts'
import { createDecompress } from './decompress.ts'
import { Door } from './door.ts'
import { BrokerAwayError } from './faults.ts'
import type { Fetched } from './fetch.ts'
import { fetchFromLeaders, groupByLeader } from './fetch-leaders.ts'
import { heedFault } from './partition-faults.ts'
import type { ReceiverContext } from './receiver-context.ts'
import { type BatchTools, readBatches } from './record-batches.ts'
import { lookAtTopics, type ReadPartition, type ReadTopic } from './topics.ts'
import { createTransactionFilter } from './transactions.ts'

/** Milliseconds between two looks at partitions and leaders. */
const LOOK_MS = 5_000
/** Milliseconds before the next try when a partition cannot be read now, and when no broker answers. */
const RETRY_MS = 100
const AWAY_MS = 1_000

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
  readonly #committer: Committer
  readonly #absence: Absence
  #topics = new Map<string, ReadTopic>()
  #lookDueMs = 0

  constructor(context: ReceiverContext) {
    const { kafka, settings, store, now } = context
    this.#context = context
    this.#brokers = new Brokers(kafka, settings.brokers)
    this.#tools = { crc32c: (bytes) => kafka.crc32c(bytes), decompress: createDecompress(kafka) }
    this.#door = new Door(store.memory, store.blocks, now)
    this.#committer = new Committer(context, this.#door)
    this.#absence = new Absence(context)
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
      this.#committer.tell(this.#topics)
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

  #commit(): Promise<void> {
    return this.#committer.commit(this.#topics)
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
      onGap: (gap) => this.#committer.addGap(gap),
    })
    const known = store.record.topics
    // A topic is in the journal before its first segment is there.
    const isNew = [...this.#topics.values()].some(({ name, id }) => known[name]?.id !== id)
    if (isNew) this.#committer.note()
    await this.#commit()
    this.#committer.tell(this.#topics)
  }

  async #fetchAll(): Promise<readonly Fetched[]> {
    const byLeader = groupByLeader(this.#topics.values())
    if (byLeader.delete(-1)) this.#lookDueMs = 0
    if (byLeader.size === 0) await pause(RETRY_MS, this.#context.stop)
    const { fetched, isIncomplete } = await fetchFromLeaders(this.#brokers, byLeader)
    if (isIncomplete) this.#lookDueMs = Math.min(this.#lookDueMs, performance.now() + AWAY_MS)
    return fetched
  }

  /** False: partitions have errors that pass, or have moved. */
  async #takeAll(fetched: readonly Fetched[]): Promise<boolean> {
    this.#absence.end()
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
        this.#committer.note()
      }
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error
      throw new PipelineError(`topic ${topic.name}, partition ${own.partition}, ${error.message}`, {
        cause: error,
      })
    }
  }

  #heed(topic: ReadTopic, own: ReadPartition, fetched: Fetched): Promise<boolean> {
    const { settings, now } = this.#context
    return heedFault(topic, own, fetched, {
      brokers: this.#brokers,
      acceptGaps: settings.acceptGap,
      now,
      onGap: (gap) => this.#committer.addGap(gap),
    })
  }

  /** What came before is on disk first; then the brokers are looked for. */
  async #away(error: BrokerAwayError): Promise<void> {
    await this.#commit()
    this.#brokers.close()
    this.#absence.note(error)
    await pause(AWAY_MS, this.#context.stop)
  }
}

function pause(ms: number, signal: AbortSignal): Promise<unknown> {
  return sleep(ms, undefined, { signal }).catch(() => undefined)
}
