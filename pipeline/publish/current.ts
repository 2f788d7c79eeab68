/**
 * The switch: `current` leads readers to one build. Beside it lie the files of that build, for people.
 *
 *     out/current -> builds/<id>                       or, where there are no links, a file with the line builds/<id>
 *     out/pools.parquet -> current/pools.parquet       or a copy, and so for each file
 */
import { existsSync } from 'node:fs'
import { copyFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { formatPointer, readPointer } from '../../contract/current.ts'
import { BUILDS_FOLDER, CURRENT_LINK } from '../../contract/schema.ts'
import { syncFolder, syncToDisk } from '../../contract/sync.ts'
import { isWithoutLinks } from './disk.ts'
import { BUILD_FILES, OPTIONAL_FILES } from './outputs.ts'

/** Points `current` at a complete build in one step, and sees to the files beside it. Needs the lock of switches. */
export async function pointTo(out: string, buildId: string): Promise<void> {
  const hasLinks = await replaceLink(join(out, CURRENT_LINK), join(BUILDS_FOLDER, buildId))
  if (!hasLinks) await writePointer(out, buildId)
  for (const file of [...BUILD_FILES, ...OPTIONAL_FILES]) {
    const source = join(out, BUILDS_FOLDER, buildId, file)
    // Builds differ in their files, and a link must lead somewhere.
    if (!existsSync(source)) await rm(join(out, file), { force: true })
    else if (hasLinks) await replaceLink(join(out, file), join(CURRENT_LINK, file))
    else await replaceCopy(join(out, file), source)
  }
  await syncFolder(out)
}

/** Names the build that `current` leads to; null if there is none. */
export async function currentBuildId(out: string): Promise<string | null> {
  const target = await readlink(join(out, CURRENT_LINK)).catch(() => null)
  if (target !== null) return basename(target)
  return readPointer(out).catch(() => null)
}

/**
 * Points a symbolic link elsewhere in one step.
 *
 * @returns Whether the file system has links.
 */
async function replaceLink(path: string, target: string): Promise<boolean> {
  if ((await readlink(path).catch(() => null)) === target) return true
  const temporary = `${path}.new`
  await rm(temporary, { force: true })
  try {
    await symlink(target, temporary)
  } catch (error) {
    if (isWithoutLinks(error as NodeJS.ErrnoException)) return false
    throw error
  }
  await rename(temporary, path)
  return true
}

async function writePointer(out: string, buildId: string): Promise<void> {
  const path = join(out, CURRENT_LINK)
  await writeFile(`${path}.new`, formatPointer(buildId))
  await syncToDisk(`${path}.new`)
  await rename(`${path}.new`, path)
}

/** A copy is there whole or not at all. */
async function replaceCopy(path: string, source: string): Promise<void> {
  await copyFile(source, `${path}.new`)
  await rename(`${path}.new`, path)
}
