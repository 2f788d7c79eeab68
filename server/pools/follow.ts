/** Follows the published build: what is served is always the last one that was good. */
import { join } from 'node:path'
import { ArtifactError, resolveBuildFolder } from '../../contract/read.ts'
import { MANIFEST_FILE, POOLS_FILE } from '../../contract/schema.ts'
import { type ActResult, fingerprintOf, type Watcher, watch } from '../process/watch.ts'
import type { LoadedBuild } from './load.ts'
import { loadInThread } from './load-thread.ts'

/** Whether the build on disk is the served one; or it is altered or malformed; or there is none; or that cannot be told. */
export type OnDisk = 'served' | 'bad' | 'gone' | 'unreadable'

/** What became of a change: another build is served; it was the same one; or it cannot be and the last good one stays. */
export type Reload =
  | { readonly result: 'ok'; readonly build: LoadedBuild }
  | { readonly result: 'unchanged' }
  | { readonly result: 'error'; readonly error: Error; readonly onDisk: Exclude<OnDisk, 'served'> }

/** The build that is served, and its watcher. */
export interface FollowedBuild extends Watcher {
  readonly build: () => LoadedBuild
  readonly onDisk: () => OnDisk
}

/** Milliseconds between two looks at `current`. */
const POLL_MS = 1_000

/**
 * Loads the published build, then follows it: looks every second whether another one was published, loads it in a
 * thread, and lets it take the place of the old one in one assignment. What cannot be read is tried again.
 *
 * @param folder - An artifacts folder (with `current`) or the folder of one build.
 * @param report - Called for each change; for a build that cannot be served once, not for every try.
 * @throws {ArtifactError} If the first build is bad: there is nothing to serve then.
 */
export async function followBuild(
  folder: string,
  report: (reload: Reload) => void,
  everyMs = POLL_MS,
): Promise<FollowedBuild> {
  const look = () => lookAt(folder)
  const seen = await look()
  const first = await loadInThread(folder)
  if (first === undefined) throw new Error('a first build cannot be the known one')
  let build = first
  let onDisk: OnDisk = 'served'
  let told: string | undefined
  const fail = (error: Error): ActResult => {
    const failure = describeFailure(error)
    onDisk = failure
    if (told !== error.message) report({ result: 'error', error, onDisk: failure })
    told = error.message
    return failure === 'bad' ? 'bad' : 'failed'
  }
  const act = async (signal: AbortSignal): Promise<ActResult> => {
    try {
      const loaded = await loadInThread(folder, { known: build.version, signal })
      build = loaded ?? build
      onDisk = 'served'
      told = undefined
      report(loaded === undefined ? { result: 'unchanged' } : { result: 'ok', build })
      return 'good'
    } catch (error) {
      return signal.aborted ? 'failed' : fail(error as Error)
    }
  }
  const watcher = watch({ look, act, lookFailed: fail, seen, everyMs })
  return { ...watcher, build: () => build, onDisk: () => onDisk }
}

/** Only what was said about bytes that were read is a verdict; a thread without memory says nothing about the build. */
function describeFailure(error: Error): Exclude<OnDisk, 'served'> {
  if (!(error instanceof ArtifactError)) return 'unreadable'
  return error.fault === 'missing' ? 'gone' : error.fault
}

/** The files themselves too, not only their folder: a build may be copied into place file by file. */
async function lookAt(folder: string): Promise<string> {
  const build = await resolveBuildFolder(folder).catch((error) => {
    if (error instanceof ArtifactError && error.fault === 'missing') return undefined
    throw error
  })
  if (build === undefined) return 'none'
  const files = [MANIFEST_FILE, POOLS_FILE].map((file) => fingerprintOf(join(build, file)))
  return [build, ...(await Promise.all(files))].join()
}
