/** The logs of a bucket as a folder on this machine, for everything that reads files. */
import { mkdir, readFile, rename, stat, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { mapAtOnce } from '../base/at-once.ts'
import { PipelineError } from '../base/errors.ts'
import type { Progress } from '../base/progress.ts'
import type { ScannedRows } from '../build/options.ts'
import { markNames, removeOthers, sortObjects } from './mirrored-names.ts'
import type { ListedObject, Store } from './store.ts'

/** Where a mirror remembers what it has, beside the folders 1 to 4. */
const INDEX_FILE = '.mirror.json'

/** Downloads at once: one seldom fills the line, and each has a file and a buffer open. */
const AT_ONCE = 8

/** Milliseconds between two words about a long download. */
const WORD_MS = 5_000

/** A file that is the same as an object: as long as it has this size and time, and the object this ETag. */
interface MirroredFile {
  readonly etag: string
  readonly bytes: number
  readonly modifiedMs: number
  /** The file has the object's size and none of its bytes. */
  readonly isPlaceholder?: boolean
}

type Index = Record<string, MirroredFile>

/** How logs are mirrored. */
interface MirrorOptions {
  readonly progress: Progress
  /** Objects that it knows are not downloaded. */
  readonly scanned?: ScannedRows | null
}

/**
 * Makes a folder the same as the logs and lists of a store. What it has already stays; what the store lost goes.
 *
 * A download that ends early is taken up by the next: each file counts once it is whole.
 *
 * @throws {PipelineError} If the store refuses, or an object changes while it is read.
 */
export async function mirrorLogs(
  store: Store,
  folder: string,
  { progress, scanned = null }: MirrorOptions,
): Promise<void> {
  const { read: objects, named } = sortObjects(await store.list(''))
  await mkdir(folder, { recursive: true })
  const index = await readIndex(folder)
  await removeOthers(folder, new Set([...objects, ...named].map(({ path }) => path)), INDEX_FILE)
  await markNames(folder, named)
  const missing: ListedObject[] = []
  await mapAtOnce(objects, async (object) => {
    const { path, etag } = object
    const fetch = () => downloadOne(store, object, { folder, index })
    const isScanned = await scanned?.knows({ path, etag, fetch })
    if (await isSame(folder, object, index[path])) return
    if (isScanned) await makePlaceholder(folder, object, index)
    else missing.push(object)
  })
  const total = missing.reduce((sum, { bytes }) => sum + bytes, 0)
  missing.sort((one, other) => (one.path < other.path ? -1 : 1))
  const kept = objects.length - missing.length
  const name = `download ${missing.length} files, ${kept} kept`
  await progress.step(name, () => downloadAll(store, missing, { folder, index, total, progress }))
}

/** Makes a file of an object's size without its bytes: the object was scanned. One that is there stays. */
async function makePlaceholder(
  folder: string,
  { path, etag, bytes }: ListedObject,
  index: Index,
): Promise<void> {
  const file = join(folder, path)
  const status = await stat(file).catch(() => null)
  const known = index[path]
  const isThere = known?.etag === etag && status?.mtimeMs === known.modifiedMs
  if (isThere && status?.size === bytes) return
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, '')
  await truncate(file, bytes)
  index[path] = { etag, bytes, modifiedMs: (await stat(file)).mtimeMs, isPlaceholder: true }
}

/** Makes a file the same as its object. */
async function downloadOne(
  store: Store,
  { path, etag, bytes }: ListedObject,
  { folder, index, received }: DownloadOptions,
): Promise<void> {
  const file = join(folder, path)
  await mkdir(dirname(file), { recursive: true })
  const isThere = await store.download(path, file, { etag, ...(received && { received }) })
  if (!isThere) throw new PipelineError(`vanished while it was read, try again: ${path}`)
  index[path] = { etag, bytes, modifiedMs: (await stat(file)).mtimeMs }
}

interface DownloadOptions {
  readonly folder: string
  readonly index: Index
  readonly received?: (bytes: number) => void
}

interface Downloads {
  readonly folder: string
  readonly index: Index
  readonly total: number
  readonly progress: Progress
}

async function downloadAll(
  store: Store,
  objects: readonly ListedObject[],
  downloads: Downloads,
): Promise<void> {
  const { folder, index, total, progress } = downloads
  const queue = [...objects]
  let arrived = 0
  const timer = setInterval(
    () => progress.note(`downloaded ${megabytes(arrived)} of ${megabytes(total)}`),
    WORD_MS,
  )
  const received = (bytes: number) => {
    arrived += bytes
  }
  const work = async () => {
    for (let object = queue.shift(); object !== undefined; object = queue.shift()) {
      await downloadOne(store, object, { folder, index, received })
    }
  }
  try {
    const results = await Promise.allSettled(Array.from({ length: AT_ONCE }, work))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  } finally {
    clearInterval(timer)
    await writeIndex(folder, index)
  }
}

async function isSame(
  folder: string,
  object: ListedObject,
  known: MirroredFile | undefined,
): Promise<boolean> {
  if (known?.etag !== object.etag || known.isPlaceholder) return false
  const file = await stat(join(folder, object.path)).catch(() => undefined)
  return file?.size === object.bytes && file.mtimeMs === known.modifiedMs
}

/** A mirror that cannot tell what it has is an empty one. */
async function readIndex(folder: string): Promise<Index> {
  try {
    return JSON.parse(await readFile(join(folder, INDEX_FILE), 'utf8')) as Index
  } catch {
    return {}
  }
}

async function writeIndex(folder: string, index: Index): Promise<void> {
  const path = join(folder, INDEX_FILE)
  await writeFile(`${path}.new`, JSON.stringify(index))
  await rename(`${path}.new`, path)
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
