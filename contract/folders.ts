/** Folders that users name: anything may be at such a path, or above it. */
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it that are missing; one that is there stays.
 *
 * Instead of Node's recursive `mkdir`, which tries forever where a folder that is there takes no others and says ENOENT, as
 * `/proc` does (libuv repeats the parent, Node 20 to 24).
 *
 * @throws {NodeJS.ErrnoException} If the file system refuses, or a part of the path is no folder.
 */
export async function makeFolders(path: string): Promise<void> {
  const fault = await tryToMake(path)
  if (fault === null) return
  const parent = dirname(path)
  if (fault.code !== 'ENOENT' || parent === path) throw fault
  await makeFolders(parent)
  const again = await tryToMake(path)
  if (again !== null) throw again
}

/** Null: it is there. */
async function tryToMake(path: string): Promise<NodeJS.ErrnoException | null> {
  try {
    await mkdir(path)
    return null
  } catch (error) {
    // EROFS, EPERM, EACCES: some file systems say so of folders that are there.
    return (await isFolder(path)) ? null : (error as NodeJS.ErrnoException)
  }
}

async function isFolder(path: string): Promise<boolean> {
  const status = await stat(path).catch(() => null)
  return status?.isDirectory() ?? false
}
