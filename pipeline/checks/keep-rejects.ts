/** A build that fails over its rows leaves the lines that did not fit, and says where. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { PipelineError } from '../base/errors.ts'
import { RejectShareError } from '../input/reject-share.ts'
import { keepRejects } from '../publish/failed.ts'
import { FailedCheckError } from './gate.ts'
import { createRejects, loadRejects } from './reconcile.ts'

/**
 * Runs a part of a build. If it fails over rejected rows or a check, the rejects stay in the artifacts folder.
 *
 * @param out - The artifacts folder; undefined: nothing is kept.
 * @throws {PipelineError} As `fn` does, with the place of the rejects.
 */
export async function keepingRejects<T>(
  connection: DuckDBConnection,
  out: string | undefined,
  fn: () => Promise<T>,
): Promise<T> {
  try {
    return await fn()
  } catch (error) {
    const isAboutRows = error instanceof RejectShareError || error instanceof FailedCheckError
    if (out === undefined || !isAboutRows) throw error
    // The first fault is the one to tell.
    const path = await keep(connection, out, error).catch(() => null)
    if (path === null) throw error
    throw new PipelineError(`${error.message}; rejected lines are in ${path}`, { cause: error })
  }
}

async function keep(
  connection: DuckDBConnection,
  out: string,
  error: RejectShareError | FailedCheckError,
): Promise<string | null> {
  await createRejects(connection)
  if (error instanceof RejectShareError && error.file.rejectsPath !== null) {
    await loadRejects(connection, error.file.source, error.file.rejectsPath)
  }
  return keepRejects(connection, out)
}
