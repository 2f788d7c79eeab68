/** Reads objects below a prefix of a bucket, with the credentials of the environment. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import {
  findS3Endpoint,
  joinKey,
  type S3Address,
  usesPathStyle,
} from '../../contract/s3-address.ts'

/** An object that was read. */
interface TextObject {
  readonly text: string
  readonly etag: string
}

/** What an object should be. */
interface Wanted {
  readonly bytes: number
  readonly sha256: string
}

/** The objects below a prefix; all paths are below it. */
export interface Bucket {
  /**
   * Reads a small object.
   *
   * @param known - ETag of the version that is known.
   * @returns Undefined if there is none, `same` if it is the known version.
   */
  readonly readText: (path: string, known?: string) => Promise<TextObject | 'same' | undefined>
  /**
   * Writes an object to a file.
   *
   * @throws {BucketError} If there is none, or it is not what it should be.
   */
  readonly download: (path: string, file: string, wanted: Wanted) => Promise<void>
  readonly close: () => void
}

/** What a bucket does not give. The message is one line for the operator. */
export class BucketError extends Error {
  override readonly name = 'BucketError'
}

const CONNECT_MS = 5_000
/** Milliseconds. */
const SILENT_MS = 20_000
const NOT_MODIFIED = 304
const NOT_FOUND = 404

/**
 * Opens a place in a bucket.
 *
 * @throws {BucketError} If the client is not installed.
 * @throws {S3EndpointError} If the endpoint in the environment makes no sense.
 */
export async function openBucket(address: S3Address): Promise<Bucket> {
  const endpoint = findS3Endpoint(process.env)
  const sdk = await import('@aws-sdk/client-s3').catch((cause) => {
    const message = 's3:// needs its client, which is not installed: npm install @aws-sdk/client-s3'
    throw new BucketError(message, { cause })
  })
  const client = new sdk.S3Client({
    forcePathStyle: usesPathStyle(address.bucket, endpoint),
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENT_MS },
    ...(endpoint.url === undefined ? {} : { endpoint: endpoint.url }),
    ...(endpoint.region === undefined ? {} : { region: endpoint.region }),
  })
  const get = async (path: string, known?: string) => {
    const key = joinKey(address.prefix, path)
    const condition = known === undefined ? {} : { IfNoneMatch: known }
    const command = new sdk.GetObjectCommand({ Bucket: address.bucket, Key: key, ...condition })
    return client
      .send(command)
      .catch((error) => readRefusal(error, `s3://${address.bucket}/${key}`))
  }
  return {
    readText: async (path, known) => {
      const found = await get(path, known)
      if (found === undefined || found === 'same') return found
      return { text: (await found.Body?.transformToString()) ?? '', etag: found.ETag ?? '' }
    },
    download: async (path, file, wanted) => {
      const found = await get(path)
      if (found === undefined || found === 'same') throw new BucketError(`is missing: ${path}`)
      await writeBody(found, { path, file, wanted })
    },
    close: () => client.destroy(),
  }
}

interface Refusal extends Error {
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/** Tells what is no error. */
function readRefusal(error: Refusal, url: string): undefined | 'same' {
  const { name, message, code, $metadata } = error
  const status = $metadata?.httpStatusCode
  if (status === NOT_MODIFIED) return 'same'
  if (status === NOT_FOUND && name !== 'NoSuchBucket') return undefined
  const [line] = message.split('\n')
  const kind = name === 'Error' ? code : name
  throw new BucketError(`cannot be read (${[kind, line].filter(Boolean).join(', ')}): ${url}`, {
    cause: error,
  })
}

async function writeBody(
  { Body }: GetObjectCommandOutput,
  { path, file, wanted }: { path: string; file: string; wanted: Wanted },
): Promise<void> {
  const hash = createHash('sha256')
  let bytes = 0
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      bytes += chunk.length
      done(null, chunk)
    },
  })
  try {
    await pipeline(Body as Readable, meter, createWriteStream(file))
  } catch (error) {
    throw new BucketError(`cannot be read (${(error as Error).message}): ${path}`, { cause: error })
  }
  if (bytes === wanted.bytes && hash.digest('hex') === wanted.sha256) return
  throw new BucketError(`is not what it should be, it may be uploaded just now: ${path}`)
}
