import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { selectPublished } from '../../contract/format-1.ts'
import { verifyFile } from '../../contract/read.ts'
import { BANNER_STATS_FILE, BUILDS_FOLDER, type Manifest } from '../../contract/schema.ts'
import { literalPath, quotedString } from '../base/database.ts'
import { readSql } from '../base/sql.ts'

/**
 * Makes `campaign_figures` of a build.
 *
 * @throws {ArtifactError} If its banner_stats are not what its manifest says.
 */
export async function createFigures(
  connection: DuckDBConnection,
  out: string,
  manifest: Manifest,
): Promise<void> {
  const folder = join(out, BUILDS_FOLDER, manifest.build_id)
  await verifyFile(folder, manifest, BANNER_STATS_FILE)
  const path = quotedString(literalPath(join(folder, BANNER_STATS_FILE)))
  const select = selectPublished(BANNER_STATS_FILE, `read_parquet(${path})`)
  await connection.run(`create or replace view banner_stats as ${select}`)
  const figures = await readSql('history', 'campaign_figures')
  await connection.run(`create or replace table campaign_figures as (${figures}\n)`)
}
