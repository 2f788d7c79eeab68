/** Opening a picture: a regular file of its folder, or a link that stays in the folder. */
import { constants } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import { dirname, sep } from 'node:path'

/** Opens for reading; fails on a symbolic link, and never blocks on a pipe. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/**
 * Opens a file of the folder of pictures. Links are followed as far as they stay in the folder, as those of a mounted
 * ConfigMap do: also one that was put there after the folder was listed.
 *
 * @param path - Directly in the folder.
 * @returns Undefined if it is missing, unreadable, or a link out of the folder.
 */
export async function openInFolder(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, OPEN_FLAGS)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOOP') return undefined
  }
  const target = await findTarget(path)
  return target === undefined ? undefined : open(target, OPEN_FLAGS).catch(() => undefined)
}

/** Finds the file that a link leads to; undefined if that is none, or not in the folder of the link. */
export async function findTarget(path: string): Promise<string | undefined> {
  try {
    const [target, folder] = await Promise.all([realpath(path), realpath(dirname(path))])
    return target.startsWith(folder + sep) ? target : undefined
  } catch {
    return undefined
  }
}

/** Runs `fn` with an open regular file; undefined if there is none to open. */
export async function withFile<T>(
  path: string,
  fn: (file: FileHandle, size: number, modified: Date) => Promise<T>,
): Promise<T | undefined> {
  const file = await openInFolder(path)
  if (file === undefined) return undefined
  try {
    const stat = await file.stat()
    return stat.isFile() ? await fn(file, stat.size, stat.mtime) : undefined
  } finally {
    await file.close()
  }
}
