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
import type { Acknowledgements } from './acknowledgements.ts'
import { Batch, type Group } from './batch.ts'
import type { CollectedEvent, EventOutcome, RecordEvents, Unkept } from './event.ts'
import { LOST } from './event.ts'
import { EventCounts } from './event-counts.ts'
import { EventQueue } from './event-queue.ts'
import { Ledger, type TokenLives } from './ledger.ts'
import { formatRejected } from './rejected.ts'
import { FolderTakenError, Session, type SessionOptions } from './session.ts'

/** Milliseconds between what was written and its being on disk for good: a follower reads to there. */
const COMMIT_MS = 200
/** The same where answers wait for what comes after it. */
const AWAITED_COMMIT_MS = 2
/** Milliseconds until the same fault is told again. */
const TELL_AGAIN_MS = 60_000
/** Milliseconds between two tries to open the folder. */
const RETRY_MS = 1_000
/** Milliseconds between two looks at the day, and at what may be forgotten. */
const TICK_MS = 1_000

/** What a collector depends on. */
export interface CollectorOptions extends SessionOptions {
  readonly lives: TokenLives
  /** Whether it is kept with which probability banners were chosen that were seen. */
  readonly keepsDecisions?: boolean
  /** For answers that wait until Kafka has acknowledged their lines. */
  readonly acknowledgements?: Acknowledgements | null
  readonly info: (message: string) => void
}

/** Makes the events of a machine lines of its logs. */
export class Collector {
  #ledger: Ledger
  readonly #options: CollectorOptions
  readonly #counts = new EventCounts()
  readonly #queue = new EventQueue((events) => this.#write(events))
  #session: Session | undefined
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
  #onCommit: () => void = () => undefined

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

  /** What is counted only, since the start. */
  get unkept(): EventCounts['unkept'] {
    return this.#counts.unkept
  }

  /** Since the start. */
  get totals(): EventCounts['totals'] {
    return this.#counts.totals
  }

  /** Whether events are written now. */
  get isOpen(): boolean {
    return this.#session !== undefined
  }

  /** Names the session that writes now; undefined: events are not written. */
  get run(): string | undefined {
    return this.#session?.run
  }

  /** For answers that wait until Kafka has acknowledged their lines; null: none does. */
  get acknowledgements(): Acknowledgements | null {
    return this.#options.acknowledgements ?? null
  }

  /** Has a function called whenever lines are on disk for good. */
  onCommit(listener: () => void): void {
    this.#onCommit = listener
  }

  /** Takes events; resolves when their lines are written, or acknowledged. */
  readonly record: RecordEvents = async (events, patience = 'written') => {
    const { acknowledgements } = this
    const run = acknowledgements?.run ?? ''
    const outcomes = await this.#take(events)
    if (patience === 'written' || acknowledgements === null) return outcomes
    return acknowledgements.settle(events, outcomes, {
      run,
      isPatient: patience === 'acknowledged',
    })
  }

  #take(events: readonly CollectedEvent[]): Promise<readonly EventOutcome[]> {
    if (!this.#isStopping && this.#queue.hasRoom(events.length)) return this.#queue.add(events)
    for (const event of events) this.#counts.addLost(event)
    return Promise.resolve(events.map(() => LOST))
  }

  /** Counts what is not kept. */
  note(counts: Readonly<Partial<Record<Unkept, number>>>): void {
    this.#counts.note(counts)
  }

  /** Writes what was taken, and lets go of the folder. */
  async stop(): Promise<void> {
    this.#isStopping = true
    clearInterval(this.#ticker)
    await this.#opening
    await this.#queue.drain()
    clearTimeout(this.#commitTimer)
    await this.#commit()
    await this.#session?.close()
    this.#session = undefined
  }

  async #write(events: readonly CollectedEvent[]): Promise<readonly EventOutcome[]> {
    const session = this.#session
    if (session === undefined) {
      for (const event of events) this.#counts.addLost(event)
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
      this.#counts.addRejected(event)
    }
    this.#counts.add(events, outcomes)
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
      else {
        const place = await session.append(dataset, table, lines)
        const events = group.drafts.map(({ event }) => event)
        this.acknowledgements?.add(events, place)
      }
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
    this.#commitTimer ??= setTimeout(
      () => {
        this.#commitTimer = undefined
        void this.#commit()
      },
      this.acknowledgements === null ? COMMIT_MS : AWAITED_COMMIT_MS,
    )
  }

  /** One after the other. */
  #commit(): Promise<void> {
    const commit = async () => {
      const session = this.#session
      if (session === undefined || !this.#isDirty) return
      this.#isDirty = false
      await session.commit().catch((error) => this.#end(session, error))
      this.#onCommit()
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
      this.acknowledgements?.begin(this.#session.run, this.#session.firstSegment)
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
    this.acknowledgements?.end()
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
}
