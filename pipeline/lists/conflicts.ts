/** Banners with two different rows: nobody can tell which is meant, so none is. */
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { ManifestInput } from '../../contract/schema.ts'
import { readRows } from '../base/database.ts'
import { loadRejects } from '../checks/reconcile.ts'
import type { FoundLine } from '../input/scan/find-lines.ts'
import type { Scanner } from '../input/scan/scanner.ts'
import { withSink } from '../input/scan/sink.ts'
import type { SourceList } from '../input/sources.ts'
import type { InspectedList } from './inspect.ts'

/** A list in which to look for lines. */
interface SearchedList {
  readonly list: InspectedList
  readonly scanner: Scanner
}

/**
 * Rejects all lines of each banner with two different rows.
 *
 * @param connection - Has `conflicting_banners` and `rejects`.
 * @returns How many lines that are.
 * @throws {PipelineError} If the list changed since it was inspected.
 */
export async function rejectConflicts(
  connection: DuckDBConnection,
  { list, scanner }: SearchedList,
  workFolder: string,
): Promise<number> {
  const rows = await readRows<{ banner_id: number; line_count: number }>(
    connection,
    'from conflicting_banners',
  )
  if (rows.length === 0) return 0
  const { source, inspection } = list
  const { fullPath: path, list: table } = source
  const keys = new Set(rows.map(({ banner_id }) => String(banner_id)))
  const linesPath = join(workFolder, `${table}.lines.json`)
  const rejectsPath = join(workFolder, `${table}.conflicts.json`)
  await scanner.run('findLines', path, { path, table, inspection, keys, linesPath })
  const found = await writeConflicts(linesPath, rejectsPath)
  const expected = rows.reduce((sum, { line_count }) => sum + line_count, 0)
  if (found !== expected) throw new Error(`${path}: ${expected} lines to reject, ${found} found`)
  await loadRejects(connection, originOf(source), rejectsPath)
  return found
}

/** Names a list as the manifest and the rejects do. */
export function originOf({
  list,
  path,
}: SourceList): Pick<ManifestInput, 'dataset' | 'table' | 'path'> {
  return { dataset: null, table: list, path }
}

function writeConflicts(linesPath: string, rejectsPath: string): Promise<number> {
  return withSink(rejectsPath, async (rejects) => {
    let count = 0
    for await (const json of createInterface({ input: createReadStream(linesPath) })) {
      const { line, text } = JSON.parse(json) as FoundLine
      rejects.push(`${JSON.stringify({ line, reason: 'conflict', text })}\n`)
      await rejects.flush()
      count += 1
    }
    return count
  })
}
