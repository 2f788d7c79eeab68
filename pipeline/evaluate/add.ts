/** An evaluation beside a build: while it is made, or later. */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Evaluation } from '../../contract/evaluation.ts'
import { describeVerdict } from '../../contract/evaluation-words.ts'
import type { Progress } from '../base/progress.ts'
import type { DecisionSource } from './decisions.ts'
import { writeEvaluation } from './files.ts'
import { measureDecisions, measureTables } from './measure.ts'
import { roundNumbers } from './round.ts'

/** The build that is evaluated. */
export interface AddOptions extends DecisionSource {
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
  { folder, buildId, progress, renderPage, ...source }: AddOptions,
): Promise<Evaluation> {
  const measured = await measureTables(connection, { progress })
  const logged = await measureDecisions(connection, { ...source, progress })
  const evaluation = roundNumbers({ ...measured, logged })
  const page = renderPage(buildId, evaluation)
  await writeEvaluation(connection, { folder, buildId, evaluation, page })
  progress.note(describeVerdict(evaluation.overall))
  return evaluation
}
