/** From inspected logs to the tables of a build, in a database of their own. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Manifest } from '../../contract/schema.ts'
import { findDatabaseShare, withDatabase } from '../base/database.ts'
import type { Progress } from '../base/progress.ts'
import { withTemporaryFolder } from '../base/temporary-folder.ts'
import { type Cache, openCache } from '../cache/entries.ts'
import { keepingRejects } from '../checks/keep-rejects.ts'
import { reconcileLogs } from '../checks/reconcile.ts'
import { checkRejects } from '../checks/reject-gate.ts'
import { loadLists } from '../lists/load.ts'
import type { PoolSizes, Ranked } from '../rank/ranker.ts'
import { findLogs, type InspectedLogs, withInspectedLogs } from './logs.ts'
import type { RankOptions, RejectOptions, TableOptions } from './options.ts'

/** What the tables are made of, beside the logs. */
export interface MakeTablesOptions extends RankOptions, RejectOptions {
  readonly seed: number
  readonly cache: Cache
  readonly progress: Progress
  /** Artifacts folder in which a build that fails leaves its rejects; undefined: nowhere. */
  readonly rejectsOut?: string
  /** Of pools; by default those of the business rules. A build that is published has no others. */
  readonly sizes?: PoolSizes
  /** Nobody asks for the rows behind the counts. */
  readonly isCountsOnly?: boolean
}

/** Who ranked, and what became of the lines, for the manifest and the checks. */
export type Reconciled = Pick<Manifest, 'engine' | 'inputs' | 'measures'>

/**
 * Ranks logs and reconciles their lines, in a new database in the work folder.
 *
 * @param fn - Is given a connection to all tables of a build, and what became of each line.
 * @throws {PipelineError} If an input does not allow it.
 */
export function withTables<T>(
  logs: InspectedLogs,
  options: MakeTablesOptions,
  fn: (connection: DuckDBConnection, reconciled: Reconciled) => Promise<T>,
): Promise<T> {
  const { ranker, threads } = options
  const memoryLimit = findDatabaseShare(options.memoryLimit)
  const spillFolder = join(logs.workFolder, 'spill')
  return withDatabase(':memory:', { threads, memoryLimit, spillFolder }, (connection) =>
    keepingRejects(connection, options.rejectsOut, async () => {
      const ranked = await ranker.rank(connection, { ...options, ...logs })
      const inputs = await reconcileLines(connection, ranked, { ...options, ...logs })
      return fn(connection, { engine: ranked.engine, inputs, measures: ranked.measures })
    }),
  )
}

/** Tells what became of each line, and refuses a file of which too much was rejected. */
async function reconcileLines(
  connection: DuckDBConnection,
  { files, findLines }: Ranked,
  { workFolder, lists, maxRejectShare, progress }: MakeTablesOptions & InspectedLogs,
): Promise<Manifest['inputs']> {
  const inputs = await progress.step(
    'reconcile lines',
    async () => {
      const logs = await reconcileLogs(connection, { files, findLines, workFolder })
      return [...logs, ...(await loadLists(connection, { lists, workFolder, maxRejectShare }))]
    },
    (inputs) => inputs.reduce((sum, { rows }) => sum + rows, 0),
  )
  await checkRejects(connection, { files, findLines, inputs, maxRejectShare, progress })
  for (const [index, { source }] of lists.entries()) {
    const { rejected = 0 } = inputs[files.length + index] ?? {}
    if (rejected > 0)
      progress.warn(`${source.fullPath}: ${rejected} rows rejected, see rejects.parquet`)
  }
  return inputs
}

/** Logs that were read for a question, and what their tables are made of. */
export interface TemporaryLogs {
  readonly logs: InspectedLogs
  readonly options: MakeTablesOptions
}

/**
 * Inspects logs in the system's folder for temporary files, with a cache of its own: that of the artifacts folder is for
 * builds. The artifacts folder is not touched.
 */
export async function withTemporaryLogs<T>(
  options: TableOptions,
  fn: (temporary: TemporaryLogs) => Promise<T>,
): Promise<T> {
  const { ranker, renames, now } = options
  const { readsCleanFiles } = ranker
  const startMs = now().getTime()
  const found = await findLogs(options)
  const known = found.files.map(() => null)
  return withTemporaryFolder((workFolder) =>
    withInspectedLogs(found, { ...options, known, workFolder, readsCleanFiles }, (logs) => {
      const cache = openCache(workFolder, { renames, force: true, startMs })
      return fn({ logs, options: { ...options, cache } })
    }),
  )
}
