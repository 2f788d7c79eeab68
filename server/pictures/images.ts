/** The pictures: files of a folder, found by banner id and never by a path from a request; or a template; or drawn. */
import { constants } from 'node:fs'
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseId } from '../../contract/ids.ts'
import { type Answer, COMMON_HEADERS, problem } from '../http/answer.ts'
import { isUrl } from '../settings.ts'
import { drawBanner } from './drawing.ts'
import { imageType, SIGNATURE_BYTES } from './image-type.ts'
import { canStream, createPictureCache, MAX_KEPT_BYTES, streamFile } from './picture-bytes.ts'

/** Where pictures come from. */
export interface Images {
  /** A URL with `{banner_id}`, if the pictures are elsewhere. */
  readonly urlTemplate: string | undefined
  /** Banner id to file. */
  readonly paths: ReadonlyMap<number, string>
  /** Entries of the folder that look like pictures by name and are left out. */
  readonly leftOut: number
}

/** An answer with a picture. */
export interface PictureAnswer extends Answer {
  /** Starts the body, where that is too great to be in memory; `Content-Length` is among the headers then. */
  readonly stream?: () => ReadableStream<Uint8Array>
}

/** A folder of pictures that cannot be used. The message is one line for the operator. */
export class ImagesError extends Error {
  override readonly name = 'ImagesError'
}

/** Bytes. A banner of 300 × 250 has some tens of thousands; a greater file is a mistake. */
const MAX_PICTURE_BYTES = 10_000_000

/** `image_<banner_id>.<any extension>` */
const PICTURE_NAME = /^image_(\d+)\.\w+$/

// An hour: long enough for a page view, short enough that a replaced picture shows the same day.
const PICTURE_HEADERS = { 'Cache-Control': 'public, max-age=3600', ...COMMON_HEADERS }

/** Opens for reading; fails on a symbolic link, also on one put there after the start, and never blocks on a pipe. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/**
 * Finds the pictures, once, before the server listens.
 *
 * @param setting - A folder, a URL, or undefined: every picture is drawn. `/image_{banner_id}.png` is added to a
 *   URL without `{banner_id}`.
 * @throws {ImagesError} If the folder cannot be read or holds no picture.
 */
export async function openImages(setting: string | undefined): Promise<Images> {
  const none = { urlTemplate: undefined, paths: new Map(), leftOut: 0 }
  if (setting === undefined) return none
  if (!isUrl(setting)) return { ...none, ...(await indexFolder(setting)) }
  const hasPlaceholder = setting.includes('{banner_id}')
  const urlTemplate = hasPlaceholder
    ? setting
    : `${setting.replace(/\/$/, '')}/image_{banner_id}.png`
  return { ...none, urlTemplate }
}

/**
 * Answers a request for a picture.
 *
 * @param id - The last part of the path, as it came.
 * @param ifNoneMatch - The request's header of this name.
 */
export async function answerImage(
  images: Images,
  id: string,
  ifNoneMatch: string | undefined,
): Promise<PictureAnswer> {
  const bannerId = parseId(id)
  if (bannerId === undefined) {
    return problem(400, 'banner id must be a whole number from 1 to 9007199254740991')
  }
  if (images.urlTemplate !== undefined) {
    const location = images.urlTemplate.replaceAll('{banner_id}', id)
    return { status: 302, headers: { Location: location, ...PICTURE_HEADERS }, body: '' }
  }
  const path = images.paths.get(bannerId)
  const picture = path === undefined ? undefined : await answerFile(path, ifNoneMatch)
  return picture ?? answerDrawing(bannerId)
}

async function indexFolder(folder: string): Promise<Pick<Images, 'paths' | 'leftOut'>> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new ImagesError(`the folder of pictures cannot be read (${error.code}): ${folder}`)
  })
  const paths = new Map<number, string>()
  let leftOut = 0
  for (const name of names.sort()) {
    const bannerId = parseId(PICTURE_NAME.exec(name)?.[1] ?? '')
    if (bannerId === undefined) continue
    const path = join(folder, name)
    if (!paths.has(bannerId) && (await isPicture(path))) paths.set(bannerId, path)
    else leftOut++
  }
  if (paths.size > 0) return { paths, leftOut }
  throw new ImagesError(`the folder holds no picture named image_<banner_id>.<ext>: ${folder}`)
}

async function isPicture(path: string): Promise<boolean> {
  const found = await withFile(path, async (file, size) => {
    const { buffer } = await file.read(Buffer.alloc(SIGNATURE_BYTES), 0, SIGNATURE_BYTES, 0)
    return size <= MAX_PICTURE_BYTES && imageType(buffer) !== undefined
  })
  return found ?? false
}

const cache = createPictureCache()

/** Sends the file as it is now, not as it was at the start; undefined if it is no picture any more. */
function answerFile(
  path: string,
  ifNoneMatch: string | undefined,
): Promise<PictureAnswer | undefined> {
  return withFile(path, async (file, size, modified) => {
    if (size > MAX_PICTURE_BYTES) return undefined
    const etag = `W/"${size.toString(16)}-${modified.getTime().toString(16)}"`
    const headers = { ETag: etag, 'Last-Modified': modified.toUTCString(), ...PICTURE_HEADERS }
    if (matches(etag, ifNoneMatch)) return { status: 304, headers, body: null }
    if (size > MAX_KEPT_BYTES) return streamPicture(path, file, { size, headers })
    const body = await cache.get(`${path} ${etag}`, () => file.readFile())
    const type = imageType(body)
    if (type === undefined) return undefined
    return { status: 200, headers: { 'Content-Type': type, ...headers }, body }
  })
}

async function streamPicture(
  path: string,
  file: FileHandle,
  { size, headers }: { size: number; headers: Answer['headers'] },
): Promise<PictureAnswer | undefined> {
  const { buffer } = await file.read(Buffer.alloc(SIGNATURE_BYTES), 0, SIGNATURE_BYTES, 0)
  const type = imageType(buffer)
  if (type === undefined) return undefined
  if (!canStream()) return problem(503, 'too many great pictures at once', { 'Retry-After': '1' })
  return {
    status: 200,
    headers: { 'Content-Type': type, 'Content-Length': `${size}`, ...headers },
    body: null,
    stream: () => streamFile(() => open(path, OPEN_FLAGS), size),
  }
}

/** A minute: a picture may be added for this banner. */
function answerDrawing(bannerId: number): Answer {
  const headers = { 'Content-Type': 'image/svg+xml', 'Cache-Control': 'public, max-age=60' }
  return { status: 200, headers: { ...headers, ...COMMON_HEADERS }, body: drawBanner(bannerId) }
}

/** Runs `fn` with an open regular file; undefined if it is missing, unreadable, a link, or anything else. */
async function withFile<T>(
  path: string,
  fn: (file: FileHandle, size: number, modified: Date) => Promise<T>,
): Promise<T | undefined> {
  const file = await open(path, OPEN_FLAGS).catch(() => undefined)
  if (file === undefined) return undefined
  try {
    const stat = await file.stat()
    return stat.isFile() ? await fn(file, stat.size, stat.mtime) : undefined
  } finally {
    await file.close()
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#field.if-none-match */
function matches(etag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes('*') || tags.includes(etag.slice('W/'.length))
}
