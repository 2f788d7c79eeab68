/** The pictures: files of a folder, found by banner id and never by a path from a request; or a template; or drawn. */
import type { FileHandle } from 'node:fs/promises'
import { parseId } from '../../contract/ids.ts'
import { type Answer, COMMON_HEADERS, problem } from '../base/answer.ts'
import { isUrl } from '../setting-values.ts'
import { drawBanner } from './drawing.ts'
import { imageType, SIGNATURE_BYTES } from './image-type.ts'
import { type LeftOut, listFolder, MAX_PICTURE_BYTES } from './list-folder.ts'
import { openInFolder, withFile } from './open-picture.ts'
import { canStream, createPictureCache, MAX_KEPT_BYTES, streamFile } from './picture-bytes.ts'

/** Where pictures come from. */
export interface Images {
  /** A URL with `{banner_id}`, if the pictures are elsewhere. */
  readonly urlTemplate: string | undefined
  /** Banner id to file. */
  readonly paths: ReadonlyMap<number, string>
  /** Entries of the folder that look like pictures by name and are not shown. */
  readonly leftOut: readonly LeftOut[]
}

/** An answer with a picture. */
export interface PictureAnswer extends Answer {
  /** Starts the body, where that is too great to be in memory; `Content-Length` is among the headers then. */
  readonly stream?: () => ReadableStream<Uint8Array>
}

// An hour: long enough for a page view, short enough that a replaced picture shows the same day.
const PICTURE_HEADERS = { 'Cache-Control': 'public, max-age=3600', ...COMMON_HEADERS }

/**
 * Finds the pictures, as they are now.
 *
 * @param setting - A folder, a URL, or undefined: every picture is drawn. `/image_{banner_id}.png` is added to a
 *   URL without `{banner_id}`.
 * @throws {ImagesError} If the folder cannot be read or holds no picture.
 */
export async function openImages(setting: string | undefined): Promise<Images> {
  const none = { urlTemplate: undefined, paths: new Map(), leftOut: [] }
  if (setting === undefined) return none
  if (!isUrl(setting)) return { ...none, ...(await listFolder(setting)) }
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
    stream: () => streamFile(() => reopen(path), size),
  }
}

async function reopen(path: string): Promise<FileHandle> {
  const file = await openInFolder(path)
  if (file === undefined) throw new Error(`a picture is gone: ${path}`)
  return file
}

/** A minute: a picture may be added for this banner. */
function answerDrawing(bannerId: number): Answer {
  const headers = { 'Content-Type': 'image/svg+xml', 'Cache-Control': 'public, max-age=60' }
  return { status: 200, headers: { ...headers, ...COMMON_HEADERS }, body: drawBanner(bannerId) }
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#field.if-none-match */
function matches(etag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes('*') || tags.includes(etag.slice('W/'.length))
}
