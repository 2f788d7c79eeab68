/** Follows the published build: what is served is always the last one that was good. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CURRENT_LINK, MANIFEST_FILE, POOLS_FILE } from '../../contract/schema.ts'
import { fingerprintOf, type Watcher, watch } from '../process/watch.ts'
import type { LoadedBuild } from './load.ts'
import { loadInThread } from './load-thread.ts'

/** What became of a change: another build is served; it was the same one; it is bad and the last good one stays. */
export type Reload =
  | { readonly result: 'ok'; readonly build: LoadedBuild }
  | { readonly result: 'unchanged' }
  | { readonly result: 'error'; readonly error: Error }

/** The build that is served, and its watcher. */
export interface FollowedBuild extends Watcher {
  readonly build: () => LoadedBuild
}

/** Milliseconds between two looks at `current`. */
export const POLL_MS = 1_000

/**
 * Loads the published build, then follows it: looks every second whether another one was published, loads it in a
 * thread, and lets it take the place of the old one in one assignment.
 *
 * @param folder - An artifacts folder (with `current`) or the folder of one build.
 * @param report - Hears of each change; of a bad build once, not every second.
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
  const act = async () => {
    try {
      const loaded = await loadInThread(folder, build.version)
      if (loaded === undefined) return report({ result: 'unchanged' })
      build = loaded
      report({ result: 'ok', build })
    } catch (error) {
      report({ result: 'error', error: error as Error })
    }
  }
  return { ...watch({ look, act, seen, everyMs }), build: () => build }
}

/** The files themselves too, not only the link: a build may be copied into place file by file. */
async function lookAt(folder: string): Promise<string> {
  const current = join(folder, CURRENT_LINK)
  const isLinked = await stat(current).then(
    () => true,
    () => false,
  )
  const build = isLinked ? current : folder
  const files = [MANIFEST_FILE, POOLS_FILE].map((file) => fingerprintOf(join(build, file)))
  return (await Promise.all(files)).join()
}
