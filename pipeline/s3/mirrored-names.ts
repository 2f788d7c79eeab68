/** Which objects of a bucket are mirrored, and how the others are told of. */
import { mkdir, readdir, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readPath } from '../input/names.ts'
import type { ListedObject } from './store.ts'

/** As many as a walk looks at (input/walk.ts). */
const MOST_NAMED = 10_000

/** The marks of a finished job, in a folder of parts. */
const PART_MARK = /^[1-4]\/[^/]+\/_(SUCCESS|committed_[^/]*)$/

/**
 * Sorts objects: those to download, and those whose names alone matter: they look like logs and are not read, so the
 * folder has empty files of these names, and a build warns of them as of files.
 */
export function sortObjects(objects: readonly ListedObject[]): {
  readonly read: readonly ListedObject[]
  readonly named: readonly ListedObject[]
} {
  const read: ListedObject[] = []
  const named: ListedObject[] = []
  for (const object of objects.filter(({ path }) => isPath(path))) {
    const meaning = readPath(object.path)
    if (meaning?.kind === 'log' || meaning?.kind === 'list') read.push(object)
    else if (meaning?.kind === 'unread' || PART_MARK.test(object.path)) named.push(object)
  }
  return { read, named: named.slice(0, MOST_NAMED) }
}

/** Names of a path below a folder, whatever a bucket allows in a key. */
function isPath(key: string): boolean {
  return (
    key.length < 1024 &&
    key.split('/').every((name) => /^[^\0\\]{1,255}$/.test(name) && !/^\.\.?$/.test(name))
  )
}

/** Makes empty files of these names. One that cannot be made is only not told of. */
export async function markNames(folder: string, named: readonly ListedObject[]): Promise<void> {
  for (const { path } of named) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
      .then(() => writeFile(file, ''))
      .catch(() => undefined)
  }
}

/**
 * Removes files of a folder that are not wanted, and the folders that are empty then.
 *
 * @param wanted - Paths below the folder, with `/`.
 * @param kept - A name in the folder itself that stays.
 */
export async function removeOthers(
  folder: string,
  wanted: ReadonlySet<string>,
  kept: string,
): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const folders: string[] = []
  for (const entry of entries) {
    const fullPath = join(entry.parentPath, entry.name)
    const path = fullPath.slice(folder.length + 1)
    if (path === kept) continue
    if (entry.isDirectory()) folders.push(fullPath)
    else if (!wanted.has(path)) await rm(fullPath)
  }
  // The deepest first; one that still has files stays.
  for (const path of folders.sort((a, b) => b.length - a.length))
    await rmdir(path).catch(() => undefined)
}
