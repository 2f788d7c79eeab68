/** Places in buckets: `s3://bucket/prefix`. */
import { PipelineError } from '../base/errors.ts'

/** A bucket and a prefix in it. */
export interface S3Location {
  readonly bucket: string
  /** Without a slash at either end; may be empty. */
  readonly prefix: string
}

/** Tells a place in a bucket from a folder. */
export function isS3Url(text: string): boolean {
  return text.startsWith('s3://')
}

/**
 * Reads `s3://bucket/prefix`.
 *
 * @param flag - That it was given with, for the error.
 * @throws {PipelineError} With exit code 2, if there is no such place.
 */
export function parseS3Url(text: string, flag: string): S3Location {
  const [, bucket, prefix = ''] =
    /^s3:\/\/([a-z\d][a-z\d.-]{1,61}[a-z\d])(?:\/(.*))?$/.exec(text) ?? []
  if (bucket === undefined) {
    throw new PipelineError(`--${flag} must be a folder or s3://bucket/prefix: ${text}`, {
      exitCode: 2,
    })
  }
  return { bucket, prefix: prefix.replace(/^\/+|\/+$/g, '') }
}

/** Joins what is not empty to a key below the prefix. */
export function keyOf({ prefix }: S3Location, ...parts: readonly string[]): string {
  return [prefix, ...parts].filter((part) => part !== '').join('/')
}

/** Writes a place, for people. */
export function urlOf(location: S3Location, ...parts: readonly string[]): string {
  return `s3://${location.bucket}/${keyOf(location, ...parts)}`
}
