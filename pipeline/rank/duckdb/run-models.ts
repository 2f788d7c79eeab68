import type { DuckDBConnection } from '@duckdb/node-api'
import { countRows, createCounted, quotedIdentifier, readCount } from '../../base/database.ts'
import type { Progress } from '../../base/progress.ts'
import { readSql } from '../../base/sql.ts'
import { MODELS, type Model } from '../models.ts'
import type { PoolSizes } from '../ranker.ts'
import {
  createScannedClicks,
  findUnwantedClicks,
  hasScannedClicks,
  isKeyUnique,
  type ScannedFile,
  selectScanned,
} from './scanned.ts'
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
  /** All files behind the loaded rows; null: nothing is known of them. */
  readonly scanned?: readonly ScannedFile[] | null
}

type EmptyTest = (
  connection: DuckDBConnection,
  scanned: readonly ScannedFile[] | null,
) => Promise<boolean>

/** Tell at little cost that the select of a model would find nothing: then its table is made empty. */
const EMPTY_TESTS: Readonly<Record<string, EmptyTest>> = {
  repeated_clicks: async (connection, scanned) =>
    isKeyUnique(scanned, 'clicks') ??
    isProvenUnique(connection, { table: 'loaded_clicks', key: 'click_id' }),
  repeated_conversions: async (connection, scanned) =>
    isKeyUnique(scanned, 'conversions') ??
    isProvenUnique(connection, { table: 'loaded_conversions', key: 'conversion_id' }),
  orphans: hasNoOrphans,
}

/** Runs the models in order. */
export async function runModels(
  connection: DuckDBConnection,
  { seed, progress, sizes, only, scanned = null }: ModelOptions,
): Promise<void> {
  await connection.run('set variable seed = $seed', { seed: String(seed) })
  const models = MODELS.filter(({ name }) => only === undefined || only.includes(name))
  let isScanned = false
  for (const model of models) {
    const create = () => createModel(connection, model, { scanned, isScanned })
    if (model.kind === 'view') await create()
    else await progress.step(model.name, create, (rows) => rows)
    if (model.name === 'stg_conversions' && scanned !== null && hasScannedClicks(scanned)) {
      isScanned = (await countRows(connection, 'repeated_clicks')) === 0
      if (isScanned) await createScannedClicks(connection, scanned)
    }
    if (model.name === 'rules' && sizes !== undefined) await setSizes(connection, sizes)
  }
}

async function setSizes(connection: DuckDBConnection, { top, fill }: PoolSizes): Promise<void> {
  await connection.run('update rules set top_size = $top, fill_size = $fill', { top, fill })
}

/** Creates the table or view of one model; returns the table's rows. */
async function createModel(
  connection: DuckDBConnection,
  model: Model,
  {
    scanned,
    isScanned,
  }: { readonly scanned: readonly ScannedFile[] | null; readonly isScanned: boolean },
): Promise<number> {
  const sql = await readSql(model.folder, model.name)
  const select = isScanned ? selectScanned(model.name, sql) : sql
  const isEmpty = (await EMPTY_TESTS[model.name]?.(connection, scanned)) ?? false
  const name = quotedIdentifier(model.name)
  const ending = isEmpty ? 'with no data' : 'with data'
  if (model.kind === 'view') {
    await connection.run(`create view ${name} as ${select}`)
    return 0
  }
  const create = () =>
    createCounted(connection, `create or replace table ${name} as (${select}\n) ${ending}`)
  const rows = await create()
  const isLacking =
    isScanned && model.name === 'banner_conversions' && !(await hasNoOrphans(connection))
  return isLacking && (await findUnwantedClicks(connection)) ? create() : rows
}

/** Every staged conversion that is no orphan was counted for a banner, so two sums tell without a join. */
async function hasNoOrphans(connection: DuckDBConnection): Promise<boolean> {
  const counted = 'select sum(conversion_count) from banner_conversions'
  return (await countRows(connection, 'stg_conversions')) === (await readCount(connection, counted))
}
