/**
 * Sends what a collector has written to Kafka, for receivers elsewhere:
 *
 *     segments ──► outbox: lines that are on disk for good ──► producer, acknowledged by all replicas ──► journal `sent`
 *
 * A message carries its `event`, so a receiver leaves out what a kill, or an answer that was lost, makes us send again. While
 * no broker answers, events are counted and kept as ever, and wait.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { OutgoingLine } from './outbox.ts'
import { Outbox } from './outbox.ts'

/** Puts lines where they go. */
export interface LineProducer {
  /** Resolves when all of them are acknowledged. */
  readonly send: (lines: readonly OutgoingLine[]) => Promise<void>
  readonly close: () => Promise<void>
}

/** What a sender depends on. */
export interface SenderOptions {
  /** That is collected into. */
  readonly folder: string
  /** Whether this process is the one that collects into it. */
  readonly isOpen: () => boolean
  readonly openProducer: () => Promise<LineProducer>
  readonly warn: (message: string) => void
  readonly info: (message: string) => void
}

/** Milliseconds between two looks for new lines: a collector puts its lines on disk five times a second. */
const LOOK_MS = 100
/** Milliseconds before the next try. */
const RETRY_MS = 1_000
/** Milliseconds for what is left at the stop; the next start sends the rest. */
const STOP_MS = 5_000

/** Sends until it is stopped. */
export class EventSender {
  /** Lines that were acknowledged since the start. */
  sent = 0
  /** Why nothing is sent now; null = it is. */
  fault: string | null = null
  readonly #options: SenderOptions
  readonly #stopping = new AbortController()
  #stopDueMs = Number.POSITIVE_INFINITY
  #producer: LineProducer | null = null
  #outbox: Outbox | null = null
  #running: Promise<void> = Promise.resolve()

  constructor(options: SenderOptions) {
    this.#options = options
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Sends what the collector has put on disk, as far as brokers answer, and lets go of all. */
  async stop(): Promise<void> {
    this.#stopDueMs = performance.now() + STOP_MS
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (performance.now() < this.#stopDueMs) {
      const isMore = await this.#step().catch((error: Error) => this.#fail(error))
      if (isMore === true) continue
      if (signal.aborted) break
      const ms = isMore === null ? RETRY_MS : LOOK_MS
      await sleep(ms, undefined, { signal }).catch(() => undefined)
    }
    await this.#close()
  }

  /** False: there is nothing to send now. */
  async #step(): Promise<boolean> {
    const { folder, isOpen, openProducer, info } = this.#options
    if (!isOpen() && !this.#stopping.signal.aborted) {
      await this.#close()
      return false
    }
    this.#outbox ??= await Outbox.open(folder)
    const next = await this.#outbox.next()
    if (next === null) return false
    if (next.lines.length > 0) {
      this.#producer ??= await openProducer()
      await this.#producer.send(next.lines)
    }
    await this.#outbox.confirm(next)
    this.sent += next.lines.length
    if (this.fault !== null) info('events are sent to Kafka again')
    this.fault = null
    return true
  }

  /** What was under way may have arrived: it is sent again. */
  async #fail(error: Error): Promise<null> {
    if (this.fault === null) this.#options.warn(`events wait to be sent to Kafka: ${error.message}`)
    this.fault = error.message
    await this.#close()
    return null
  }

  async #close(): Promise<void> {
    const [producer, outbox] = [this.#producer, this.#outbox]
    this.#producer = null
    this.#outbox = null
    await producer?.close().catch(() => undefined)
    await outbox?.close().catch(() => undefined)
  }
}
