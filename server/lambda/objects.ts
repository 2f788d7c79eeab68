/** Reads objects of a bucket with signed requests: all of S3 that the function needs, without the 420 kB of its SDK. */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import { findS3Endpoint, type S3Endpoint, usesPathStyle } from '../../contract/s3-address.ts'

/** An object that was read. */
export interface StoredObject {
  readonly bytes: Buffer
  readonly etag: string
}

/**
 * Reads an object by its key.
 *
 * @param known - The ETag of the version that is known already.
 * @returns Undefined if there is no such object, `same` if it is the known version.
 * @throws {ObjectError} If the store refuses, or does not answer in time.
 */
export type ReadObject = (key: string, known?: string) => Promise<StoredObject | 'same' | undefined>

/** An object that cannot be read. The message is one line for the operator. */
class ObjectError extends Error {
  override readonly name = 'ObjectError'
}

/** Milliseconds. A function has ten seconds to start, and pools of some megabytes take a fraction of one. */
const TIMEOUT_MS = 8_000

/** Bytes of an error that are read. */
const MAX_ERROR_BYTES = 2_000

/** A connection that slept while the function was frozen is found dead by the first request on it. */
const TRIES = 2

/**
 * Makes the reader of a bucket, from the variables that every function has in its environment.
 *
 * @throws {S3EndpointError} If the endpoint in them makes no sense.
 */
export function createObjectReader(
  bucket: string,
  env: Readonly<Record<string, string | undefined>>,
): ReadObject {
  const endpoint = findS3Endpoint(env)
  const region = endpoint.region ?? 'us-east-1'
  const base = baseUrl(bucket, { ...endpoint, region })
  const signer = new SignatureV4({
    service: 's3',
    region,
    credentials: async () => ({
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
      ...(env.AWS_SESSION_TOKEN !== undefined && { sessionToken: env.AWS_SESSION_TOKEN }),
    }),
    sha256: Sha256,
    uriEscapePath: false,
  })
  return async (key, known) => {
    const url = new URL(`${base}/${key}`)
    const headers: Record<string, string> = { host: url.host }
    if (known !== undefined) headers['if-none-match'] = known
    const { protocol, hostname, pathname: path } = url
    const signed = await signer.sign({ method: 'GET', protocol, hostname, path, headers })
    return fetchObject(url, signed.headers)
  }
}

async function fetchObject(
  url: URL,
  { host: _, ...headers }: Record<string, string>,
): Promise<StoredObject | 'same' | undefined> {
  const place = `${url.origin}${url.pathname}`
  const response = await withTries(place, async () => {
    const answer = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) })
    return { answer, bytes: Buffer.from(await answer.arrayBuffer()) }
  })
  const { answer, bytes } = response
  if (answer.status === 304) return 'same'
  if (answer.status === 404 && parseCode(bytes) === 'NoSuchKey') return undefined
  if (!answer.ok) {
    const code = parseCode(bytes)
    const reason = code === undefined ? answer.status : `${answer.status} ${code}`
    throw new ObjectError(`the store answers ${reason}: ${place}`)
  }
  return { bytes, etag: answer.headers.get('etag') ?? '' }
}

/** What the store says of itself; a proxy that does not find the store says nothing like it. */
function parseCode(body: Buffer): string | undefined {
  return /<Code>(\w{1,60})<\/Code>/.exec(body.toString('utf8', 0, MAX_ERROR_BYTES))?.[1]
}

async function withTries<T>(place: string, fn: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await fn()
    } catch (error) {
      if (tried < TRIES) continue
      const { message, cause } = error as Error
      const reason = cause instanceof Error ? cause.message : message
      throw new ObjectError(`cannot be read (${reason}): ${place}`)
    }
  }
}

function baseUrl(bucket: string, endpoint: S3Endpoint & { readonly region: string }): string {
  const { url, region } = endpoint
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  if (!usesPathStyle(bucket, endpoint)) return `https://${bucket}.s3.${region}.${suffix}`
  return `${url ?? `https://s3.${region}.${suffix}`}/${bucket}`
}

/** Node's own hashes, as the signer wants them. */
class Sha256 {
  readonly #secret: Parameters<typeof createHmac>[1] | undefined
  #hash: Hash | Hmac

  constructor(secret?: unknown) {
    this.#secret = secret as Parameters<typeof createHmac>[1] | undefined
    this.#hash = this.#start()
  }

  update(data: Uint8Array): void {
    this.#hash.update(data)
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }

  reset(): void {
    this.#hash = this.#start()
  }

  #start(): Hash | Hmac {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret)
  }
}
