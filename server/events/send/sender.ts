/**
 * Sends what a collector has written to Kafka, for receivers elsewhere:
 *
 *     segments ──► outbox: lines that are on disk for good ──► producer, acknowledged by all replicas ──► journal `sent`
 *
 * A message carries its `event`, so a receiver leaves out what a kill, or an answer that was lost, makes us send again. While
 * no broker answers, events are counted and kept as ever, and wait.
 */
import type { Acknowledgements } from '../acknowledgements.ts'
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
  /** Names the session of this process that collects into it; undefined: there is none. */
  readonly run: () => string | undefined
  /** Is told which lines are acknowledged. */
  readonly acknowledgements?: Acknowledgements | null
  readonly openProducer: () => Promise<LineProducer>
  readonly warn: (message: string) => void
  readonly info: (message: string) => void
}

/** Milliseconds between two looks for new lines, if nobody says that there are some. */
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
  #run: string | undefined
  #isWoken = false
  #endPause: () => void = () => undefined
  #sending: Promise<void> = Promise.resolve()

  constructor(options: SenderOptions) {
    this.#options = options
  }

  start(): void {
    this.#sending = this.#sendAll()
  }

  /** Sends what the collector has put on disk, as far as brokers answer, and lets go of all. */
  async stop(): Promise<void> {
    this.#stopDueMs = performance.now() + STOP_MS
    this.#stopping.abort()
    this.#endPause()
    await this.#sending
  }

  /** There are new lines: looks at once, unless it waits before the next try. */
  wake(): void {
    this.#isWoken = true
    if (this.fault === null) this.#endPause()
  }

  async #sendAll(): Promise<void> {
    const { signal } = this.#stopping
    while (performance.now() < this.#stopDueMs) {
      this.#isWoken = false
      const isMore = await this.#step().catch((error: Error) => this.#fail(error))
      if (isMore === true) continue
      if (signal.aborted) break
      if (isMore === null) await this.#pause(RETRY_MS)
      else if (!this.#isWoken) await this.#pause(LOOK_MS)
    }
    await this.#close()
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** False: there is nothing to send now. */
  async #step(): Promise<boolean> {
    const { folder, run, openProducer, acknowledgements, info } = this.#options
    if (!this.#stopping.signal.aborted && run() !== this.#run) {
      await this.#close()
      this.#run = run()
    }
    if (this.#run === undefined) return false
    this.#outbox ??= await Outbox.open(folder)
    const next = await this.#outbox.next()
    if (next.lines.length > 0) {
      this.#producer ??= await openProducer()
      await this.#producer.send(next.lines)
    }
    acknowledgements?.acknowledge(this.#run, next)
    const isMore = Object.keys(next.places).length > 0
    if (isMore) this.#outbox.confirm(next)
    await this.#outbox.saveWhenDue()
    if (!isMore) return false
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
