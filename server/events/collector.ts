/**
 * The one writer of a machine: takes the events of all its processes, and answers when their lines are written.
 *
 *     record(events) ──► queue ──► batch: judged, written, remembered ──► outcomes        at once
 *                                  └──► on disk for good, and in the journal              within a second
 *
 * Events that arrive while a batch is being written make up the next one. A full disk costs the events of the moment; what is
 * worse ends the session, and the next one is tried for every second.
 */
import { formatDay } from '../../contract/segments/name.ts'
import { DiskFullError } from '../../contract/segments/writer.ts'
import { Batch, type Group } from './batch.ts'
import type { CollectedEvent, EventOutcome, RecordEvents, Unkept } from './event.ts'
import { LOST, UNKEPT } from './event.ts'
import { Ledger, type TokenLives } from './ledger.ts'
import { formatRejected } from './rejected.ts'
import { FolderTakenError, Session, type SessionOptions } from './session.ts'

/** Milliseconds between what was written and its being on disk for good: a follower reads to there. */
const COMMIT_MS = 200
/** Milliseconds until the same fault is told again. */
const TELL_AGAIN_MS = 60_000
/** Milliseconds between two tries to open the folder. */
const RETRY_MS = 1_000
/** Milliseconds between two looks at the day, and at what may be forgotten. */
const TICK_MS = 1_000
/** Events that are written together. */
const BATCH_SIZE = 4_096
/** Events that wait; more are lost at once. */
const MAX_WAITING = 100_000

/** What a collector depends on. */
export interface CollectorOptions extends SessionOptions {
  readonly lives: TokenLives
  /** Whether it is kept with which probability banners were chosen that were seen. */
  readonly keepsDecisions?: boolean
  readonly info: (message: string) => void
}

interface Waiting {
  readonly events: readonly CollectedEvent[]
  readonly resolve: (outcomes: readonly EventOutcome[]) => void
}

/** Makes the events of a machine lines of its logs. */
export class Collector {
  #ledger: Ledger
  /** What is counted only, since the start. */
  readonly unkept = Object.fromEntries(Object.keys(UNKEPT).map((name) => [name, 0])) as Record<
    Unkept,
    number
  >
  /** Since the start. */
  readonly totals = {
    counted: { impression: 0, view: 0, click: 0, conversion: 0 },
    rejected: {} as Partial<Record<string, number>>,
  }
  readonly #options: CollectorOptions
  readonly #queue: Waiting[] = []
  #waiting = 0
  #session: Session | undefined
  #isRunning = false
  #isStopping = false
  #isDirty = false
  #isCommitting: Promise<void> = Promise.resolve()
  #commitTimer: NodeJS.Timeout | undefined
  #ticker: NodeJS.Timeout | undefined
  #triedAtMs = 0
  #opening: Promise<void> | undefined
  #told = ''
  #toldAtMs = 0
  #conversions = 0

  constructor(options: CollectorOptions) {
    this.#options = options
    this.#ledger = new Ledger(options.lives)
  }

  /**
   * Opens the folder and begins to take events. Another process that collects into the folder is waited for; meanwhile
   * events are lost.
   *
   * @throws {NodeJS.ErrnoException} If the folder cannot be written.
   */
  async start(): Promise<void> {
    await this.#open(true)
    this.#ticker = setInterval(() => this.#tick(), TICK_MS)
    this.#ticker.unref()
  }

  /** What is remembered. Another one after the folder was opened anew. */
  get ledger(): Ledger {
    return this.#ledger
  }

  /** Whether events are written now. */
  get isOpen(): boolean {
    return this.#session !== undefined
  }

  /** Takes events; resolves when their lines are written. */
  readonly record: RecordEvents = (events) => {
    if (this.#isStopping || this.#waiting + events.length > MAX_WAITING) {
      for (const event of events) this.#countLost(event)
      return Promise.resolve(events.map(() => LOST))
    }
    return new Promise((resolve) => {
      this.#queue.push({ events, resolve })
      this.#waiting += events.length
      // In the next turn: what comes together is written together.
      if (!this.#isRunning) setImmediate(() => void this.#run())
      this.#isRunning = true
    })
  }

  /** Counts what is not kept. */
  note(counts: Readonly<Partial<Record<Unkept, number>>>): void {
    for (const [name, count] of Object.entries(counts)) this.unkept[name as Unkept] += count
  }

  /** Writes what was taken, and lets go of the folder. */
  async stop(): Promise<void> {
    this.#isStopping = true
    clearInterval(this.#ticker)
    await this.#opening
    while (this.#isRunning) await new Promise((resolve) => setImmediate(resolve))
    clearTimeout(this.#commitTimer)
    await this.#commit()
    await this.#session?.close()
    this.#session = undefined
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const taken: Waiting[] = []
      let size = 0
      while (this.#queue.length > 0 && size < BATCH_SIZE) {
        const next = this.#queue.shift() as Waiting
        taken.push(next)
        size += next.events.length
      }
      this.#waiting -= size
      const outcomes = await this.#write(taken.flatMap(({ events }) => events))
      let at = 0
      for (const { events, resolve } of taken) {
        resolve(outcomes.slice(at, at + events.length))
        at += events.length
      }
    }
    this.#isRunning = false
  }

  async #write(events: readonly CollectedEvent[]): Promise<readonly EventOutcome[]> {
    const session = this.#session
    if (session === undefined) {
      for (const event of events) this.#countLost(event)
      return events.map(() => LOST)
    }
    const batch = await Batch.plan(events, {
      ledger: this.#ledger,
      takeClickId: (dataset) => session.clickIds.take(dataset),
      nextEvent: () => `${session.run}:${++this.#conversions}`,
    })
    try {
      await session.assertThere()
      await this.#keepDecisions(session, batch)
      for (const group of batch.groups) await this.#append(session, batch, group)
    } catch (error) {
      await this.#end(session, error as Error)
    }
    const { outcomes, rejected } = batch.settle()
    const now = this.#options.now()
    const lines = rejected.map((event) => formatRejected(event, now)).join('')
    if (lines !== '' && this.#session !== undefined) {
      await session.rejected.append(formatDay(now), lines).catch((error) => this.#tell(error))
    }
    for (const event of rejected) {
      this.ledger.addRejected(event)
      this.totals.rejected[event.reason] = (this.totals.rejected[event.reason] ?? 0) + 1
    }
    for (const [i, { status }] of outcomes.entries()) {
      const event = events[i]
      if (status === 'lost') this.#countLost(event)
      else if (status === 'counted' && event !== undefined && event.kind !== 'rejected') {
        this.totals.counted[event.kind]++
      }
    }
    return outcomes
  }

  /** Before the impressions: a kill between leaves a decision that nobody saw, and the impression comes again. */
  async #keepDecisions(session: Session, batch: Batch): Promise<void> {
    const lines = this.#options.keepsDecisions ? batch.decisions : ''
    if (lines === '') return
    const day = formatDay(this.#options.now())
    await session.decisions.append(day, lines).catch((error) => this.#tell(error))
  }

  async #append(session: Session, batch: Batch, group: Group): Promise<void> {
    const now = this.#options.now()
    const day = formatDay(now)
    const lines = group.drafts.map(({ line }) => line).join('')
    const { dataset, table } = group.target
    try {
      if (table === 'views') await session.viewable.append(day, lines)
      else await session.append(dataset, table, lines)
    } catch (error) {
      if (!(error instanceof DiskFullError) && table !== 'views') throw error
      this.#tell(error as Error)
      return
    }
    this.ledger.moveTo(day, now.getTime() / 1_000)
    batch.confirm(group, day, now.getTime() / 1_000)
    this.#planCommit()
  }

  #planCommit(): void {
    this.#isDirty = true
    this.#commitTimer ??= setTimeout(() => {
      this.#commitTimer = undefined
      void this.#commit()
    }, COMMIT_MS)
  }

  /** One after the other. */
  #commit(): Promise<void> {
    const commit = async () => {
      const session = this.#session
      if (session === undefined || !this.#isDirty) return
      this.#isDirty = false
      await session.commit().catch((error) => this.#end(session, error))
    }
    this.#isCommitting = this.#isCommitting.then(commit)
    return this.#isCommitting
  }

  /** A day that begins closes the segments of the one before, events or not. */
  #tick(): void {
    const now = this.#options.now()
    const day = formatDay(now)
    if (day !== this.ledger.today.day && this.ledger.today.day !== '') this.#planCommit()
    this.ledger.moveTo(day, now.getTime() / 1_000)
    if (this.#session !== undefined || this.#isStopping) return
    if (performance.now() - this.#triedAtMs < RETRY_MS) return
    this.#opening ??= this.#open(false)
      .catch((error) => this.#tell(error))
      .finally(() => {
        this.#opening = undefined
      })
  }

  async #open(isStart: boolean): Promise<void> {
    this.#triedAtMs = performance.now()
    try {
      const ledger = new Ledger(this.#options.lives)
      this.#session = await Session.open(this.#options, ledger, isStart)
      this.#ledger = ledger
    } catch (error) {
      if (!(isStart && error instanceof FolderTakenError)) throw error
      this.#tell(error)
      return
    }
    if (this.#told !== '') this.#options.info(`events are collected again: ${this.#options.folder}`)
    this.#told = ''
  }

  async #end(session: Session, error: Error): Promise<void> {
    if (this.#session !== session) return
    this.#session = undefined
    this.#tell(error)
    await session.close()
  }

  #tell(error: Error & { readonly code?: string }): void {
    const isFull =
      error instanceof DiskFullError || error.code === 'ENOSPC' || error.code === 'EDQUOT'
    const reason = isFull ? `disk full: ${this.#options.folder}` : error.message
    const message = `events are lost: ${reason}`
    const nowMs = performance.now()
    // On a disk that is nearly full short lines fit and long ones do not, many times a second.
    if (message === this.#told && nowMs - this.#toldAtMs < TELL_AGAIN_MS) return
    this.#options.warn(message)
    this.#told = message
    this.#toldAtMs = nowMs
  }

  #countLost(event: CollectedEvent | undefined): void {
    if (event === undefined || event.kind === 'rejected') return
    this.unkept[`lost_${event.kind}`]++
  }
}
