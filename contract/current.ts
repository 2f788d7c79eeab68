/**
 * Which build is current: `current` in the artifacts folder is a link to the folder of the build. Where the file system
 * has no links, it is a file with one line, `builds/<id>`.
 */
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { BUILDS_FOLDER, CURRENT_LINK } from './schema.ts'
import { readSmallFile } from './small-file.ts'

/** Bytes. `builds/` and an id have at most 71. */
const MAX_POINTER_BYTES = 200

const POINTER = new RegExp(`^${BUILDS_FOLDER}/([0-9a-f]{8,64})\\r?\\n?$`)

/** A `current` that is a file and names no build. The message continues a sentence about the file. */
export class PointerError extends Error {
  override readonly name = 'PointerError'
}

/**
 * Reads `current` where it is a file.
 *
 * @param folder - An artifacts folder.
 * @returns The id of the build; null if `current` is a link or a folder.
 * @throws {PointerError} If it names no build.
 * @throws {NodeJS.ErrnoException} If it is not there or cannot be read.
 */
export async function readPointer(folder: string): Promise<string | null> {
  const path = join(folder, CURRENT_LINK)
  if (!(await lstat(path)).isFile()) return null
  const text = String(await readSmallFile(path, { maxBytes: MAX_POINTER_BYTES }))
  const id = POINTER.exec(text)?.[1]
  if (id === undefined) throw new PointerError('names no build')
  return id
}

/** Writes what {@link readPointer} reads. */
export function formatPointer(buildId: string): string {
  return `${BUILDS_FOLDER}/${buildId}\n`
}
