/**
 * Follows an input folder that grows: what is published is at any moment what a batch over the same lines would publish.
 *
 *     look ──► counts ──► touched campaigns ──► rank, check ──► change      several times a second, beside the reading
 *                │
 *                └──► lengths of the files ──► batch in a thread ──► build   every few minutes, and at the stop
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { formatStateId, readHold } from '../../contract/changes.ts'
import { readGuarded, writeGuarded } from '../../contract/guarded.ts'
import type { Dataset } from '../../contract/schema.ts'
import { isSystemError, PipelineError } from '../base/errors.ts'
import { currentBuildId } from '../publish/current.ts'
import type { FullBuild, FullBuildOptions } from './full-build.ts'
import type { Guard } from './guard.ts'
import type { InputReader } from './input-reader.ts'
import {
  type Counted,
  HeldError,
  markLook,
  type Places,
  type Published,
  type PublishOptions,
  publishChange,
  switchTo,
} from './publisher.ts'
import { CheckError } from './ranked-change.ts'
import { removeOldFullBuilds } from './retention.ts'
import type { FollowerStatus } from './status.ts'
import { Touched } from './touched.ts'

/** How a follower works. */
export interface FollowOptions extends PublishOptions {
  /** What is published and goes on; null = a full build comes first. */
  readonly resumed: Published | null
  readonly reader: InputReader
  /** Makes a build of so much of the files. */
  readonly makeBuild: (
    lengths: NonNullable<FullBuildOptions['lengths']>,
    window: FullBuildOptions['window'],
  ) => Promise<FullBuild>
  /** Milliseconds between two full builds, if there is something new. */
  readonly buildEveryMs: number
  /** Milliseconds between the beginnings of two changes, at least. */
  readonly changeEveryMs: number
  readonly status: FollowerStatus
  /** Leaves flooded campaigns as they are; null = none is guarded. */
  readonly guard?: Guard | null
  /** Told what a person should know. */
  readonly note: (line: string) => void
  readonly onBuild: (build: FullBuild) => void
  readonly stop: AbortSignal
}

/** Milliseconds between two looks. */
const LOOK_MS = 50
/** Milliseconds after a failed check before what was counted is checked anew. */
const RETRY_MS = 1_000
/** Milliseconds after a failed build before the next one. */
const LONGEST_RETRY_BUILD_MS = 30_000
const SHORTEST_RETRY_BUILD_MS = 2_000
/** A build that fails takes no more than this part of the time. */
const RETRY_BUILD_SHARE = 1 / 5
const MARK_MS = 1_000

/**
 * Follows until it is stopped; then publishes what is left.
 *
 * @returns Whether publication was frozen at the end.
 * @throws {PipelineError} If a file shrank or changed before its place, memory ends, or the folder cannot be written.
 */
export async function follow(options: FollowOptions): Promise<{ readonly isFrozen: boolean }> {
  const follower = new Follower(options)
  await follower.run()
  return { isFrozen: options.status.frozen !== null }
}

class Follower {
  readonly #options: FollowOptions
  readonly #touched = new Touched()
  /** Touched since the build under way was cut. */
  #beyond: Touched | null = null
  #base: Published | null = null
  #publishing: Promise<void> | null = null
  #building: Promise<void> | null = null
  #changeDueMs = 0
  #buildDueMs = 0
  #markDueMs = 0
  #guardDueMs = 0
  #failure: unknown = null
  #refusal: string | null = null
  /** Ends the pause between two looks. */
  #wake = new AbortController()
  /** A full build failed: changes wait for one that does not. */
  #isBuildFailed = false
  /** What the last build that failed took. */
  #buildMs = 0

  constructor(options: FollowOptions) {
    this.#options = options
    this.#base = options.resumed
    this.#buildDueMs = performance.now()
    this.#published(null)
    options.stop.addEventListener('abort', () => this.#wake.abort())
  }

  async run(): Promise<void> {
    const { stop } = this.#options
    while (!stop.aborted) {
      await this.#look()
      await this.#heedHold()
      this.#begin()
      if (this.#failure !== null) throw this.#failure
      await this.#pause()
    }
    await this.#finish()
  }

  /** Until the next look: not beyond the moment when a change is due, so that it has all that was written by then. */
  async #pause(): Promise<void> {
    const isDue = this.#touched.size > 0 && this.#canChange()
    const ms = isDue ? Math.min(LOOK_MS, this.#changeDueMs - performance.now()) : LOOK_MS
    await sleep(Math.max(0, ms), undefined, { signal: this.#wake.signal }).catch(() => undefined)
    if (!this.#options.stop.aborted) this.#wake = new AbortController()
  }

  async #look(): Promise<void> {
    const { reader, status, now } = this.#options
    const result = await reader.look(now(), performance.now())
    this.#take()
    status.lines += result.lines
    status.accepted += result.accepted
    status.rejected += result.rejected
    status.lastLookMs = now().getTime()
    status.stateBytes = reader.state.bytes
    status.files = reader.fileCount
    if (result.lines > 0) status.oldestUnpublishedMs ??= now().getTime()
    if (result.wantsBuild) this.#buildDueMs = 0
    // What lies on top of a build has its days.
    if (result.hasNewDay) this.#base = null
    await this.#mark()
    await this.#heedGuard()
  }

  /** Released by a person: a build has all that was counted meanwhile. */
  async #heedGuard(): Promise<void> {
    const { guard, out, note, status } = this.#options
    if (!guard?.frozen.length || performance.now() < this.#guardDueMs) return
    this.#guardDueMs = performance.now() + MARK_MS
    if ((await readGuarded(out)) !== null) return
    guard.release()
    status.guarded = 0
    note('guarded campaigns go on')
    this.#buildDueMs = 0
  }

  #take(): void {
    const touched = this.#options.reader.state.takeTouched()
    this.#touched.add(touched)
    this.#beyond?.add(touched)
  }

  async #mark(): Promise<void> {
    const { out, now, status } = this.#options
    const isUpToDate = status.held !== null || (this.#touched.size === 0 && status.frozen === null)
    if (this.#base === null || !isUpToDate || performance.now() < this.#markDueMs) return
    this.#markDueMs = performance.now() + MARK_MS
    // It is made up for by the next one; on a full disk there may be none.
    await markLook(out, now()).catch(() => undefined)
  }

  /** After a release, or when another build was made current, a build comes first. */
  async #heedHold(): Promise<void> {
    const { out, status, note } = this.#options
    const hold = await readHold(out)
    const held = hold === null ? null : `${formatStateId(hold.build_id, hold.n)}: ${hold.reason}`
    if (held !== null && status.held === null) note(`held at ${held}`)
    if (held === null && status.held !== null) {
      note('released')
      this.#base = null
      this.#buildDueMs = 0
    }
    status.held = held
    this.#heedRefusal()
  }

  /** A file that a batch would refuse freezes publication as long as it is there. */
  #heedRefusal(): void {
    const { reader, status, note } = this.#options
    const { refusal } = reader
    if (refusal === this.#refusal) return
    if (refusal !== null) note(`frozen at the last good state: ${refusal}`)
    else note('publication goes on')
    status.frozen = refusal
    this.#refusal = refusal
  }

  #begin(): void {
    const nowMs = performance.now()
    const { status, reader } = this.#options
    if (status.held !== null || reader.refusal !== null) return
    if (this.#building === null && nowMs >= this.#buildDueMs && this.#wantsBuild()) {
      this.#building = this.#build()
        .catch((error) => {
          this.#buildMs = performance.now() - nowMs
          this.#fail(error)
        })
        .finally(() => {
          this.#building = null
        })
    }
    if (this.#canChange() && nowMs >= this.#changeDueMs && this.#touched.size > 0) {
      this.#changeDueMs = nowMs + this.#options.changeEveryMs
      this.#publish(this.#change())
    }
  }

  #canChange(): boolean {
    const { status, reader } = this.#options
    const isAllowed = status.held === null && reader.refusal === null && !this.#isBuildFailed
    return isAllowed && this.#base !== null && this.#publishing === null
  }

  /** Something was counted since the last one, and there is something to build. */
  #wantsBuild(): boolean {
    const { reader } = this.#options
    if (reader.isRecounting || reader.fileCount === 0 || reader.lengths().size === 0) return false
    // It would have what is guarded, too.
    const isGuarding = this.#options.guard?.frozen.length
    if (isGuarding && this.#base !== null && !this.#isBuildFailed) return false
    if (this.#base === null || this.#isBuildFailed || this.#buildDueMs === 0) return true
    return this.#base.n > 0 || this.#touched.size > 0
  }

  #publish(work: Promise<void>): void {
    this.#publishing = work
      .catch((error) => this.#fail(error))
      .finally(() => {
        this.#publishing = null
        this.#wake.abort()
      })
  }

  async #change(): Promise<void> {
    const base = this.#base
    if (base === null) return
    const { status, now } = this.#options
    const startMs = performance.now()
    const readMs = status.lastLookMs
    const counted = await this.#guarded(this.#countAllowed(base))
    if (counted.touched.size === 0) {
      this.#published(readMs)
      return
    }
    try {
      this.#base = await publishChange(base, counted, this.#options)
    } catch (error) {
      this.#touched.add(counted.touched)
      this.#changeDueMs = performance.now() + RETRY_MS
      throw error
    }
    this.#thaw()
    status.changes += 1
    status.lastChangeMs = now().getTime()
    status.touched = [...counted.touched.values()].reduce((sum, { length }) => sum + length, 0)
    status.changeSeconds = (performance.now() - startMs) / 1000
    this.#published(readMs)
  }

  /** All of one moment. */
  #count(touched: Counted['touched']): Counted {
    const { reader } = this.#options
    return { touched, counts: reader.state.pairs(touched), places: reader.places() }
  }

  /** Without campaigns that look flooded: these stay as they are published. */
  async #guarded(counted: Counted): Promise<Counted> {
    const { guard, out, now, note, status, reader } = this.#options
    if (!guard) return counted
    const added = guard.judge(counted.counts, now().getTime())
    if (guard.frozen.length === 0) return counted
    const touched = guard.filter(counted.touched)
    const counts = reader.state.pairs(touched)
    status.guarded = guard.frozen.length
    if (added.length > 0) await writeGuarded(out, guard.frozen)
    for (const { dataset, campaign_id, reason } of added) {
      note(
        `guarded: the pool of campaign ${campaign_id} in dataset ${dataset} stays as it is: ${reason}`,
      )
    }
    return { ...counted, touched, counts }
  }

  /** Datasets that are counted anew stay as they are published, until that is done. */
  #countAllowed({ places: published }: Published): Counted {
    const { paused } = this.#options.reader
    const touched = this.#touched.take()
    if (paused.size === 0) return this.#count(touched)
    const isAllowed = ([dataset]: readonly [Dataset, unknown]) => !paused.has(dataset)
    this.#touched.add(new Map([...touched].filter((one) => !isAllowed(one))))
    const counted = this.#count(new Map([...touched].filter(isAllowed)))
    const places = [
      ...[...counted.places].filter(([, { dataset }]) => !paused.has(dataset)),
      ...[...published].filter(([, { dataset }]) => paused.has(dataset)),
    ]
    return { ...counted, places: new Map(places) }
  }

  async #build(): Promise<void> {
    const { reader, makeBuild, buildEveryMs, status, now, onBuild } = this.#options
    const startMs = performance.now()
    this.#buildDueMs = startMs + buildEveryMs
    const places = reader.places()
    this.#beyond = new Touched()
    const saved = reader.save()
    const build = await makeBuild(reader.lengths(), reader.window)
    await saved
    const current = await currentBuildId(this.#options.out)
    // From the end of the last change to the beginning of the switch nothing else may begin.
    while (this.#publishing !== null || reader.paused.size > 0) {
      await (this.#publishing ?? sleep(LOOK_MS))
    }
    if (status.held !== null) return
    if (this.#base?.buildId !== build.id || current !== build.id) {
      this.#publish(this.#switch(build, places))
      await this.#publishing
      if (this.#base?.buildId !== build.id) return
      onBuild(build)
    }
    this.#isBuildFailed = false
    this.#thaw()
    status.builds += 1
    status.lastBuildMs = now().getTime()
    status.buildSeconds = (performance.now() - startMs) / 1000
  }

  async #switch({ id, folder }: FullBuild, places: Places): Promise<void> {
    const { out, status, now, note } = this.#options
    const readMs = status.lastLookMs
    this.#take()
    // What waited when the build was cut is in it.
    const waiting = this.#touched.take()
    const counted = await this.#guarded(this.#count(this.#beyond?.take() ?? new Map()))
    try {
      this.#base = await switchTo({ id, folder, places }, counted, this.#options)
    } catch (error) {
      this.#touched.add(waiting)
      this.#touched.add(counted.touched)
      throw error
    }
    this.#published(readMs)
    for (const old of await removeOldFullBuilds(out, now())) note(`removed build ${old}`)
  }

  #published(readMs: number | null): void {
    const { status } = this.#options
    status.buildId = this.#base?.buildId ?? null
    status.n = this.#base?.n ?? 0
    status.newestPublishedMs = readMs
    status.oldestUnpublishedMs = this.#touched.size > 0 ? status.lastLookMs : null
  }

  #thaw(): void {
    const { status, note } = this.#options
    if (status.frozen !== null) note('publication goes on')
    status.frozen = null
  }

  /** What a person can mend freezes publication at the last good state; anything else ends the follower. */
  #fail(error: unknown): void {
    const { status, note } = this.#options
    if (error instanceof HeldError) {
      this.#base = null
      this.#buildDueMs = 0
      return
    }
    const message = describeFault(error)
    if (message === null) {
      this.#failure ??= error
      return
    }
    if (!(error instanceof CheckError)) {
      this.#isBuildFailed = true
      this.#buildDueMs = performance.now() + this.#retryBuildMs()
    }
    if (status.frozen !== message) note(`frozen at the last good state: ${message}`)
    status.frozen = message
  }

  #retryBuildMs(): number {
    const waitMs = this.#buildMs / RETRY_BUILD_SHARE
    return Math.min(LONGEST_RETRY_BUILD_MS, Math.max(SHORTEST_RETRY_BUILD_MS, waitMs))
  }

  /** Reads what is there, and publishes it as a build. */
  async #finish(): Promise<void> {
    const { status, reader } = this.#options
    do {
      await this.#look()
      await (this.#publishing ?? sleep(LOOK_MS))
    } while (this.#publishing !== null || this.#building !== null || reader.isRecounting)
    await this.#look()
    await this.#heedHold()
    if (status.held === null && reader.refusal === null && this.#wantsBuild()) {
      await this.#build().catch((error) => this.#fail(error))
    }
    if (this.#failure !== null) throw this.#failure
  }
}

/** What a person can mend, in a line; null = a bug. */
function describeFault(error: unknown): string | null {
  if (error instanceof PipelineError) return error.message
  if (!(error instanceof Error)) return null
  const [line = ''] = error.message.split('\n')
  if (isSystemError(error)) return `cannot be written (${error.code}): ${line}`
  // As DuckDB says it.
  if (/no space left|could not write|disk is full/i.test(line)) return `disk full: ${line}`
  return /out of memory/i.test(line) ? `out of memory, raise --memory-limit: ${line}` : null
}
