import type { DuckDBConnection } from '@duckdb/node-api'
import { countRows, quotedIdentifier, readCount } from '../../base/database.ts'
import type { Progress } from '../../base/progress.ts'
import { readSql } from '../../base/sql.ts'
import { MODELS, type Model } from '../models.ts'
import type { PoolSizes } from '../ranker.ts'
import { isProvenUnique } from './unique.ts'

/** What the models depend on beside the loaded rows. */
export interface ModelOptions {
  /** Part of the key of the random order. */
  readonly seed: number
  readonly progress: Progress
  /** Instead of those of `sql/staging/rules.sql`. */
  readonly sizes?: PoolSizes | undefined
  /** Names of the models to run; by default all. */
  readonly only?: readonly string[]
}

/** Tell at little cost that the select of a model would find nothing: then its table is made empty. */
const EMPTY_TESTS: Readonly<Record<string, (connection: DuckDBConnection) => Promise<boolean>>> = {
  repeated_clicks: (connection) =>
    isProvenUnique(connection, { table: 'loaded_clicks', key: 'click_id' }),
  repeated_conversions: (connection) =>
    isProvenUnique(connection, { table: 'loaded_conversions', key: 'conversion_id' }),
  orphans: hasNoOrphans,
}

/** Runs the models in order. */
export async function runModels(
  connection: DuckDBConnection,
  { seed, progress, sizes, only }: ModelOptions,
): Promise<void> {
  await connection.run('set variable seed = $seed', { seed: String(seed) })
  const models = MODELS.filter(({ name }) => only === undefined || only.includes(name))
  for (const model of models) {
    if (model.kind === 'view') await createModel(connection, model)
    else
      await progress.step(
        model.name,
        () => createModel(connection, model),
        (rows) => rows,
      )
    if (model.name === 'rules' && sizes !== undefined) await setSizes(connection, sizes)
  }
}

async function setSizes(connection: DuckDBConnection, { top, fill }: PoolSizes): Promise<void> {
  await connection.run('update rules set top_size = $top, fill_size = $fill', { top, fill })
}

/** Creates the table or view of one model; returns the table's rows. */
async function createModel(connection: DuckDBConnection, model: Model): Promise<number> {
  const select = await readSql(model.folder, model.name)
  const isEmpty = (await EMPTY_TESTS[model.name]?.(connection)) ?? false
  const name = quotedIdentifier(model.name)
  const ending = isEmpty ? 'with no data' : 'with data'
  if (model.kind === 'view') {
    await connection.run(`create view ${name} as ${select}`)
    return 0
  }
  await connection.run(`create table ${name} as (${select}\n) ${ending}`)
  return countRows(connection, model.name)
}

/** Every staged conversion that is no orphan was counted for a banner, so two sums tell without a join. */
async function hasNoOrphans(connection: DuckDBConnection): Promise<boolean> {
  const counted = 'select sum(conversion_count) from banner_conversions'
  return (await countRows(connection, 'stg_conversions')) === (await readCount(connection, counted))
}
