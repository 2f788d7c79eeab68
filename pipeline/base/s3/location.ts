/** Places in buckets, as flags name them. */
import { joinKey, parseS3Address, type S3Address } from '../../../contract/s3-address.ts'
import { PipelineError } from '../errors.ts'

/**
 * Reads `s3://bucket/prefix`.
 *
 * @param flag - That it was given with, for the error.
 * @throws {PipelineError} With exit code 2, if there is no such place.
 */
export function parseS3Url(text: string, flag: string): S3Address {
  const address = parseS3Address(text)
  if (address !== undefined) return address
  throw new PipelineError(`--${flag} must be a folder or s3://bucket/prefix: ${text}`, {
    exitCode: 2,
  })
}

/** Joins what is not empty to a key below the prefix. */
export function keyOf({ prefix }: S3Address, ...parts: readonly string[]): string {
  return joinKey(prefix, ...parts)
}

/** Writes a place, for people. */
export function urlOf(location: S3Address, ...parts: readonly string[]): string {
  return `s3://${location.bucket}/${keyOf(location, ...parts)}`
}
