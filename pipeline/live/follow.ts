/**
 * Follows an input folder that grows: what is published is at any moment what a batch over the same lines would publish.
 *
 *     look ──► counts ──► touched campaigns ──► rank, check ──► change      several times a second, beside the reading
 *                │
 *                └──► lengths of the files ──► batch in a thread ──► build   every few minutes, and at the stop
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { formatStateId } from '../../contract/changes.ts'
import { readHold } from '../../contract/read-changes.ts'
import { currentBuildId } from '../publish/current.ts'
import { describeFault, isDiskFull } from './faults.ts'
import type { FullBuild, FullBuildOptions } from './full-build.ts'
import { Publication, type PublicationOptions } from './publication.ts'
import { HeldError } from './publisher.ts'
import { CheckError } from './ranked-change.ts'

/** How a follower works. */
export interface FollowOptions extends PublicationOptions {
  /** Makes a build of so much of the files. */
  readonly makeBuild: (
    lengths: NonNullable<FullBuildOptions['lengths']>,
    window: FullBuildOptions['window'],
  ) => Promise<FullBuild>
  /** Milliseconds between two full builds, if there is something new. */
  readonly buildEveryMs: number
  readonly onBuild: (build: FullBuild) => void
  readonly stop: AbortSignal
}

/** What is tried: a change, a full build, or making one current. */
type Attempt = 'change' | 'build' | 'switch'

/** Milliseconds between two looks. */
const LOOK_MS = 50
/** Milliseconds after a failed build before the next one. */
const LONGEST_RETRY_BUILD_MS = 30_000
const SHORTEST_RETRY_BUILD_MS = 2_000
/** A build that fails takes no more than this part of the time. */
const RETRY_BUILD_SHARE = 1 / 5

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
  readonly #publication: Publication
  #publishing: Promise<void> | null = null
  #building: Promise<void> | null = null
  #buildDueMs = 0
  #failure: unknown = null
  #refusal: string | null = null
  /** Ends the pause between two looks. */
  #wake = new AbortController()
  /** A full build failed: changes wait for one that does not. */
  #isBuildFailed = false
  /** What the last build that failed took. */
  #buildMs = 0
  /** Lines and files that were counted when the last build was cut. */
  #built = { lines: 0, files: 0 }

  constructor(options: FollowOptions) {
    this.#options = options
    this.#publication = new Publication(options)
    this.#buildDueMs = performance.now()
    if (options.resumed !== null) this.#built.files = options.reader.fileCount
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
    const dueInMs = this.#canChange() ? this.#publication.dueInMs(performance.now()) : LOOK_MS
    const ms = Math.max(0, Math.min(LOOK_MS, dueInMs))
    await sleep(ms, undefined, { signal: this.#wake.signal }).catch(() => undefined)
    if (!this.#options.stop.aborted) this.#wake = new AbortController()
  }

  async #look(): Promise<void> {
    const { reader, status, now } = this.#options
    const result = await reader.look(now(), performance.now())
    this.#publication.take()
    status.lines += result.lines
    status.accepted += result.accepted
    status.rejected += result.rejected
    status.lastLookMs = now().getTime()
    status.stateBytes = reader.state.bytes
    status.files = reader.fileCount
    if (result.lines > 0) status.oldestUnpublishedMs ??= now().getTime()
    if (result.wantsBuild) this.#buildDueMs = 0
    // What lies on top of a build has its days.
    if (result.hasNewDay) this.#publication.forgetBase()
    await this.#publication.mark()
    // What is guarded no more was counted meanwhile: a build has it.
    if (await this.#publication.guarding.heedRelease()) this.#buildDueMs = 0
  }

  /** After a release, or when another build was made current, a build comes first. */
  async #heedHold(): Promise<void> {
    const { out, status, note } = this.#options
    const hold = await readHold(out)
    const held = hold === null ? null : `${formatStateId(hold.build_id, hold.n)}: ${hold.reason}`
    if (held !== null && status.held === null) note(`held at ${held}`)
    if (held === null && status.held !== null) {
      note('released')
      this.#publication.forgetBase()
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
          this.#fail(error, 'build')
        })
        .finally(() => {
          this.#building = null
        })
    }
    if (this.#canChange() && this.#publication.dueInMs(nowMs) <= 0) {
      this.#publish(this.#publication.change(nowMs), 'change')
    }
  }

  #canChange(): boolean {
    const { status, reader } = this.#options
    const isAllowed = status.held === null && reader.refusal === null && !this.#isBuildFailed
    return isAllowed && this.#publication.base !== null && this.#publishing === null
  }

  /** Something was counted since the last one, and there is something to build. */
  #wantsBuild(): boolean {
    const { reader } = this.#options
    if (reader.isRecounting || reader.fileCount === 0 || reader.lengths().size === 0) return false
    const { base, isBehind, guarding } = this.#publication
    // It would have what is guarded, too.
    if (guarding.isGuarding && base !== null && !this.#isBuildFailed) return false
    if (base === null || this.#isBuildFailed || this.#buildDueMs === 0) return true
    return base.n > 0 || isBehind || this.#hasUnseenLines()
  }

  /** Lines that touch no campaign, like orphans and rejects, are in no change: only a build says what became of them. */
  #hasUnseenLines(): boolean {
    const { status, reader } = this.#options
    return status.lines > this.#built.lines || reader.fileCount !== this.#built.files
  }

  #publish(work: Promise<void>, attempt: Attempt): void {
    this.#publishing = work
      .catch((error) => this.#fail(error, attempt))
      .finally(() => {
        this.#publishing = null
        this.#wake.abort()
      })
  }

  async #build(): Promise<void> {
    const { reader, makeBuild, buildEveryMs, status, now, onBuild } = this.#options
    const startMs = performance.now()
    this.#buildDueMs = startMs + buildEveryMs
    const places = this.#publication.cut()
    const cut = { lines: status.lines, files: reader.fileCount }
    const saved = reader.save()
    const build = await makeBuild(reader.lengths(), reader.window)
    await saved
    const current = await currentBuildId(this.#options.out)
    // From the end of the last change to the beginning of the switch nothing else may begin.
    while (this.#publishing !== null || reader.paused.size > 0) {
      await (this.#publishing ?? sleep(LOOK_MS))
    }
    if (status.held !== null) return
    if (this.#publication.base?.buildId !== build.id || current !== build.id) {
      this.#publish(this.#publication.makeCurrent(build, places), 'switch')
      await this.#publishing
      if (this.#publication.base?.buildId !== build.id) return
      onBuild(build)
    }
    this.#built = cut
    this.#isBuildFailed = false
    this.#publication.thaw()
    status.builds += 1
    status.lastBuildMs = now().getTime()
    status.buildSeconds = (performance.now() - startMs) / 1000
  }

  /** What a person can mend freezes publication at the last good state; anything else ends the follower. */
  #fail(error: unknown, attempt: Attempt): void {
    const { status, note } = this.#options
    if (error instanceof HeldError) {
      this.#publication.forgetBase()
      this.#buildDueMs = 0
      return
    }
    const message = describeFault(error)
    if (message === null) {
      this.#failure ??= error
      return
    }
    // What had no room was not refused: changes go on as soon as there is some, the next try is a second later.
    const mayChange = error instanceof CheckError || (isDiskFull(message) && attempt !== 'switch')
    if (!mayChange) this.#isBuildFailed = true
    if (!mayChange || attempt === 'build') {
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
      await this.#build().catch((error) => this.#fail(error, 'build'))
    }
    if (this.#failure !== null) throw this.#failure
  }
}
