/** Tells what is published, at the cost of a few looks at names. */
import { basename, join } from 'node:path'
import { changesFolder, EPOCH_FILE, HOLD_FILE, LIVE_FOLDER } from '../../contract/changes.ts'
import { ArtifactError, resolveBuildFolder } from '../../contract/read.ts'
import { listChanges, readLook } from '../../contract/read-changes.ts'
import { MANIFEST_FILE, POOLS_FILE } from '../../contract/schema.ts'
import { readFingerprint } from '../base/watch.ts'

/** Looks at an artifacts folder, and remembers which build was taken from it. */
export interface Look {
  /**
   * Describes what is published.
   *
   * @throws {Error} If that cannot be told.
   */
  readonly now: () => Promise<string>
  /** Whether another build, or another run of changes on top of it, was seen than the one that was settled last. */
  readonly isBuildNew: () => boolean
  /** The build that was seen last is served. */
  readonly settleBuild: () => void
  /** The build that was seen last cannot be served, whatever is published on top of it. */
  readonly refuseBuild: () => void
  readonly isBuildBad: () => boolean
  /** When the follower of the logs last found that all is published, as it was seen last; null: there is none. */
  readonly lookedAtMs: () => number | null
  /** Makes the next look thorough, and the build that it sees new. */
  readonly forget: () => void
}

/** Where no changes are published on top of builds, one look of so many is one: a build comes every few minutes at most. */
const IDLE_LOOKS = 40
/** Where changes are, one look of so many is at all of it, the others at the folder of the changes alone. */
const LIVE_LOOKS = 4

/**
 * Makes a look.
 *
 * @param folder - An artifacts folder (with `current`) or the folder of one build.
 */
export function createLook(folder: string): Look {
  let seen: Published | undefined
  let skipped = 0
  let settled: string | undefined
  let refused: string | undefined
  let lookedAtMs: number | null = null
  return {
    now: async () => {
      skipped += 1
      if (seen === undefined || !(await isSame(seen, skipped))) {
        seen = await lookAt(folder)
        skipped = 0
        lookedAtMs = seen.changes === undefined ? null : await readLook(folder)
      }
      settled ??= seen?.build
      return [seen?.build, seen?.changes].join()
    },
    isBuildNew: () => seen?.build !== settled,
    settleBuild: () => {
      settled = seen?.build
    },
    refuseBuild: () => {
      refused = seen?.build
    },
    isBuildBad: () => refused !== undefined && seen?.build === refused,
    lookedAtMs: () => lookedAtMs,
    forget: () => {
      skipped = IDLE_LOOKS
      settled = ''
      refused = undefined
    },
  }
}

/** Texts that differ where what is published does. */
interface Published {
  /** Of the build and the run of changes on top of it. */
  readonly build: string
  /** Of the changes, and of what holds them; undefined: there is no run of them. */
  readonly changes: string | undefined
  /** The folder of the changes, and its state before they were listed. */
  readonly live?: { readonly folder: string; readonly state: string }
}

/** Tells at little cost that nothing new is published; false = that is to be found out. */
async function isSame({ changes, live }: Published, looks: number): Promise<boolean> {
  if (changes === undefined || live === undefined) return looks < IDLE_LOOKS
  return looks < LIVE_LOOKS && (await readFingerprint(live.folder)) === live.state
}

/** The files themselves too, not only their folder: a build may be copied into place file by file. */
async function lookAt(folder: string): Promise<Published> {
  const build = await resolveBuildFolder(folder).catch((error) => {
    if (error instanceof ArtifactError && error.fault === 'missing') return undefined
    throw error
  })
  if (build === undefined) return { build: 'none', changes: undefined }
  const buildId = basename(build)
  const live = changesFolder(folder, buildId)
  const paths = [join(build, MANIFEST_FILE), join(build, POOLS_FILE), join(live, EPOCH_FILE), live]
  const [manifest, pools, epoch = '', state = ''] = await Promise.all(paths.map(readFingerprint))
  const text = [build, manifest, pools, epoch].join()
  if (epoch === 'ENOENT' || epoch === 'ENOTDIR') return { build: text, changes: undefined }
  const hold = await readFingerprint(join(folder, LIVE_FOLDER, HOLD_FILE))
  const last = (await listChanges(folder, buildId)).at(-1)
  return { build: text, changes: `${hold} ${last}`, live: { folder: live, state } }
}
