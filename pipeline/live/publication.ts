/** What a follower has published, and what waits to be: as a change, or with the switch to a full build. */
import type { Dataset } from '../../contract/schema.ts'
import type { FullBuild } from './full-build.ts'
import { Guarding, type GuardingOptions } from './guarding.ts'
import {
  type Counted,
  markLook,
  type Places,
  type Published,
  type PublishOptions,
  publishChange,
  switchTo,
} from './publisher.ts'
import { removeOldFullBuilds } from './retention.ts'
import { Touched } from './touched.ts'

/** What is published, and from what. */
export interface PublicationOptions extends PublishOptions, GuardingOptions {
  /** What is published and goes on; null = a full build comes first. */
  readonly resumed: Published | null
  /** Milliseconds between the beginnings of two changes, at least. */
  readonly changeEveryMs: number
}

/** Milliseconds after a failed check before what was counted is checked anew. */
const RETRY_MS = 1_000
const MARK_MS = 1_000

/** The published state of one follower. One change or switch at a time. */
export class Publication {
  readonly guarding: Guarding
  readonly #options: PublicationOptions
  readonly #touched = new Touched()
  /** Touched since the build under way was cut. */
  #beyond: Touched | null = null
  #base: Published | null = null
  #changeDueMs = 0
  #markDueMs = 0

  constructor(options: PublicationOptions) {
    this.#options = options
    this.guarding = new Guarding(options)
    this.#base = options.resumed
    this.#published(null)
  }

  /** What changes lie on; null = a full build has to come first. */
  get base(): Published | null {
    return this.#base
  }

  /** Whether something was counted that is not published. */
  get isBehind(): boolean {
    return this.#touched.size > 0
  }

  /** What is there is no longer gone on from. */
  forgetBase(): void {
    this.#base = null
  }

  /** Takes over which campaigns the reader has touched. */
  take(): void {
    const touched = this.#options.reader.state.takeTouched()
    this.#touched.add(touched)
    this.#beyond?.add(touched)
  }

  /** Marks the folder as looked at if nothing waits. */
  async mark(): Promise<void> {
    const { out, now, status } = this.#options
    const isUpToDate = status.held !== null || (this.#touched.size === 0 && status.frozen === null)
    if (this.#base === null || !isUpToDate || performance.now() < this.#markDueMs) return
    this.#markDueMs = performance.now() + MARK_MS
    // It is made up for by the next one; on a full disk there may be none.
    await markLook(out, now()).catch(() => undefined)
  }

  /** Milliseconds until a change may begin; Infinity = nothing waits. */
  dueInMs(nowMs: number): number {
    return this.isBehind ? this.#changeDueMs - nowMs : Number.POSITIVE_INFINITY
  }

  /**
   * Publishes what waits, as a change.
   *
   * @param nowMs - Of a clock that never goes back.
   * @throws {CheckError} If a check does not allow it; then it waits on.
   * @throws {HeldError} If nothing may be published.
   */
  async change(nowMs: number): Promise<void> {
    this.#changeDueMs = nowMs + this.#options.changeEveryMs
    const base = this.#base
    if (base === null) return
    const { status, now } = this.#options
    const startMs = performance.now()
    const readMs = status.lastLookMs
    const counted = await this.guarding.filter(this.#countAllowed(base))
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
    this.thaw()
    status.changes += 1
    status.lastChangeMs = now().getTime()
    status.touched = [...counted.touched.values()].reduce((sum, { length }) => sum + length, 0)
    status.changeSeconds = (performance.now() - startMs) / 1000
    this.#published(readMs)
  }

  /** Begins a build of what is counted now: gives how far that is. What is touched later goes on top of it. */
  cut(): Places {
    const places = this.#options.reader.places()
    this.#beyond = new Touched()
    return places
  }

  /**
   * Makes a build current, with what was touched since it was cut.
   *
   * @throws {CheckError} If a check does not allow what was touched; then all waits on.
   * @throws {HeldError} If nothing may be published.
   */
  async makeCurrent({ id, folder }: FullBuild, places: Places): Promise<void> {
    const { out, status, now, note } = this.#options
    const readMs = status.lastLookMs
    this.take()
    // What waited when the build was cut is in it.
    const waiting = this.#touched.take()
    const counted = await this.guarding.filter(this.#count(this.#beyond?.take() ?? new Map()))
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

  /** Publication is not frozen any more. */
  thaw(): void {
    const { status, note } = this.#options
    if (status.frozen !== null) note('publication goes on')
    status.frozen = null
  }

  /** All of one moment. */
  #count(touched: Counted['touched']): Counted {
    const { reader } = this.#options
    return { touched, counts: reader.state.pairs(touched), places: reader.places() }
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

  #published(readMs: number | null): void {
    const { status } = this.#options
    status.buildId = this.#base?.buildId ?? null
    status.n = this.#base?.n ?? 0
    status.newestPublishedMs = readMs
    status.oldestUnpublishedMs = this.#touched.size > 0 ? status.lastLookMs : null
  }
}
