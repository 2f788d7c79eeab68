/**
 * Write, audit, publish: nothing that is not whole and checked is ever seen under a published name.
 *
 *     out/.lock                    who builds; held by DuckDB's own file lock, so it dies with its holder
 *     out/.work/                   one build's scratch; swept by the next
 *     out/builds/.new-<id>/        a build being written; swept by the next
 *     out/builds/<id>/             complete
 *     out/current -> builds/<id>   the only switch, one rename
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, readlink, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { readManifest, readVerified, resolveBuildFolder } from '../artifacts/read.ts'
import {
  BANNER_STATS_FILE,
  BUILDS_FOLDER,
  CURRENT_LINK,
  MANIFEST_FILE,
  type Manifest,
  POOLS_FILE,
  REJECTS_FILE,
} from '../artifacts/schema.ts'
import { PipelineError, withFileErrors } from './errors.ts'

const LOCK_FILE = '.lock'
const WORK_FOLDER = '.work'
const NEW_PREFIX = '.new-'

/** The Parquet files of a build, each the result of `sql/publish/<name>.sql`. */
export const OUTPUTS = [
  { name: 'pools', file: POOLS_FILE },
  { name: 'banner_stats', file: BANNER_STATS_FILE },
  { name: 'rejects', file: REJECTS_FILE },
] as const

/** Everything in a build folder, and so every link beside `current`. */
const BUILD_FILES = [...OUTPUTS.map(({ file }) => file), MANIFEST_FILE]

/**
 * Gives `fn` an empty scratch folder in `out`, and keeps every other build out of it meanwhile.
 *
 * @throws {PipelineError} If the folder cannot be written, or another process builds into it: that one is named.
 */
export async function withWorkFolder<T>(
  out: string,
  fn: (workFolder: string) => Promise<T>,
): Promise<T> {
  const remedy = `output folder cannot be written, see --out: ${out}`
  await withFileErrors(remedy, () => mkdir(join(out, BUILDS_FOLDER), { recursive: true }))
  return withLock(out, async () => {
    const workFolder = join(out, WORK_FOLDER)
    await withFileErrors(remedy, async () => {
      await sweep(out)
      await mkdir(workFolder)
    })
    try {
      return await withFileErrors(remedy, () => fn(workFolder))
    } finally {
      await sweep(out)
    }
  })
}

/**
 * Tells whether `out` serves this build already, whole and unaltered.
 *
 * @returns Its manifest, or null.
 */
export async function readCurrent(out: string, buildId: string): Promise<Manifest | null> {
  try {
    const folder = await resolveBuildFolder(out)
    const manifest = await readManifest(folder)
    if (manifest.build_id !== buildId) return null
    await Promise.all(manifest.outputs.map(({ file }) => readVerified(folder, manifest, file)))
    return manifest
  } catch {
    // Whatever is wrong with the current build, building again mends it.
    return null
  }
}

/** Makes the folder in which a build is written before it is published. */
export async function createBuildFolder(out: string, buildId: string): Promise<string> {
  const folder = join(out, BUILDS_FOLDER, `${NEW_PREFIX}${buildId}`)
  await mkdir(folder)
  return folder
}

/** Measures a written file for the manifest. */
export async function digestFile(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, sha256: hash.digest('hex') }
}

/**
 * Makes a written build current.
 *
 * Every file and folder is on disk before the one rename that readers see. Afterwards `current` and the links beside
 * it are in place.
 *
 * @param folder - From {@link createBuildFolder}, with all files of a build in it.
 */
export async function publishBuild(out: string, buildId: string, folder: string): Promise<void> {
  const builds = join(out, BUILDS_FOLDER)
  const target = join(builds, buildId)
  for (const file of BUILD_FILES) await syncToDisk(join(folder, file))
  await syncToDisk(folder)
  await moveBuild(folder, target)
  await syncToDisk(builds)
  await replaceLink(join(out, CURRENT_LINK), join(BUILDS_FOLDER, buildId))
  for (const file of BUILD_FILES) await replaceLink(join(out, file), join(CURRENT_LINK, file))
  await syncToDisk(out)
}

/**
 * A folder cannot be renamed onto another one that has files in it. The same build id means the same content, so its
 * files may be replaced one by one; only altered ones change by it.
 */
async function moveBuild(folder: string, target: string): Promise<void> {
  try {
    await rename(folder, target)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
    for (const file of BUILD_FILES) await rename(join(folder, file), join(target, file))
    await syncToDisk(target)
  }
}

/** Points a symbolic link elsewhere in one step. */
async function replaceLink(path: string, target: string): Promise<void> {
  if ((await readlink(path).catch(() => null)) === target) return
  const temporary = `${path}.new`
  await rm(temporary, { force: true })
  await symlink(target, temporary)
  await rename(temporary, path)
}

/** DuckDB's COPY does not, and a rename may reach the disk before the data does. */
async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Removes what a build that was killed left behind. */
async function sweep(out: string): Promise<void> {
  const builds = join(out, BUILDS_FOLDER)
  const unfinished = (await readdir(builds)).filter((name) => name.startsWith(NEW_PREFIX))
  const leftovers = [join(out, WORK_FOLDER), ...unfinished.map((name) => join(builds, name))]
  for (const path of leftovers) await rm(path, { recursive: true, force: true })
}

/** Opens a database file that never holds anything: DuckDB locks it, and the lock ends with the process. */
async function withLock<T>(out: string, fn: () => Promise<T>): Promise<T> {
  const lock = await openLock(out)
  try {
    return await fn()
  } finally {
    lock.closeSync()
  }
}

async function openLock(out: string): Promise<DuckDBInstance> {
  const path = join(out, LOCK_FILE)
  try {
    return await DuckDBInstance.create(path, { threads: '1' })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const holder = /\(PID (\d+)\)/.exec(message)?.[1]
    if (/lock/i.test(message) && holder !== undefined) {
      throw new PipelineError(`process ${holder} is building here, try again later: ${out}`)
    }
    if (/permission denied|read-only/i.test(message)) {
      throw new PipelineError(`output folder cannot be written, see --out: ${out}`)
    }
    // A process that was killed while it made the file: it holds nothing, so it may go.
    await rm(path, { force: true })
    return DuckDBInstance.create(path, { threads: '1' })
  }
}
