/** Which files of a folder are pictures, and why the others of such names are none. */
import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseId } from '../../contract/ids.ts'
import { imageType, SIGNATURE_BYTES } from './image-type.ts'
import { findTarget, withFile } from './open-picture.ts'

/** The pictures of a folder. */
export interface PictureList {
  /** Banner id to file. */
  readonly paths: ReadonlyMap<number, string>
  /** Entries that look like pictures by name and are not shown. */
  readonly leftOut: readonly LeftOut[]
}

/** An entry that is not shown. */
export interface LeftOut {
  readonly path: string
  /** As a clause. */
  readonly why: string
}

/** A folder of pictures that cannot be used. The message is one line for the operator. */
export class ImagesError extends Error {
  override readonly name = 'ImagesError'
}

/** Bytes. A banner of 300 × 250 has some tens of thousands; a greater file is a mistake. */
export const MAX_PICTURE_BYTES = 10_000_000

/** `image_<banner_id>.<any extension>` */
const PICTURE_NAME = /^image_(\d+)\.\w+$/

/**
 * Lists the pictures of a folder.
 *
 * @param known - An earlier list: what is in it is not opened again, as each is looked at when it is sent.
 * @throws {ImagesError} If the folder cannot be read or holds no picture.
 */
export async function listFolder(folder: string, known?: PictureList): Promise<PictureList> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    const { code } = error as NodeJS.ErrnoException
    throw new ImagesError(`the folder of pictures cannot be read (${code}): ${folder}`)
  })
  const paths = new Map<number, string>()
  const leftOut: LeftOut[] = []
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const bannerId = parseId(PICTURE_NAME.exec(entry.name)?.[1] ?? '')
    if (bannerId === undefined) continue
    const path = join(folder, entry.name)
    const isKnown = known?.paths.get(bannerId) === path
    const why = paths.has(bannerId)
      ? `banner ${bannerId} has another picture`
      : isKnown
        ? null
        : await findFault(entry, path)
    if (why === null) paths.set(bannerId, path)
    else leftOut.push({ path, why })
  }
  if (paths.size > 0) return { paths, leftOut }
  throw new ImagesError(
    `the folder holds no picture named image_<banner_id>.<ext>${describeLeftOut(leftOut, '; ')}: ${folder}`,
  )
}

async function findFault(entry: Dirent, path: string): Promise<string | null> {
  if (entry.isSymbolicLink() && (await findTarget(path)) === undefined) {
    return 'a link out of the folder, or to nothing'
  }
  const fault = await withFile(path, async (file, size) => {
    if (size > MAX_PICTURE_BYTES) return `of ${size} bytes, at most ${MAX_PICTURE_BYTES} are sent`
    const { buffer } = await file.read(Buffer.alloc(SIGNATURE_BYTES), 0, SIGNATURE_BYTES, 0)
    return imageType(buffer) === undefined ? 'no JPEG, PNG, GIF, WebP or AVIF' : null
  })
  return fault === undefined ? 'no file that can be read' : fault
}

/** How many are named; the others are counted. */
const NAMED = 5

/** Names what is left out; empty if nothing is. */
export function describeLeftOut(leftOut: readonly LeftOut[], before = ''): string {
  if (leftOut.length === 0) return ''
  const named = leftOut.slice(0, NAMED).map(({ path, why }) => `${path} (${why})`)
  const rest = leftOut.length - named.length
  return `${before}left out: ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
