/** Packages that only some commands need, and that an installation may lack. */
import { PipelineError } from './errors.ts'

/** By the start of a package's name: what needs it, and what to install. The first that fits decides. */
const OPTIONAL: readonly (readonly [start: string, use: string, install: string])[] = [
  ['@duckdb/', 'this command needs DuckDB', '@duckdb/node-api'],
  ['@aws-sdk/client-athena', '--engine athena needs its client', '@aws-sdk/client-athena'],
  ['@aws-sdk/', 's3:// needs its client', '@aws-sdk/client-s3 @aws-sdk/lib-storage'],
  ['@platformatic/kafka', '--kafka needs its client', '@platformatic/kafka@1.22.0'],
  ['trino-client', '--engine trino needs its client', 'trino-client@0.2.9'],
]

/**
 * Makes one line of the error of an import that found no package.
 *
 * @returns The error as it is, if it is another, or if the package always belongs to this program.
 */
export function explainMissingPackage(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  if (error.code !== 'ERR_MODULE_NOT_FOUND' && error.code !== 'MODULE_NOT_FOUND') return error
  const name = /Cannot find (?:package|module) '([^']+)'/.exec(error.message)?.[1] ?? ''
  const [, use, install] = OPTIONAL.find(([start]) => name.startsWith(start)) ?? []
  if (use === undefined) return error
  return new PipelineError(`${use}, which is not installed: npm install ${install}`, {
    cause: error,
  })
}
