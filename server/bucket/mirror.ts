/**
 * A bucket as an artifacts folder on this machine: what is published there appears here, in the same order.
 *
 *     manifest.json, live/<id>/changes.json ──► builds/<id> ──► live/<id> ──► current
 */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CHANGE_LIST_FILE,
  type ChangeList,
  parseChangeList,
} from '../../contract/bucket-changes.ts'
import {
  changesFolder,
  EPOCH_FILE,
  formatEpoch,
  formatHold,
  HOLD_FILE,
  LIVE_FOLDER,
  LOOK_FILE,
} from '../../contract/changes.ts'
import { formatPointer, readPointer } from '../../contract/current.ts'
import { DENYLIST_FILE } from '../../contract/denylist.ts'
import { digestBytes } from '../../contract/digest.ts'
import { parseManifest } from '../../contract/manifest.ts'
import { verifyFile } from '../../contract/read.ts'
import { listChanges, readEpoch } from '../../contract/read-changes.ts'
import {
  BUILDS_FOLDER,
  CURRENT_LINK,
  FORMAT_VERSION,
  MANIFEST_FILE,
  type Manifest,
} from '../../contract/schema.ts'
import { downloadChange } from './download-change.ts'
import { type Bucket, BucketError } from './objects.ts'

/** A mirror; not safe for use by several at once. */
export interface Mirror {
  /**
   * Brings what is published now.
   *
   * @throws {BucketError} If something is not there, or not whole: what was brought before stays.
   * @throws {ManifestError} If what is published is no manifest.
   * @throws {ChangeError} If the list of changes, or a change, is none.
   */
  readonly bring: () => Promise<void>
}

const NEW_PREFIX = '.new-'
const OLD_PREFIX = '.old-'

interface Seen {
  readonly text: string
  readonly etag: string
}

/** Makes a mirror of a bucket in a folder of its own. */
export function createMirror(bucket: Bucket, folder: string): Mirror {
  const seen = new Map<string, Seen>()
  /** What an earlier process left is not trusted. */
  let isTrusted = false
  const read = async (path: string): Promise<string | undefined> => {
    const found = await bucket.readText(path, seen.get(path)?.etag)
    if (found === 'same') return seen.get(path)?.text
    if (found === undefined) seen.delete(path)
    else seen.set(path, found)
    return found?.text
  }
  return {
    bring: async () => {
      await bringDenylist(read, folder)
      const text = await read(MANIFEST_FILE)
      if (text === undefined) throw new BucketError(`no build is published: ${MANIFEST_FILE}`)
      const manifest = parseManifest(text)
      const id = manifest.build_id
      const listPath = `${LIVE_FOLDER}/${id}/${CHANGE_LIST_FILE}`
      for (const path of seen.keys()) {
        if (path.startsWith(`${LIVE_FOLDER}/`) && path !== listPath) seen.delete(path)
      }
      const listed = await read(listPath)
      const list = listed === undefined ? null : parseChangeList(listed, id)
      // The build is about to be replaced by another one of the same id.
      if (list !== null && list.manifest_sha256 !== digestBytes(Buffer.from(text)).sha256) return
      await bringBuild(bucket, folder, { manifest, text, isTrusted })
      if (list === null) await rm(changesFolder(folder, id), { recursive: true, force: true })
      else await bringChanges(bucket, folder, { list, isTrusted })
      await bringMarks(folder, list)
      await pointTo(folder, id)
      isTrusted = true
    },
  }
}

/** A list that is gone stays: it is cleared by an empty one. */
async function bringDenylist(
  read: (path: string) => Promise<string | undefined>,
  folder: string,
): Promise<void> {
  const text = await read(DENYLIST_FILE)
  if (text !== undefined) await writeWhole(join(folder, DENYLIST_FILE), text)
}

async function bringBuild(
  bucket: Bucket,
  folder: string,
  {
    manifest,
    text,
    isTrusted,
  }: { readonly manifest: Manifest; readonly text: string; readonly isTrusted: boolean },
): Promise<void> {
  const id = manifest.build_id
  const target = join(folder, BUILDS_FOLDER, id)
  const known = await readFile(join(target, MANIFEST_FILE), 'utf8').catch(() => undefined)
  if (known === text && (isTrusted || (await isWhole(target, manifest)))) return
  const fresh = join(folder, BUILDS_FOLDER, `${NEW_PREFIX}${id}`)
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { recursive: true })
  for (const output of manifest.outputs) {
    const { file } = output
    await bucket.download(`${BUILDS_FOLDER}/${id}/${file}`, join(fresh, file), output)
  }
  await writeFile(join(fresh, MANIFEST_FILE), text)
  await replaceFolder(target, fresh)
}

async function isWhole(build: string, manifest: Manifest): Promise<boolean> {
  try {
    for (const { file } of manifest.outputs) await verifyFile(build, manifest, file)
    return true
  } catch {
    return false
  }
}

/** Changes of the run that is here already are added to it; another run takes its place whole. */
async function bringChanges(
  bucket: Bucket,
  folder: string,
  { list, isTrusted }: { readonly list: ChangeList; readonly isTrusted: boolean },
): Promise<void> {
  const { build_id, epoch, started_at } = list
  const target = changesFolder(folder, build_id)
  const known = await readEpoch(folder, build_id).catch(() => null)
  const isSameRun = isTrusted && known?.epoch === epoch
  const fresh = isSameRun ? target : join(folder, LIVE_FOLDER, `${NEW_PREFIX}${build_id}`)
  if (!isSameRun) {
    await rm(fresh, { recursive: true, force: true })
    await mkdir(fresh, { recursive: true })
    const note = { format_version: FORMAT_VERSION, build_id, epoch, started_at } as const
    await writeFile(join(fresh, EPOCH_FILE), formatEpoch(note))
  }
  const last = isSameRun ? ((await listChanges(folder, build_id)).at(-1) ?? 0) : 0
  for (const n of list.changes.filter((one) => one > last)) {
    const path = `${LIVE_FOLDER}/${build_id}/${epoch}/${n}`
    const work = join(fresh, `${NEW_PREFIX}${n}`)
    await downloadChange(bucket, path, work)
    await rename(work, join(fresh, String(n)))
  }
  if (!isSameRun) await replaceFolder(target, fresh)
}

/** Where publication is held, and when the follower looked. */
async function bringMarks(folder: string, list: ChangeList | null): Promise<void> {
  const live = join(folder, LIVE_FOLDER)
  await mkdir(live, { recursive: true })
  const path = join(live, HOLD_FILE)
  if (list === null || list.hold === null) await rm(path, { force: true })
  else {
    const { build_id } = list
    await writeWhole(path, formatHold({ format_version: FORMAT_VERSION, build_id, ...list.hold }))
  }
  const lookedAt = list?.looked_at
  if (lookedAt === null || lookedAt === undefined) return
  const look = join(live, LOOK_FILE)
  if (!existsSync(look)) await writeFile(look, '')
  await utimes(look, new Date(lookedAt), new Date(lookedAt))
}

/** The build before stays, too: whoever reads its files now can end. */
async function pointTo(folder: string, id: string): Promise<void> {
  const before = await readPointer(folder).catch(() => null)
  if (before === id) return
  await writeWhole(join(folder, CURRENT_LINK), formatPointer(id))
  const kept = [id, before]
  for (const parent of [BUILDS_FOLDER, LIVE_FOLDER]) {
    const names = await readdir(join(folder, parent), { withFileTypes: true })
    for (const entry of names.filter((one) => one.isDirectory() && !kept.includes(one.name))) {
      await rm(join(folder, parent, entry.name), { recursive: true, force: true })
    }
  }
}

/** A file that is as it should be keeps its time of change. */
async function writeWhole(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
}

/** A folder cannot be renamed onto another one that has files in it. */
async function replaceFolder(target: string, fresh: string): Promise<void> {
  const old = join(target, '..', `${OLD_PREFIX}${fresh.split(NEW_PREFIX).at(-1)}`)
  await rm(old, { recursive: true, force: true })
  if (existsSync(target)) await rename(target, old)
  await rename(fresh, target)
  await rm(old, { recursive: true, force: true })
}
