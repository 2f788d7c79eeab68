/** What the history says of earlier builds, for the charts of a report. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { HISTORY_FOLDER, listHistoryFiles, readHistory } from '../../contract/history.ts'
import { literalPath, quotedString, readRows } from '../base/database.ts'
import { isIntact } from './open.ts'

/** A build as charts show it. Null: it is not known. */
export interface PastBuild {
  /** ISO 8601, UTC. */
  readonly created_at: string
  readonly pool_revenue: number | null
  readonly changed_pools: number | null
}

/** Builds of a chart; columns of more are too thin. */
const MAX_BUILDS = 90

/** Reads the last builds, the oldest first. A history that cannot be read is none: no build fails for its report. */
export async function readPastBuilds(
  connection: DuckDBConnection,
  out: string,
): Promise<PastBuild[]> {
  try {
    const paths = await findFiles(out)
    if (paths.length === 0) return []
    const newest = await readRows<PastBuild>(
      connection,
      `select created_at, cast(pool_revenue as double) as pool_revenue, changed_pools
       from read_parquet([${paths.map((path) => quotedString(literalPath(path))).join(', ')}])
       order by created_at desc, build_id desc limit ${MAX_BUILDS}`,
    )
    return newest.reverse()
  } catch {
    return []
  }
}

async function findFiles(out: string): Promise<string[]> {
  const history = await readHistory(out)
  if (history === null) return []
  const paths: string[] = []
  for (const { listed } of listHistoryFiles(history, 'builds')) {
    if (!(await isIntact(out, history, listed.file))) continue
    paths.push(join(out, HISTORY_FOLDER, listed.file))
  }
  return paths
}
