import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { syncFolder, syncToDisk } from '../sync.ts'
import { ignoreMissing } from './files.ts'

/**
 * Packs a segment in place: `x.csv` becomes `x.csv.gz`. A kill in between leaves one of them or both, which count once; the
 * next call ends it.
 *
 * @param path - Below the input folder. No more lines are appended, and a record of the journal that no longer names it is
 * on disk.
 * @param stop - Gives up, and leaves the segment as it is.
 * @throws {NodeJS.ErrnoException} If the file system refuses.
 */
export async function packSegment(input: string, path: string, stop?: AbortSignal): Promise<void> {
  const full = join(input, path)
  const packed = `${full}.gz`
  const hidden = join(dirname(full), `.${basename(packed)}`)
  if ((await stat(packed).catch(ignoreMissing)) === null) {
    if ((await stat(full).catch(ignoreMissing)) === null) return
    const signal = stop === undefined ? {} : { signal: stop }
    try {
      await pipeline(createReadStream(full), createGzip(), createWriteStream(hidden), signal)
    } catch (error) {
      await rm(hidden, { force: true })
      if (stop?.aborted === true) return
      throw error
    }
    await syncToDisk(hidden)
    await rename(hidden, packed)
    await syncFolder(dirname(full))
  }
  await rm(full, { force: true })
}

/**
 * Takes packing back, for a segment that its journal still names: the journal is an older copy.
 *
 * @throws {NodeJS.ErrnoException} If the file system refuses.
 */
export async function unpackSegment(input: string, path: string): Promise<void> {
  const full = join(input, path)
  const packed = `${full}.gz`
  if ((await stat(packed).catch(ignoreMissing)) === null) return
  const hidden = join(dirname(full), `.${basename(full)}`)
  await pipeline(createReadStream(packed), createGunzip(), createWriteStream(hidden))
  await syncToDisk(hidden)
  await rename(hidden, full)
  await rm(packed)
  await syncFolder(dirname(full))
}
