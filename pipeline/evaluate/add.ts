/** An evaluation beside a build: while it is made, or later. */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Evaluation } from '../../contract/evaluation.ts'
import { describeVerdict } from '../../contract/evaluation-words.ts'
import type { Progress } from '../base/progress.ts'
import { writeEvaluation } from './files.ts'
import { measureTables } from './measure.ts'
import { roundNumbers } from './round.ts'

/** The build that is evaluated. */
export interface AddOptions {
  readonly folder: string
  readonly buildId: string
  readonly progress: Progress
  /** Renders the page for people. */
  readonly renderPage: (buildId: string, evaluation: Evaluation) => string
}

/**
 * Evaluates the tables of a build and writes the result into its folder.
 *
 * @param connection - Has the tables that the build is, or was, made of.
 * @returns What was written, rounded.
 */
export async function addEvaluation(
  connection: DuckDBConnection,
  { folder, buildId, progress, renderPage }: AddOptions,
): Promise<Evaluation> {
  const evaluation = roundNumbers(await measureTables(connection, { progress }))
  const page = renderPage(buildId, evaluation)
  await writeEvaluation(connection, { folder, buildId, evaluation, page })
  progress.note(describeVerdict(evaluation.overall))
  return evaluation
}
