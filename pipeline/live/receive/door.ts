/**
 * Messages to lines: a message is one or more lines of a log without its header, and says in a header `dataset` where they
 * belong.
 */
import type { Dataset, Table } from '../../../contract/schema.ts'
import type { ClickBlocks } from './click-blocks.ts'
import type { EventMemory } from './event-memory.ts'
import { LineBuffer } from './line-buffer.ts'
import { findMessageFault, type MessageHeaders, readHeaders } from './message-headers.ts'
import { type BadLine, type DoorReason, proveLines } from './prove-lines.ts'
import { type Batch, type RecordPlaces, readRecords } from './record-batches.ts'

/** A topic whose messages come in. */
export interface DoorTopic {
  readonly name: string
  readonly table: Table
  /** Names its segments. */
  readonly writer: string
}

/** Lines for one segment. */
export interface DoorLines {
  readonly topic: DoorTopic
  readonly dataset: Dataset
  readonly good: Buffer
  readonly lines: number
  /** Time of the newest message that brought one of them with an `event` of its own; null = none did. */
  readonly eventsMs: number | null
}

/** A line, or a message, that does not come in. */
export interface DoorReject {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Of the message, from 1 on; null = the message as a whole. */
  readonly line: number | null
  readonly reason: DoorReason
  /** Lines that it stands for. */
  readonly lines: number
  /** Of the line, or of the message. */
  readonly size: number
  /** Its beginning at least. */
  readonly bytes: Buffer
}

/** No row is as long: ids have 19 digits at most. */
const MOST_LINE_BYTES = 4_096
/** So much of a rejected message is kept until its text is written. */
const KEPT_BYTES = 2_048
const LINE_FEED = 10
const RETURN = 13
const COMMA = 44

interface Origin {
  readonly partition: number
  readonly offset: number
  readonly line: number | null
}

interface Pending {
  readonly topic: DoorTopic
  readonly dataset: Dataset
  readonly buffer: LineBuffer
  /** Of lines whose event does not say it. */
  readonly origins: Map<string, Origin>
  eventsMs: number | null
}

/** Takes messages in, until somebody takes the lines. */
export class Door {
  readonly #pending = new Map<string, Pending>()
  #rejects: DoorReject[] = []
  #headers: MessageHeaders = { dataset: 'no_dataset', event: null, writer: null }
  #batchMs = 0
  #repeats = 0
  readonly #memory: EventMemory
  readonly #blocks: ClickBlocks
  readonly #now: () => Date

  /**
   * @param memory - Of events that messages brought: a line with a known one is a repeat, and is left out.
   * @param blocks - Of click ids: a click whose id another run gives does not come in.
   */
  constructor(memory: EventMemory, blocks: ClickBlocks, now: () => Date) {
    this.#memory = memory
    this.#blocks = blocks
    this.#now = now
  }

  /** Lines that were left out since the start. */
  get repeats(): number {
    return this.#repeats
  }

  /** Bytes of lines that wait to be taken. */
  get bytes(): number {
    let bytes = 0
    for (const { buffer } of this.#pending.values()) bytes += buffer.length
    return bytes
  }

  /**
   * Takes the messages of a batch.
   *
   * @param from - Offsets below were taken before: an answer has whole batches.
   * @throws {PipelineError} If the batch is damaged.
   */
  add(topic: DoorTopic, partition: number, batch: Batch, from: number): void {
    const { records } = batch
    // A producer whose clock is ahead must not make us forget.
    this.#batchMs = Math.min(batch.timestampMs, this.#now().getTime())
    readRecords(batch, (places) => {
      if (places.offset >= from) this.#addMessage(topic, partition, records, places)
    })
  }

  /** Gives what came in since the last call, proven. The bytes are good until the next message. */
  take(): { readonly lines: readonly DoorLines[]; readonly rejects: readonly DoorReject[] } {
    const lines: DoorLines[] = []
    for (const pending of this.#pending.values()) {
      const { topic, dataset, buffer, origins, eventsMs } = pending
      if (buffer.length === 0) continue
      const { good, lines: count, bad } = proveLines(topic.table, buffer.bytes)
      if (count > 0) lines.push({ topic, dataset, good, lines: count, eventsMs })
      for (const one of bad) {
        this.#rejects.push(describeBad(topic, one, origins))
        if (origins.has(one.event)) this.#memory.delete(topic.table, one.event)
      }
      buffer.clear()
      origins.clear()
      pending.eventsMs = null
    }
    const rejects = this.#rejects
    this.#rejects = []
    return { lines, rejects }
  }

  #addMessage(topic: DoorTopic, partition: number, block: Buffer, places: RecordPlaces): void {
    const { offset, valueStart, valueLength } = places
    const value = { block, start: valueStart, end: valueStart + Math.max(0, valueLength) }
    const whole = { topic: topic.name, partition, offset, line: null }
    const { dataset, event, writer } = readHeaders(block, places.headersStart, this.#headers)
    const fault = findMessageFault(valueLength, dataset, event)
    if (fault !== null) this.#reject({ ...whole, reason: fault }, value)
    else if (typeof dataset === 'number') {
      this.#addLines({ topic, partition, offset, dataset, event, writer }, value)
    }
  }

  #addLines(
    message: {
      readonly topic: DoorTopic
      readonly partition: number
      readonly offset: number
      readonly dataset: Dataset
      readonly event: string | null
      readonly writer: string | null
    },
    { block, start, end }: Value,
  ): void {
    const { topic, partition, offset, dataset, event, writer } = message
    const run = topic.table === 'clicks' ? writer : null
    const pending = this.#find(topic, dataset)
    const first = event ?? `${partition}:${offset}`
    const isOne = findLineEnd(block, start, end) >= end - 1
    let line = 1
    for (let at = start; at < end || line === 1; line += 1) {
      const feed = isOne ? lastLineEnd(block, start, end) : findLineEnd(block, at, end)
      const lineEnd = feed > at && block[feed - 1] === RETURN ? feed - 1 : feed
      const name = isOne ? first : `${first}:${line}`
      const number = isOne ? null : line
      const isForeign = run !== null && this.#blocks.isForeign(readId(block, at, lineEnd), run)
      if (isForeign || lineEnd - at > MOST_LINE_BYTES) {
        const reason = isForeign ? 'foreign_click_id' : 'too_long'
        const reject = { topic: topic.name, partition, offset, line: number, reason } as const
        this.#reject(reject, { block, start: at, end: lineEnd })
      } else if (event === null) {
        pending.buffer.add(name, block, at, lineEnd)
      } else if (this.#isNew(pending, name)) {
        pending.buffer.add(name, block, at, lineEnd)
        pending.origins.set(name, { partition, offset, line: number })
      }
      at = feed + 1
    }
  }

  /** Whether a line with an event of its own did not come before. */
  #isNew(pending: Pending, event: string): boolean {
    const { table } = pending.topic
    if (this.#memory.has(table, event)) {
      this.#repeats += 1
      return false
    }
    this.#memory.add(table, event, this.#batchMs)
    pending.eventsMs = Math.max(pending.eventsMs ?? 0, this.#batchMs)
    return true
  }

  #find(topic: DoorTopic, dataset: Dataset): Pending {
    const key = `${topic.writer} ${topic.table} ${dataset}`
    const known = this.#pending.get(key)
    if (known !== undefined) return known
    const pending: Pending = {
      ...{ topic, dataset, buffer: new LineBuffer(), origins: new Map(), eventsMs: null },
    }
    this.#pending.set(key, pending)
    return pending
  }

  #reject(
    reject: Omit<DoorReject, 'bytes' | 'lines' | 'size'>,
    { block, start, end }: Value,
  ): void {
    const bytes = Buffer.from(block.subarray(start, Math.min(end, start + KEPT_BYTES)))
    const lines = reject.line === null ? countLines(block, start, end) : 1
    this.#rejects.push({ ...reject, lines, size: end - start, bytes })
  }
}

interface Value {
  readonly block: Buffer
  readonly start: number
  readonly end: number
}

/** The place of the next line feed, or the end. */
function findLineEnd(block: Buffer, start: number, end: number): number {
  for (let at = start; at < end; at += 1) if (block[at] === LINE_FEED) return at
  return end
}

/** The number that a line begins with; NaN: none. */
function readId(block: Buffer, at: number, end: number): number {
  const comma = block.indexOf(COMMA, at)
  return comma <= at || comma > end ? Number.NaN : Number(block.toString('latin1', at, comma))
}

/** Where the only line of a message ends. */
function lastLineEnd(block: Buffer, start: number, end: number): number {
  return end > start && block[end - 1] === LINE_FEED ? end - 1 : end
}

function countLines(block: Buffer, start: number, end: number): number {
  let lines = end > start && block[end - 1] !== LINE_FEED ? 1 : 0
  for (let at = start; at < end; at += 1) if (block[at] === LINE_FEED) lines += 1
  return Math.max(1, lines)
}

function describeBad(
  topic: DoorTopic,
  { reason, event, bytes }: BadLine,
  origins: ReadonlyMap<string, Origin>,
): DoorReject {
  const [partition, offset, line] = event.split(':').map(Number)
  const origin = origins.get(event) ?? {
    ...{ partition: partition ?? 0, offset: offset ?? 0, line: line ?? null },
  }
  return { topic: topic.name, ...origin, reason, lines: 1, size: bytes.length, bytes }
}
