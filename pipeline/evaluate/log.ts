/** Evaluates the logs of an input folder; publishes nothing. */
import type { BuildOptions } from '../build/build.ts'
import { rankHere, withTables } from '../build/make-build.ts'
import { withTemporaryTables } from '../build/temporary-tables.ts'
import type { Evaluation } from './evaluate.ts'
import { measureTables } from './measure.ts'

/** As of a build; `out` is only left out of what is read. */
export interface EvaluateLogOptions extends BuildOptions {
  /** See {@link measureTables}. */
  readonly isUngated?: boolean
}

/**
 * Evaluates logs: the rows are those that a build accepts. Its numbers are not rounded.
 *
 * @throws {PipelineError} If an input would stop a build.
 */
export async function evaluateLog(options: EvaluateLogOptions): Promise<Evaluation> {
  return withTemporaryTables(options, (tables) =>
    withTables(
      tables,
      (connection) => rankHere(connection, tables),
      (connection) => measureTables(connection, options),
    ),
  )
}
