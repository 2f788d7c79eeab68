/** What the batch job asks of a bucket. */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rename, stat } from 'node:fs/promises'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3'
import type { S3Address } from '../../contract/s3-address.ts'
import { PipelineError } from '../base/errors.ts'
import { openS3Client, type Sdk } from '../base/s3/client.ts'
import { keyOf, urlOf } from '../base/s3/location.ts'
import { isLost, orNull, withStoreErrors } from '../base/s3/store-errors.ts'

/** An object as a listing shows it. */
export interface ListedObject {
  /** Below the prefix of the store. */
  readonly path: string
  readonly bytes: number
  readonly etag: string
  readonly modified: Date
}

/** A small object, read whole. */
interface TextObject {
  readonly text: string
  readonly etag: string
}

/** The part of a bucket below a prefix. All paths are below that prefix. */
export interface Store {
  readonly location: S3Address
  readonly list: (folder: string) => Promise<ListedObject[]>
  /** Reads a small object; null if there is none. */
  readonly readText: (path: string) => Promise<TextObject | null>
  /**
   * Writes an object's bytes to a file, which is whole when it has its name.
   *
   * @returns False if there is no such object.
   */
  readonly download: (path: string, file: string, options?: DownloadOptions) => Promise<boolean>
  /** Tells whether an object with these bytes is there already. */
  readonly has: (path: string, sha256: string) => Promise<boolean>
  /** Writes a file as an object; the store refuses it if the bytes that arrive are others. */
  readonly upload: (path: string, file: string, sha256: string) => Promise<void>
  /**
   * Writes a small object if nobody else did meanwhile.
   *
   * @param expected - ETag of the version to replace; null: there must be none.
   * @returns False if somebody did.
   */
  readonly replace: (path: string, text: string, expected: string | null) => Promise<boolean>
  readonly remove: (paths: readonly string[]) => Promise<void>
}

/** How to download. */
interface DownloadOptions {
  /** Of the version that is wanted; undefined: any. */
  readonly etag?: string
  /** Called with bytes as they arrive. */
  readonly received?: (bytes: number) => void
}

/** Opens a place in a bucket with the credentials of the environment, gives it to `fn`, and lets go of it. */
export async function withStore<T>(
  location: S3Address,
  fn: (store: Store) => Promise<T>,
): Promise<T> {
  const { sdk, client } = await openS3Client(location.bucket)
  try {
    return await fn(createStore(sdk, client, location))
  } finally {
    client.destroy()
  }
}

function createStore(sdk: Sdk, client: S3Client, location: S3Address): Store {
  const at = (path: string) => ({ Bucket: location.bucket, Key: keyOf(location, path) })
  const named = <T>(path: string, fn: () => Promise<T>) =>
    withStoreErrors(urlOf(location, path), fn)
  const send = client.send.bind(client)
  return {
    location,
    list: (folder) => named(folder, () => listAll(sdk, client, location, folder)),
    readText: (path) =>
      named(path, () =>
        orNull(async () => {
          const answer = await send(new sdk.GetObjectCommand(at(path)))
          return { text: (await answer.Body?.transformToString()) ?? '', etag: answer.ETag ?? '' }
        }),
      ),
    download: (path, file, { etag, received } = {}) =>
      named(path, async () => {
        const match = etag === undefined ? {} : { IfMatch: etag }
        const get = new sdk.GetObjectCommand({ ...at(path), ...match, ChecksumMode: 'ENABLED' })
        const answer = await orNull(() => send(get))
        if (answer !== null) await writeBody(answer, file, urlOf(location, path), received)
        return answer !== null
      }),
    has: (path, sha256) =>
      named(path, async () => {
        const head = new sdk.HeadObjectCommand({ ...at(path), ChecksumMode: 'ENABLED' })
        const found = await orNull(() => send(head))
        return found?.ChecksumSHA256 === toBase64(sha256)
      }),
    upload: (path, file, sha256) =>
      named(path, async () => {
        const { size } = await stat(file)
        const body = {
          Body: createReadStream(file),
          ContentLength: size,
          ContentType: findContentType(path),
        }
        await send(
          new sdk.PutObjectCommand({ ...at(path), ...body, ChecksumSHA256: toBase64(sha256) }),
        )
      }),
    replace: (path, text, expected) =>
      named(path, async () => {
        const condition = expected === null ? { IfNoneMatch: '*' } : { IfMatch: expected }
        const put = new sdk.PutObjectCommand({
          ...at(path),
          ...condition,
          Body: text,
          ContentType: findContentType(path),
        })
        return send(put).then(
          () => true,
          (error) => {
            if (isLost(error)) return false
            throw error
          },
        )
      }),
    remove: (paths) =>
      named('', async () => {
        for (const path of paths) await send(new sdk.DeleteObjectCommand(at(path)))
      }),
  }
}

async function listAll(
  sdk: Sdk,
  client: S3Client,
  location: S3Address,
  folder: string,
): Promise<ListedObject[]> {
  const root = location.prefix === '' ? '' : `${location.prefix}/`
  const query = { Bucket: location.bucket, Prefix: `${root}${folder}` }
  const objects: ListedObject[] = []
  for await (const page of sdk.paginateListObjectsV2({ client }, query)) {
    for (const { Key = '', Size = 0, ETag = '', LastModified = new Date(0) } of page.Contents ??
      []) {
      const path = Key.slice(root.length)
      if (!path.endsWith('/'))
        objects.push({ path, bytes: Size, etag: ETag, modified: LastModified })
    }
  }
  return objects
}

/**
 * Writes a body under a temporary name, checks it, and gives it its name.
 *
 * The SDK checks the checksum that the store keeps. Old objects have none: the ETag of one that was uploaded in one piece
 * is its md5, unless the store encrypts with keys of its own.
 */
async function writeBody(
  answer: GetObjectCommandOutput,
  file: string,
  url: string,
  received: (bytes: number) => void = () => {},
): Promise<void> {
  const md5 = createHash('md5')
  let bytes = 0
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      md5.update(chunk)
      bytes += chunk.length
      received(chunk.length)
      done(null, chunk)
    },
  })
  const temporary = `${file}.part`
  await pipeline(answer.Body as NodeJS.ReadableStream, counter, createWriteStream(temporary))
  const expected = md5Of(answer)
  if (
    bytes !== answer.ContentLength ||
    (expected !== undefined && expected !== md5.digest('hex'))
  ) {
    throw new PipelineError(`the download differs from its checksum, try again: ${url}`)
  }
  await rename(temporary, file)
}

function md5Of({
  ETag,
  ServerSideEncryption,
  SSECustomerAlgorithm,
}: GetObjectCommandOutput): string | undefined {
  if (ServerSideEncryption?.startsWith('aws:') || SSECustomerAlgorithm !== undefined)
    return undefined
  return /^"([0-9a-f]{32})"$/.exec(ETag ?? '')?.[1]
}

function findContentType(path: string): string {
  if (path.endsWith('.json')) return 'application/json'
  if (path.endsWith('.html')) return 'text/html; charset=utf-8'
  return path.endsWith('.parquet') ? 'application/vnd.apache.parquet' : 'application/octet-stream'
}

function toBase64(sha256: string): string {
  return Buffer.from(sha256, 'hex').toString('base64')
}
