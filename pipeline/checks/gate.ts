import type { DuckDBConnection } from '@duckdb/node-api'
import type { ManifestCheck } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import type { Progress } from '../base/progress.ts'
import { type CheckInput, createCheckTables, describeFailure, runChecks } from './run.ts'

/** What is known of a build that is not published yet. */
export interface GateOptions extends CheckInput {
  readonly progress: Progress
}

/** A check of severity `error` found something. */
export class FailedCheckError extends PipelineError {}

/**
 * Runs the checks on what will be published.
 *
 * @param connection - Has `pools`, `banner_stats`, `rejects` and `rules`.
 * @throws {FailedCheckError} If a check of severity `error` finds a row.
 */
export async function runGate(
  connection: DuckDBConnection,
  { progress, ...input }: GateOptions,
): Promise<ManifestCheck[]> {
  await createCheckTables(connection, input)
  const results = await progress.step(
    'check',
    () => runChecks(connection),
    (checks) => checks.length,
  )
  const failed = results.filter(({ passed }) => !passed)
  const error = failed.find(({ severity }) => severity === 'error')
  if (error !== undefined) {
    throw new FailedCheckError(`check failed, nothing published: ${describeFailure(error)}`)
  }
  for (const warning of failed) progress.warn(describeFailure(warning))
  return results.map(({ name, severity, failing_rows, passed }) => {
    return { name, severity, failing_rows, passed }
  })
}
