import { open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DENYLIST_FILE, type Denylist } from '../../contract/denylist.ts'
import { ArtifactError, readManifest, resolveBuildFolder } from '../../contract/read.ts'
import { PipelineError, withFileErrors } from '../base/errors.ts'
import type { PublishedDenylist } from './deny.ts'
import { findUnknownIds, type UnknownIds } from './unknown-ids.ts'

/**
 * Publishes a denylist in an artifacts folder: whole under a temporary name, then in one rename.
 *
 * @throws {PipelineError} If there is no such folder, or it cannot be written.
 */
export async function publishToFolder(
  artifacts: string,
  bytes: Buffer,
  list: Denylist,
): Promise<Omit<PublishedDenylist, 'list'>> {
  const isFolder = await stat(artifacts).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) throw new PipelineError(`no such folder, see --artifacts: ${artifacts}`)
  const place = join(artifacts, DENYLIST_FILE)
  await withFileErrors(`the denylist cannot be written, see --artifacts: ${place}`, () =>
    replaceFile(artifacts, place, bytes),
  )
  return { place, unknown: await compare(artifacts, list) }
}

async function replaceFile(folder: string, place: string, bytes: Buffer): Promise<void> {
  const temporary = `${place}.${process.pid}.new`
  try {
    await writeDurably(temporary, bytes)
    await rename(temporary, place)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(folder)
}

async function writeDurably(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** The list holds, whatever is wrong with the build. */
async function compare(artifacts: string, list: Denylist): Promise<UnknownIds | undefined> {
  try {
    const folder = await resolveBuildFolder(artifacts)
    return await findUnknownIds(folder, await readManifest(folder), list)
  } catch (error) {
    if (error instanceof ArtifactError) return undefined
    throw error
  }
}
