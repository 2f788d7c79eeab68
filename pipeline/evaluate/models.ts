/** The aggregates of `sql/evaluate`, over the tables of a build. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { countRows, quotedIdentifier } from '../base/database.ts'
import type { Progress } from '../base/progress.ts'
import { readSql } from '../base/sql.ts'

/** In order. A view is read once. */
export const EVALUATE_MODELS = [
  { name: 'numbered_candidates', kind: 'table' },
  { name: 'click_revenues', kind: 'view' },
  { name: 'converted_clicks', kind: 'view' },
  { name: 'stg_split_clicks', kind: 'table' },
  { name: 'stg_fold_clicks', kind: 'view' },
  { name: 'fold_clicks', kind: 'table' },
] as const

/** Made once it is known which campaigns are thin. */
export const THIN_MODEL = 'stg_thin_clicks'

/** Makes the tables, of a connection that has those of a build. */
export async function runEvaluateModels(
  connection: DuckDBConnection,
  progress: Progress,
): Promise<void> {
  for (const { name, kind } of EVALUATE_MODELS) {
    const select = await readSql('evaluate', name)
    if (kind === 'view') {
      await connection.run(`create view ${quotedIdentifier(name)} as ${select}`)
      continue
    }
    const create = `create table ${quotedIdentifier(name)} as (${select}\n)`
    await progress.step(
      name,
      async () => {
        await connection.run(create)
        return countRows(connection, name)
      },
      (rows) => rows,
    )
  }
}
