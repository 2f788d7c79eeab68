/** Follows the published build, and the changes on top of it: what is served is always the last state that was good. */
import { ArtifactError } from '../../contract/read.ts'
import { type ActResult, type Watcher, watch } from '../base/watch.ts'
import { advance } from './changes/follow-changes.ts'
import type { KnownBuild } from './changes/load-live.ts'
import type { ChainGap } from './changes/read-chain.ts'
import { createChangeReader } from './changes/reader.ts'
import { type LoadedBuild, versionOf } from './load.ts'
import { loadInThread } from './load-thread.ts'
import { createLook, type Look } from './look.ts'

/** Whether the build on disk is the served one; or it is altered or malformed; or there is none; or that cannot be told. */
export type OnDisk = 'served' | 'bad' | 'gone' | 'unreadable'

/** What became of a change: another build is served; it was the same one; or it cannot be and the last good one stays. */
export type Reload =
  | { readonly result: 'ok'; readonly build: LoadedBuild }
  | { readonly result: 'unchanged' }
  | { readonly result: 'error'; readonly error: Error; readonly onDisk: Exclude<OnDisk, 'served'> }

/** What is told of what happens. */
export interface FollowReports {
  /** Called for each look at another build; for a build that cannot be served once, not for every try. */
  readonly reload: (reload: Reload) => void
  /** Called for each change that is applied on top of the build. */
  readonly change?: () => void
  /** Called when the next change cannot be applied, once for each reason. */
  readonly gap?: (gap: ChainGap) => void
}

/** The build that is served, and its watcher. */
export interface FollowedBuild extends Watcher {
  readonly build: () => LoadedBuild
  readonly onDisk: () => OnDisk
  /** When the follower of the logs last found that all is published: milliseconds since 1970; null: there is none. */
  readonly lookedAtMs: () => number | null
}

/** How a build is followed. */
export interface FollowOptions {
  /** Milliseconds between two looks. */
  readonly everyMs?: number
  /** Reads the candidates of each campaign, too: see candidates.ts. */
  readonly withCandidates?: boolean
}

/** Milliseconds between two looks. */
const POLL_MS = 25

/**
 * Loads the published build, then follows it: looks every 25 ms whether another one was published, or changes on top of
 * it. A build is loaded in a thread, with its changes, and takes the place of the old one in one assignment; changes are
 * read in a thread, and written into the pools in memory. What cannot be read is tried again.
 *
 * @param folder - An artifacts folder (with `current`) or the folder of one build.
 * @throws {ArtifactError} If the first build is bad: there is nothing to serve then.
 */
export async function followBuild(
  folder: string,
  reports: FollowReports,
  { everyMs = POLL_MS, withCandidates = false }: FollowOptions = {},
): Promise<FollowedBuild> {
  const look = createLook(folder)
  const seen = await look.now()
  const first = await loadInThread(folder, { withCandidates })
  if (first === undefined) throw new Error('a first build cannot be the known one')
  const served = createServed(folder, first, { reports, look, withCandidates })
  const watcher = watch({
    look: look.now,
    act: served.act,
    lookFailed: served.fail,
    seen,
    everyMs,
  })
  return {
    ...watcher,
    actNow: () => {
      look.forget()
      return watcher.actNow()
    },
    stop: () => {
      watcher.stop()
      served.stop()
    },
    build: served.build,
    onDisk: served.onDisk,
    lookedAtMs: look.lookedAtMs,
  }
}

/** What is served, and what becomes of it when something else is on disk. */
function createServed(
  folder: string,
  first: LoadedBuild,
  {
    reports,
    look,
    withCandidates,
  }: {
    readonly reports: FollowReports
    readonly look: Look
    readonly withCandidates: boolean
  },
) {
  const reader = createChangeReader()
  let build = first
  let onDisk: OnDisk = 'served'
  let told: string | undefined
  let toldGap = first.changes?.gap?.message
  const serve = (next: LoadedBuild) => {
    const { gap } = next.changes ?? {}
    // With another build, the changes on top of the one before it go: one that is gone is looked for twice.
    const isNew = gap?.fault !== 'missing' || gap.message === build.changes?.gap?.message
    if (gap !== undefined && isNew && gap.message !== toldGap) {
      reports.gap?.(gap)
      toldGap = gap.message
    }
    build = next
  }
  const fail = (error: Error): ActResult => {
    const failure = describeFailure(error)
    onDisk = failure
    if (told !== error.message) reports.reload({ result: 'error', error, onDisk: failure })
    told = error.message
    return failure === 'bad' ? 'bad' : 'failed'
  }
  const load = async (signal: AbortSignal, known?: KnownBuild) => {
    const loaded = await loadInThread(folder, { known, signal, withCandidates })
    if (loaded !== undefined) {
      assertNotBefore(build, loaded)
      serve(loaded)
    }
    onDisk = 'served'
    told = undefined
    reports.reload(loaded === undefined ? { result: 'unchanged' } : { result: 'ok', build })
  }
  const takeOver = async (signal: AbortSignal) => {
    if (look.isBuildNew()) await load(signal, describeKnown(build))
    look.settleBuild()
    const count = () => reports.change?.()
    const result = await advance(build, { artifacts: folder, reader, signal, serve, count })
    if (result === 'needs room') await load(signal)
    const { gap } = build.changes ?? {}
    if (gap === undefined) return 'good'
    return gap.fault === 'bad' ? 'bad' : 'failed'
  }
  const act = async (signal: AbortSignal): Promise<ActResult> => {
    if (look.isBuildBad()) return 'bad'
    try {
      return await takeOver(signal)
    } catch (error) {
      if (signal.aborted) return 'failed'
      const result = fail(error as Error)
      if (result === 'bad') look.refuseBuild()
      return result
    }
  }
  if (first.changes?.gap !== undefined) reports.gap?.(first.changes.gap)
  if (first.changes !== undefined) reader.start()
  return { act, fail, build: () => build, onDisk: () => onDisk, stop: reader.stop }
}

/** Only what was said about bytes that were read is a verdict; a thread without memory says nothing about the build. */
function describeFailure(error: Error): Exclude<OnDisk, 'served'> {
  if (!(error instanceof ArtifactError)) return 'unreadable'
  return error.fault === 'missing' ? 'gone' : error.fault
}

/**
 * What was published is never taken back: a build that was cut before the served state is served with what lies on top of
 * it, or not at all.
 */
function assertNotBefore(served: LoadedBuild, loaded: LoadedBuild): void {
  const { gap, applied } = loaded.changes ?? {}
  if (gap !== undefined && applied?.n === 0) throw new ArtifactError(gap.message, gap)
  const [before, after] = [served, loaded].map(({ changes }) => changes?.applied)
  if (before === undefined || before.epoch !== after?.epoch || before.n <= after.n) return
  throw new ArtifactError(`change ${before.n} is gone: ${loaded.folder}`, { fault: 'unreadable' })
}

function describeKnown({ manifest, changes }: LoadedBuild): KnownBuild {
  const { build_id: buildId } = manifest
  return { buildId, version: versionOf(manifest), epoch: changes?.applied.epoch }
}
