/** The file of a segment: how it comes to be, and how it is cut back after a kill. */
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { syncFolder } from '../sync.ts'

/**
 * Makes a segment: it gets its name once its header is on disk, so that no reader meets half of one.
 *
 * @param path - Below the input folder, with `/`. A record of the journal has named it with 0 bytes.
 * @param header - With its line end.
 * @returns Open for appending.
 * @throws {SegmentExistsError} If there is a file of that name.
 * @throws {NodeJS.ErrnoException} If the file system refuses.
 */
export async function createSegmentFile(
  input: string,
  path: string,
  header: string,
): Promise<FileHandle> {
  const full = join(input, path)
  const folder = dirname(full)
  const hidden = findHiddenPath(full)
  await makeFolder(input, folder)
  if ((await stat(full).catch(ignoreMissing)) !== null) throw new SegmentExistsError(full)
  await rm(hidden, { force: true })
  const handle = await open(hidden, 'ax')
  try {
    await handle.appendFile(header)
    await handle.sync()
    await rename(hidden, full)
    await syncFolder(folder)
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** A file that no journal names has the name of a new segment: the journal was lost or replaced. */
class SegmentExistsError extends Error {
  override readonly name = 'SegmentExistsError'

  constructor(path: string) {
    super(`is there already: ${path}`)
  }
}

/** A segment that is shorter than its journal says: the disk has lost what it had promised to keep. */
export class ShortSegmentError extends Error {
  override readonly name = 'ShortSegmentError'
}

/**
 * Cuts a segment to what its journal has committed. With 0 bytes it goes, as if it had never been made.
 *
 * @param bytes - As in the journal's last record; or more, if its writer knows the lines behind to be whole.
 * @throws {ShortSegmentError} If it has fewer. One that is gone was removed by somebody, and stays so.
 * @throws {NodeJS.ErrnoException} If the file system refuses.
 */
export async function cutSegmentFile(input: string, path: string, bytes: number): Promise<void> {
  const full = join(input, path)
  await rm(findHiddenPath(full), { force: true })
  if (bytes === 0) {
    await rm(full, { force: true })
    return
  }
  const size = (await stat(full).catch(ignoreMissing))?.size
  if (size === undefined || size === bytes) return
  if (size < bytes) throw new ShortSegmentError(`has ${size} bytes of ${bytes}: ${full}`)
  const handle = await open(full, 'r+')
  try {
    await handle.truncate(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A file that is not there. */
export function ignoreMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
  throw error
}

async function makeFolder(input: string, folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true })
  if (made !== undefined) await syncFolder(input)
}

function findHiddenPath(full: string): string {
  return join(dirname(full), `.${basename(full)}`)
}
