/** What is kept of a build that failed over its rows: the lines that did not fit. */
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { REJECTS_FILE } from '../../contract/schema.ts'
import { countRows, quotedString } from '../base/database.ts'
import { readSql } from '../base/sql.ts'

/** Folder in the artifacts folder; removed by the next build that succeeds. */
const FAILED_FOLDER = 'failed'

/**
 * Writes the table `rejects` into the artifacts folder, as `rejects.parquet` of a build has it.
 *
 * @returns Where it is; null if there is nothing to keep.
 */
export async function keepRejects(
  connection: DuckDBConnection,
  out: string,
): Promise<string | null> {
  if ((await countRows(connection, 'rejects')) === 0) return null
  const path = join(out, FAILED_FOLDER, REJECTS_FILE)
  await mkdir(join(out, FAILED_FOLDER), { recursive: true })
  const select = await readSql('publish', 'rejects')
  await connection.run(
    `copy (${select}\n) to ${quotedString(`${path}.new`)} (format parquet, compression zstd)`,
  )
  await rename(`${path}.new`, path)
  return path
}

/** Removes what an earlier build left behind when it failed. */
export function removeFailed(out: string): Promise<void> {
  return rm(join(out, FAILED_FOLDER), { recursive: true, force: true })
}
