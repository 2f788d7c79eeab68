/** The gate of rejects: no file may have lost more than its share, and what a file lost is reported. */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { ManifestInput } from '../../contract/schema.ts'
import type { Progress } from '../base/progress.ts'
import { describeSorted, isOverShare, RejectShareError } from '../input/reject-share.ts'
import { explainRejects } from './explain-rejects.ts'
import type { ReconcileOptions } from './reconcile.ts'

/** The accounts of files, and what is allowed. */
export interface GateOptions extends Pick<ReconcileOptions, 'files' | 'findLines'> {
  /** One a file, in their order. */
  readonly inputs: readonly ManifestInput[]
  /** Share of a file's rows, 0 to 1, that may be rejected. */
  readonly maxRejectShare: number
  readonly progress: Progress
}

/**
 * Refuses a file of which too much was rejected, and reports what the others lost.
 *
 * @param connection - Has `rejects` and `unfit_rows`.
 * @throws {RejectShareError} With the first reject of each reason, and what is behind it.
 */
export async function checkRejects(
  connection: DuckDBConnection,
  options: GateOptions,
): Promise<void> {
  const { files, inputs, maxRejectShare, progress } = options
  for (const file of files) {
    const { rejected = 0, duplicates = 0 } = inputs[file.index] ?? {}
    const sorted = { ...describeSorted(file, rejected), rejectsPath: null }
    if (isOverShare(sorted, maxRejectShare)) {
      const examples = await explainRejects(connection, { ...options, file })
      throw new RejectShareError({ ...sorted, examples }, maxRejectShare)
    }
    const { fullPath } = file.source
    if (rejected > 0) progress.warn(`${fullPath}: ${rejected} rows rejected, see rejects.parquet`)
    if (duplicates > 0 && file.status === 'loaded') {
      progress.warn(`${fullPath}: ${duplicates} duplicate rows, counted once`)
    }
  }
}
