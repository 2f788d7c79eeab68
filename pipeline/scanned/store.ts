/** Where scanned files are kept: what is in it is immutable, and many processes write to it without a word to each other. */

import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Digest, digestFile } from '../../contract/digest.ts'
import { makeFolders } from '../../contract/folders.ts'
import { syncFolder, syncToDisk } from '../../contract/sync.ts'
import { isSystemError, PipelineError, withFileErrors } from '../base/errors.ts'

/** Endings of the names in `data/`. */
export type DataKind = 'rows.parquet' | 'pairs.parquet' | 'rejects.json'

/** A folder, or a place in a bucket, with scanned files. */
export interface ScannedStore {
  /** For messages. */
  readonly place: string
  /** Reads a record's text; null if there is none. */
  readonly readRecord: (name: string) => Promise<string | null>
  /** Writes a record whole, in place of one that is there. */
  readonly writeRecord: (name: string, text: string) => Promise<void>
  /** Tells whether data is there and as it was written. */
  readonly has: (digest: Digest, kind: DataKind) => Promise<boolean>
  /** Takes a file of a work folder, whole or not at all. */
  readonly put: (path: string, digest: Digest, kind: DataKind) => Promise<void>
  /**
   * Copies data to a file.
   *
   * @returns False if it is not there, or not as it was written.
   */
  readonly get: (digest: Digest, kind: DataKind, to: string) => Promise<boolean>
  /** Gives `fn` a folder for files that are about to be put; what was put is on disk for good afterwards. */
  readonly withWorkFolder: <T>(fn: (folder: string) => Promise<T>) => Promise<T>
}

/** What a scan left that was killed is in the way of nobody; a scan that is under way has written since. */
const ABANDONED_MS = 24 * 3600 * 1000

/** Hidden: of work folders. */
const WORK_PREFIX = '.scan-'

/**
 * Makes a folder for scanned files, if it is not there, and opens it.
 *
 * @throws {PipelineError} If it cannot be made.
 */
export async function makeScannedFolder(path: string): Promise<ScannedStore> {
  await withFileErrors(
    `folder of scanned files cannot be written, see --into: ${path}`,
    async () => {
      for (const name of ['files', 'data']) await makeFolders(join(path, name))
    },
  )
  return createStore(resolve(path))
}

/**
 * Opens a folder with scanned files.
 *
 * @throws {PipelineError} If it is none.
 */
export async function openScannedFolder(path: string): Promise<ScannedStore> {
  await readdir(join(path, 'files')).catch((error) => {
    if (!isSystemError(error)) throw error
    const what = error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${error.code})`
    throw new PipelineError(`folder of scanned files ${what}, see --scanned: ${path}`)
  })
  return createStore(resolve(path))
}

function createStore(folder: string): ScannedStore {
  const [files, data] = [join(folder, 'files'), join(folder, 'data')]
  const dataPath = (digest: Digest, kind: DataKind) => join(data, `${digest.sha256}.${kind}`)
  return {
    place: folder,
    readRecord: (name) => readFile(join(files, `${name}.json`), 'utf8').catch(() => null),
    writeRecord: (name, text) => writeWhole(files, `${name}.json`, text),
    has: async (digest, kind) => isSame(dataPath(digest, kind), digest),
    async put(from, digest, kind) {
      await syncToDisk(from)
      await rename(from, dataPath(digest, kind))
    },
    async get(digest, kind, to) {
      const from = dataPath(digest, kind)
      const isCopied = await copyFile(from, to, constants.COPYFILE_FICLONE).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return false
          throw error
        },
      )
      return isCopied && isSame(to, digest)
    },
    async withWorkFolder(fn) {
      const result = await withHiddenFolder(folder, fn)
      // Before: names that are lost with the power are files that were not scanned.
      for (const one of [data, files]) await syncFolder(one)
      return result
    },
  }
}

async function isSame(path: string, { sha256 }: Digest): Promise<boolean> {
  const actual = await digestFile(path).catch(() => null)
  return actual?.sha256 === sha256
}

/** Two processes that write the same name at once write the same bytes. */
async function writeWhole(folder: string, name: string, text: string): Promise<void> {
  const hidden = join(folder, `.${name}-${randomBytes(6).toString('hex')}`)
  await writeFile(hidden, text)
  await syncToDisk(hidden)
  await rename(hidden, join(folder, name))
}

async function withHiddenFolder<T>(folder: string, fn: (folder: string) => Promise<T>): Promise<T> {
  await removeAbandoned(folder)
  const work = join(folder, `${WORK_PREFIX}${randomBytes(6).toString('hex')}`)
  await mkdir(work)
  try {
    return await fn(work)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(WORK_PREFIX)) continue
    const status = await stat(join(folder, name)).catch(() => null)
    const isAbandoned = status !== null && Date.now() - status.mtimeMs > ABANDONED_MS
    if (isAbandoned) await rm(join(folder, name), { recursive: true, force: true })
  }
}
