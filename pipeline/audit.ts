import type { DuckDBConnection } from '@duckdb/node-api'
import type { ManifestCheck } from '../artifacts/schema.ts'
import { readIfWhole } from './builds.ts'
import { type Audited, createCheckTables, describeFailure, runChecks } from './checks.ts'
import { PipelineError } from './errors.ts'
import type { Progress } from './progress.ts'

/** What is known of a build that is not published yet. */
export interface AuditOptions extends Omit<Audited, 'previous'> {
  readonly out: string
  readonly progress: Progress
  readonly previous_build_id: string | null
}

/**
 * Runs the checks on what will be published.
 *
 * @param connection - Has `pools`, `banner_stats`, `rejects` and `rules`.
 * @throws {PipelineError} If a check of severity `error` finds a row.
 */
export async function audit(
  connection: DuckDBConnection,
  { out, progress, previous_build_id, ...audited }: AuditOptions,
): Promise<ManifestCheck[]> {
  const previous = previous_build_id === null ? null : await readIfWhole(out, previous_build_id)
  await createCheckTables(connection, { ...audited, previous })
  const results = await progress.step(
    'check',
    () => runChecks(connection),
    (checks) => checks.length,
  )
  const failed = results.filter(({ passed }) => !passed)
  const error = failed.find(({ severity }) => severity === 'error')
  if (error !== undefined) {
    throw new PipelineError(`check failed, nothing published: ${describeFailure(error)}`)
  }
  for (const warning of failed) progress.warn(describeFailure(warning))
  return results.map(({ name, severity, failing_rows, passed }) => {
    return { name, severity, failing_rows, passed }
  })
}
