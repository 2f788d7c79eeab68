/** Settings of the function beside those that it shares with the server. */
import { parseS3Address, type S3Address } from '../../contract/s3-address.ts'
import { SettingsError } from '../settings.ts'

/** Where the function has its pools from. */
export interface LambdaSettings {
  /** Undefined: from its own package only. */
  readonly s3: S3Address | undefined
  /** Milliseconds between two looks for another build, and between two lines of metrics. */
  readonly checkEveryMs: number
}

/** Environment variables of the function, with their defaults. */
export const LAMBDA_VARIABLES = {
  POOLS_S3: undefined,
  POOLS_CHECK_SECONDS: '60',
} as const

// Prefixes that need no thought about encoding.
const PLAIN_PREFIX = /^[\w.=/-]*$/

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

function readPrefix(url: string): S3Address | undefined {
  if (url === '') return undefined
  const address = parseS3Address(url)
  if (address !== undefined && PLAIN_PREFIX.test(address.prefix)) return address
  throw new SettingsError(`POOLS_S3 must be s3://bucket/prefix: ${JSON.stringify(url)}`)
}
