/** Follows the folder of pictures: one that is added, replaced or removed is so within seconds. */
import { type ActResult, readFingerprint, type Watcher, watch } from '../base/watch.ts'
import { isUrl } from '../setting-values.ts'
import { type Images, openImages } from './images.ts'
import { listFolder, type PictureList } from './list-folder.ts'

/** What became of a change: another list is in use; or the folder cannot be used and the last list is. */
export type PicturesChange =
  | { readonly result: 'ok'; readonly list: PictureList }
  | { readonly result: 'error'; readonly error: Error }

/** The pictures, and their watcher. */
export interface FollowedImages extends Watcher {
  /** One object: what it gives changes with the folder. */
  readonly images: Images
}

/** Milliseconds between two looks at the folder. */
const POLL_MS = 2_000

/** Milliseconds: file systems note the time of a change to 4 ms (ext4) up to 2 s (FAT). */
const COARSEST_CLOCK_MS = 2_500

/** So many of the entries that are left out are looked at: they may become pictures without a change of the folder. */
const MOST_WATCHED = 200

/**
 * Lists the pictures, then follows their folder. A folder that cannot be read, or has become empty as a mount that is
 * gone, leaves the last list, and is tried again.
 *
 * @param setting - As {@link openImages} takes it.
 * @param report - Called for each change; for a folder that cannot be used once, not for every try.
 * @throws {ImagesError} If the folder cannot be read or holds no picture at the start.
 */
export async function followImages(
  setting: string | undefined,
  report: (change: PicturesChange) => void,
  everyMs = POLL_MS,
): Promise<FollowedImages> {
  if (setting === undefined || isUrl(setting)) {
    return { images: await openImages(setting), ...UNCHANGED }
  }
  const seen = await describeFolder(setting).catch(() => '')
  let list: PictureList = await listFolder(setting)
  let told: string | undefined
  const fail = (error: Error): ActResult => {
    if (told !== error.message) report({ result: 'error', error })
    told = error.message
    return 'failed'
  }
  const look = () => lookAt(setting, list)
  const act = async (): Promise<ActResult> => {
    try {
      const next = await listFolder(setting, list)
      const isSame = describe(next) === describe(list)
      list = next
      if (!isSame || told !== undefined) report({ result: 'ok', list })
      told = undefined
      return 'good'
    } catch (error) {
      return fail(error as Error)
    }
  }
  const watcher = watch({
    look,
    act,
    lookFailed: fail,
    seen: await addLeftOut(seen, list),
    everyMs,
  })
  const images: Images = {
    urlTemplate: undefined,
    get paths() {
      return list.paths
    },
    get leftOut() {
      return list.leftOut
    },
  }
  return { ...watcher, images }
}

/** Pictures that are elsewhere, or drawn. */
const UNCHANGED: Watcher = { actNow: async () => {}, lastGoodMs: Date.now, stop: () => {} }

/** The folder changes when an entry comes, goes, or is renamed; a file that is still being written changes by itself. */
async function lookAt(folder: string, list: PictureList): Promise<string> {
  return addLeftOut(await describeFolder(folder), list)
}

/** A folder that has just changed may change again without another time of change: it is listed once more. */
async function describeFolder(folder: string): Promise<string> {
  const fingerprint = await readFingerprint(folder)
  const changedMs = Number(fingerprint.split(':')[3] ?? 0) / 1e6
  const nowMs = Date.now()
  return nowMs - changedMs < COARSEST_CLOCK_MS ? `${fingerprint} at ${nowMs}` : fingerprint
}

async function addLeftOut(fingerprint: string, { leftOut }: PictureList): Promise<string> {
  const watched = leftOut.slice(0, MOST_WATCHED).map(({ path }) => readFingerprint(path))
  return [fingerprint, ...(await Promise.all(watched))].join()
}

function describe({ paths, leftOut }: PictureList): string {
  return [...paths.values(), ...leftOut.map(({ path, why }) => `${path} ${why}`)].join('\n')
}
