/** Addresses of S3: `s3://bucket/prefix`, and where the store of a bucket answers. One reading of both for job and function. */

/** A bucket and a prefix in it. */
export interface S3Address {
  readonly bucket: string
  /** Without a slash at either end; may be empty. */
  readonly prefix: string
}

/** Where buckets are reached. */
export interface S3Endpoint {
  /** URL without a slash at the end; undefined: Amazon's own, by region. */
  readonly url: string | undefined
  /** Undefined: none is set, and there is no need to guess one. */
  readonly region: string | undefined
}

/** A setting of the endpoint that makes no sense. The message is one line with the variable. */
export class S3EndpointError extends Error {
  override readonly name = 'S3EndpointError'
}

/** Names of buckets as S3 allows them. */
const S3_URL = /^s3:\/\/([a-z\d][a-z\d.-]{1,61}[a-z\d])(?:\/(.*))?$/

/** Stores of one's own seldom have a region, and signatures need one. */
const DEFAULT_REGION = 'us-east-1'

const ENDPOINT_VARIABLES = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'] as const

/** Tells a place in a bucket from a folder. */
export function isS3Url(text: string): boolean {
  return text.startsWith('s3://')
}

/** Reads `s3://bucket/prefix`; undefined if it is none, or has white space or control characters in it. */
export function parseS3Address(text: string): S3Address | undefined {
  const [, bucket, prefix = ''] = S3_URL.exec(text) ?? []
  if (bucket === undefined || /[\s\p{Cc}]/u.test(text)) return undefined
  return { bucket, prefix: prefix.replace(/^\/+|\/+$/g, '') }
}

/** Joins what is not empty with slashes, to a key. */
export function joinKey(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('/')
}

/**
 * Finds where buckets are reached, by the variables of all of Amazon's tools; an empty one is as good as none.
 *
 * @throws {S3EndpointError} If the endpoint is no http or https URL, or has white space, a query or a user in it.
 */
export function findS3Endpoint(env: Readonly<Record<string, string | undefined>>): S3Endpoint {
  const name = ENDPOINT_VARIABLES.find((variable) => env[variable])
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined
  if (name === undefined) return { url: undefined, region }
  const url = env[name] ?? ''
  if (!/^https?:\/\/[^\s@?#]+$/.test(url) || !URL.canParse(url)) {
    throw new S3EndpointError(`${name} must be an http or https URL: ${JSON.stringify(url)}`)
  }
  return { url: url.replace(/\/+$/, ''), region: region ?? DEFAULT_REGION }
}

/** Whether a bucket is a part of the path: in a host, an own store does not know it, and a dot in it breaks TLS. */
export function usesPathStyle(bucket: string, { url }: S3Endpoint): boolean {
  return url !== undefined || bucket.includes('.')
}
