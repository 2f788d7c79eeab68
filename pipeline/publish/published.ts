/** A published build as tables, for everything that asks questions of one. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { selectPublished } from '../../contract/format-1.ts'
import { verifyFile } from '../../contract/read.ts'
import { literalPath, quotedString, withDatabase } from '../base/database.ts'
import { readSql } from '../base/sql.ts'
import { declareColumns } from '../input/columns.ts'
import type { Build } from './builds.ts'
import { LIST_OUTPUTS, OUTPUTS } from './outputs.ts'

/** Asking questions of a build needs little; these are DuckDB's limits for it. */
const READER = { threads: 2, memoryLimit: '2GB' }

/**
 * Gives `fn` a connection with `pools`, `banner_stats`, `rejects`, `rules`, and the lists, after checking every sha256.
 *
 * @throws {ArtifactError} If a file is not what the manifest says.
 */
export async function withPublished<T>(
  { folder, manifest }: Build,
  fn: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  for (const { file } of manifest.outputs) await verifyFile(folder, manifest, file)
  return withDatabase(':memory:', READER, async (connection) => {
    for (const { name, file } of OUTPUTS) {
      const path = quotedString(literalPath(join(folder, file)))
      await connection.run(
        `create view ${name} as ${selectPublished(file, `read_parquet(${path})`)}`,
      )
    }
    for (const { name, file } of LIST_OUTPUTS) {
      const isThere = manifest.outputs.some((output) => output.file === file)
      const path = quotedString(literalPath(join(folder, file)))
      await connection.run(
        isThere
          ? `create view ${name} as select * from read_parquet(${path})`
          : `create table ${name} (${declareColumns(name)})`,
      )
    }
    await connection.run(`create table rules as (${await readSql('staging', 'rules')}\n)`)
    return fn(connection)
  })
}
