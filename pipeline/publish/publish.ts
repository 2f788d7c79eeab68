/**
 * Write, check, publish: nothing that is not complete and checked is ever seen under a published name.
 *
 *     out/.lock                    see lock.ts
 *     out/.work/                   one build's scratch; swept by the next
 *     out/builds/.new-<id>/        a build being written; swept by the next
 *     out/builds/.old-<id>/        a build being removed; swept by the next
 *     out/builds/<id>/             complete
 *     out/current -> builds/<id>   the only switch, one rename (current.ts)
 */

import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { changesFolder, formatStateId } from '../../contract/changes.ts'
import { makeFolders } from '../../contract/folders.ts'
import { readHold } from '../../contract/read-changes.ts'
import { BUILDS_FOLDER } from '../../contract/schema.ts'
import { syncFolder, syncToDisk } from '../../contract/sync.ts'
import { literalPath } from '../base/database.ts'
import { PipelineError, withFileErrors } from '../base/errors.ts'
import { pointTo } from './current.ts'
import { linkOrCopy } from './disk.ts'
import { assertArtifactsFolder } from './folder.ts'
import { withLock, withSwitchLock } from './lock.ts'
import { BUILD_FILES, OPTIONAL_FILES } from './outputs.ts'

const WORK_FOLDER = '.work'
const NEW_PREFIX = '.new-'
const OLD_PREFIX = '.old-'

/**
 * Gives `fn` an empty scratch folder in `out`, and keeps every other build out of it meanwhile.
 *
 * @throws {PipelineError} If the folder cannot be written, or another process builds into it: that one is named.
 */
export async function withWorkFolder<T>(
  out: string,
  fn: (workFolder: string) => Promise<T>,
): Promise<T> {
  // DuckDB puts .wal in front of a question mark in a database's path, and then does not find its folder.
  if (out.includes('?')) {
    throw new PipelineError(
      `output folder must have no question mark in its path, see --out: ${out}`,
    )
  }
  literalPath(out)
  await assertArtifactsFolder(out)
  const remedy = `output folder cannot be written, see --out: ${out}`
  await withFileErrors(remedy, () => makeFolders(join(out, BUILDS_FOLDER)))
  return withLock(out, () =>
    withFileErrors(remedy, async () => {
      const workFolder = join(out, WORK_FOLDER)
      await sweep(out)
      await mkdir(workFolder)
      try {
        return await fn(workFolder)
      } finally {
        await sweep(out)
      }
    }),
  )
}

/** Makes the folder in which a build is written before it is published. */
export async function createBuildFolder(out: string, buildId: string): Promise<string> {
  const folder = newFolder(out, buildId)
  await mkdir(folder)
  return folder
}

/**
 * Makes current what was written into the folder of {@link createBuildFolder}. Every file and folder of it is on disk
 * before the one rename that readers see.
 *
 * @returns The folder where the build is now.
 */
export async function publishBuild(out: string, buildId: string): Promise<string> {
  const target = await placeBuild(out, buildId)
  await makeCurrent(out, buildId)
  return target
}

/** As {@link publishBuild}, and does not make it current. */
export async function placeBuild(out: string, buildId: string): Promise<string> {
  const folder = newFolder(out, buildId)
  const target = join(out, BUILDS_FOLDER, buildId)
  for (const file of filesIn(folder)) await syncToDisk(join(folder, file))
  await syncFolder(folder)
  await moveBuild(folder, target)
  await syncFolder(join(out, BUILDS_FOLDER))
  return target
}

/** The folder into which the files of a complete build are linked, to be placed; what was left in it is gone. */
export async function linkBuild(from: string, out: string, buildId: string): Promise<void> {
  const folder = newFolder(out, buildId)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder)
  for (const file of filesIn(from)) await linkOrCopy(join(from, file), join(folder, file))
}

/**
 * Makes a complete build current, on top of which there are no changes.
 *
 * @throws {PipelineError} If publication is held.
 */
export async function makeCurrent(out: string, buildId: string): Promise<void> {
  await withSwitchLock(out, async () => {
    await assertNotHeld(out)
    // A build id may come back; the changes of its earlier time are not to be applied.
    await rm(changesFolder(out, buildId), { recursive: true, force: true })
    await pointTo(out, buildId)
  })
}

async function assertNotHeld(out: string): Promise<void> {
  const hold = await readHold(out)
  if (hold === null) return
  const state = formatStateId(hold.build_id, hold.n)
  throw new PipelineError(`held at ${state} (${hold.reason}), see pools release: ${out}`)
}

/** Removes a build that is not current. A half-removed one is never seen under its own name. */
export async function removeBuild(out: string, buildId: string): Promise<void> {
  const folder = join(out, BUILDS_FOLDER, buildId)
  const doomed = join(out, BUILDS_FOLDER, `${OLD_PREFIX}${buildId}`)
  await rename(folder, doomed)
  await rm(doomed, { recursive: true, force: true })
}

/** The files of a build, and what was added to them; the last one makes the others count. */
function filesIn(folder: string): string[] {
  const optional = OPTIONAL_FILES.filter((file) => existsSync(join(folder, file)))
  return [...optional, ...BUILD_FILES]
}

function newFolder(out: string, buildId: string): string {
  return join(out, BUILDS_FOLDER, `${NEW_PREFIX}${buildId}`)
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
    for (const file of filesIn(folder)) await rename(join(folder, file), join(target, file))
    await syncFolder(target)
  }
}

/** Removes what a build that was killed left behind. */
async function sweep(out: string): Promise<void> {
  const builds = join(out, BUILDS_FOLDER)
  const unfinished = (await readdir(builds)).filter(
    (name) => name.startsWith(NEW_PREFIX) || name.startsWith(OLD_PREFIX),
  )
  const leftovers = [join(out, WORK_FOLDER), ...unfinished.map((name) => join(builds, name))]
  for (const path of leftovers) await rm(path, { recursive: true, force: true })
}
