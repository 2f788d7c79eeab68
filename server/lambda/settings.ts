/** Settings of the function beside those that it shares with the server. */
import { SettingsError } from '../settings.ts'

/** Where the function has its pools from. */
export interface LambdaSettings {
  /** Undefined: from its own package only. */
  readonly s3: S3Prefix | undefined
  /** Milliseconds between two looks for another build, and between two lines of metrics. */
  readonly checkEveryMs: number
}

/** A place in a bucket. */
export interface S3Prefix {
  readonly bucket: string
  /** Without a slash at either end; may be empty. */
  readonly prefix: string
}

/** Environment variables of the function, with their defaults. */
export const LAMBDA_VARIABLES = {
  POOLS_S3: undefined,
  POOLS_CHECK_SECONDS: '60',
} as const

// Names of buckets as S3 allows them, and any prefix that needs no thought about encoding.
const S3_URL = /^s3:\/\/([a-z\d][a-z\d.-]{1,61}[a-z\d])(?:\/([\w.=/-]*))?$/

/**
 * Reads the settings from the environment.
 *
 * @throws {SettingsError} If a value is not valid, naming the variable.
 */
export function readLambdaSettings(
  env: Readonly<Record<string, string | undefined>>,
): LambdaSettings {
  const seconds = env.POOLS_CHECK_SECONDS ?? LAMBDA_VARIABLES.POOLS_CHECK_SECONDS
  if (!/^[1-9]\d{0,4}$/.test(seconds)) {
    throw new SettingsError(
      `POOLS_CHECK_SECONDS must be a whole number from 1 to 99999: ${seconds}`,
    )
  }
  return { s3: readPrefix(env.POOLS_S3 ?? ''), checkEveryMs: Number(seconds) * 1_000 }
}

function readPrefix(url: string): S3Prefix | undefined {
  if (url === '') return undefined
  const [, bucket, prefix = ''] = S3_URL.exec(url) ?? []
  if (bucket === undefined) throw new SettingsError(`POOLS_S3 must be s3://bucket/prefix: ${url}`)
  return { bucket, prefix: prefix.replace(/^\/+|\/+$/g, '') }
}
