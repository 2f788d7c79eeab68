import { readFile } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { countRows, quotedIdentifier, readCount } from '../base/database.ts'
import type { Progress } from '../base/progress.ts'
import { isProvenUnique } from './unique.ts'

/** A file of `sql/`: a bare select, whose result becomes the table or view of the same name. */
export interface Model {
  readonly name: string
  readonly folder: 'staging' | 'marts'
  readonly kind: 'table' | 'view'
  /** Tells at little cost that the select would find nothing: then its table is made empty. */
  readonly isEmpty?: (connection: DuckDBConnection) => Promise<boolean>
}

/** The whole way from loaded rows to pools, in order. A view is read once; what is read more often is a table. */
export const MODELS: readonly Model[] = [
  { name: 'rules', folder: 'staging', kind: 'table' },
  { name: 'stg_impressions', folder: 'staging', kind: 'table' },
  {
    name: 'repeated_clicks',
    folder: 'staging',
    kind: 'table',
    isEmpty: (connection) =>
      isProvenUnique(connection, { table: 'loaded_clicks', key: 'click_id' }),
  },
  {
    name: 'repeated_conversions',
    folder: 'staging',
    kind: 'table',
    isEmpty: (connection) =>
      isProvenUnique(connection, { table: 'loaded_conversions', key: 'conversion_id' }),
  },
  { name: 'stg_clicks', folder: 'staging', kind: 'view' },
  { name: 'stg_conversions', folder: 'staging', kind: 'view' },
  { name: 'stg_campaign_banners', folder: 'staging', kind: 'table' },
  { name: 'banner_clicks', folder: 'marts', kind: 'table' },
  { name: 'banner_conversions', folder: 'marts', kind: 'table' },
  { name: 'banner_counts', folder: 'marts', kind: 'table' },
  { name: 'pool_sizes', folder: 'marts', kind: 'table' },
  { name: 'banner_ranks', folder: 'marts', kind: 'table' },
  { name: 'banner_stats', folder: 'marts', kind: 'table' },
  { name: 'pools', folder: 'marts', kind: 'table' },
  { name: 'orphans', folder: 'staging', kind: 'table', isEmpty: hasNoOrphans },
  { name: 'unfit_rows', folder: 'staging', kind: 'view' },
  { name: 'duplicate_rows', folder: 'staging', kind: 'view' },
]

/** Where the selects are. */
const SQL_FOLDER = new URL('../../sql/', import.meta.url)

/** Reads `sql/<folder>/<name>.sql`. */
export function readSql(folder: string, name: string): Promise<string> {
  return readFile(new URL(`${folder}/${name}.sql`, SQL_FOLDER), 'utf8')
}

/** The sizes of the table `rules`. */
export interface PoolSizes {
  /** Converted banners of a pool at most. */
  readonly top: number
  /** Banners of a pool with fewer converted ones. */
  readonly fill: number
}

/** What the models depend on beside the loaded rows. */
export interface ModelOptions {
  /** Part of the key of the random order. */
  readonly seed: number
  readonly progress: Progress
  /** Instead of those of `sql/staging/rules.sql`, for a question; nothing made with others is published. */
  readonly sizes?: PoolSizes
}

/** Runs the models in order. */
export async function runModels(
  connection: DuckDBConnection,
  { seed, progress, sizes }: ModelOptions,
): Promise<void> {
  await connection.run('set variable seed = $seed', { seed: String(seed) })
  for (const model of MODELS) {
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
  const isEmpty = (await model.isEmpty?.(connection)) ?? false
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
