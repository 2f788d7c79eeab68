/** Evaluates the logs of an input folder. */
import { resolve } from 'node:path'
import type { Evaluation, LoggedDecisions } from '../../contract/evaluation.ts'
import { PipelineError } from '../base/errors.ts'
import type { EvaluateTables, TableOptions } from '../build/options.ts'
import { withTables, withTemporaryLogs } from '../build/tables.ts'
import { readIfIntact } from '../publish/builds.ts'
import { currentBuildId } from '../publish/current.ts'
import { withLock } from '../publish/lock.ts'
import { makeCurrent } from '../publish/publish.ts'
import { measureDecisions, measureTables } from './measure.ts'

/** As of a build; `out` is only left out of what is read. */
export interface EvaluateLogOptions extends TableOptions {
  /** See {@link measureTables}. */
  readonly isUngated?: boolean
}

/**
 * Evaluates logs and publishes nothing: the rows are those that a build accepts. Its numbers are not rounded.
 *
 * @throws {PipelineError} If an input would stop a build.
 */
export async function evaluateLog(options: EvaluateLogOptions): Promise<Evaluation> {
  return (await evaluateWithDecisions(options)).evaluation
}

/** An evaluation, and what logged probabilities tell; null if none were kept. */
export interface EvaluationWithDecisions {
  readonly evaluation: Evaluation
  readonly logged: LoggedDecisions | null
}

/**
 * Evaluates logs as {@link evaluateLog}, and by the probabilities that a server kept which explores.
 *
 * @throws {PipelineError} If an input would stop a build.
 */
export function evaluateWithDecisions(
  options: EvaluateLogOptions,
): Promise<EvaluationWithDecisions> {
  return withTemporaryLogs(options, (temporary) =>
    withTables(temporary.logs, temporary.options, async (connection) => {
      const evaluation = await measureTables(connection, options)
      return { evaluation, logged: await measureDecisions(connection, options) }
    }),
  )
}

/** How logs are evaluated, and where the build is that is made of them. */
export interface EvaluateBuildOptions extends TableOptions {
  /** Artifacts folder. */
  readonly out: string
  readonly evaluate: EvaluateTables
}

/**
 * Evaluates logs and writes the result beside the build in `out` that was made of them; no file of the build changes.
 *
 * @returns What was written, rounded.
 * @throws {PipelineError} If there is no such build, or an input would stop a build.
 */
export function evaluateLogs(options: EvaluateBuildOptions): Promise<EvaluationWithDecisions> {
  const { evaluate } = options
  const out = resolve(options.out)
  return withTemporaryLogs(options, async (temporary) => {
    const { buildId } = temporary.logs
    const build = await readIfIntact(out, buildId)
    if (build === null) {
      throw new PipelineError(`no build of these logs and this seed, build first: ${out}`)
    }
    return withLock(out, () =>
      withTables(temporary.logs, temporary.options, async (connection) => {
        const { folder } = build
        const evaluation = await evaluate(connection, { ...options, folder, buildId })
        if ((await currentBuildId(out)) === buildId) await makeCurrent(out, buildId)
        return { evaluation, logged: evaluation.logged ?? null }
      }),
    )
  })
}
