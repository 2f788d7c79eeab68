/** Ranks from the counts of pairs on, instead of from rows: the same models, over the tables that those before them make. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { readSql } from '../../base/sql.ts'
import { MODELS, type Model } from '../models.ts'

/** Where the counts go: `millionths` are of revenue. Pairs without impressions and clicks may be in it. */
export const CREATE_PAIR_COUNTS = `create or replace table pair_counts (
  dataset smallint, campaign_id bigint, banner_id bigint,
  impressions bigint, clicks bigint, conversions bigint, millionths bigint)`

/** What the models before those that rank would make of the same lines. */
const COUNTED = `
create or replace view banner_counts as
select dataset, campaign_id, banner_id,
  impressions as impression_count, clicks as click_count, conversions as conversion_count,
  cast(cast(millionths as decimal(18, 0)) * 0.000001 as decimal(18, 6)) as revenue
from pair_counts where impressions > 0 or clicks > 0`

/** The random order is asked for of few candidates, so the keys of these only are hashed. */
const UNDECIDED = `
create or replace view stg_impressions as
select dataset, campaign_id, banner_id from fill_candidates;
create or replace view stg_clicks as
select dataset, campaign_id, banner_id from fill_candidates where false`

/** Models whose result hangs on the counts of pairs alone, in order; `rules` is there once. */
const RANKED = [
  'candidates',
  'pool_sizes',
  'fill_candidates',
  'stg_campaign_banners',
  'random_ranks',
  'banner_ranks',
  'pool_places',
  'banner_stats',
  'pools',
]

/**
 * Prepares a database: it gets the tables `rules` and `pair_counts`, and views over the latter.
 *
 * @param seed - Part of the key of the random order.
 * @returns Makes `banner_stats` and `pools` of what is in `pair_counts`; what was in them is gone.
 */
export async function preparePairModels(
  connection: DuckDBConnection,
  seed: number,
): Promise<() => Promise<void>> {
  await connection.run('set variable seed = $seed', { seed: String(seed) })
  await connection.run(`create or replace table rules as ${await readSql('staging', 'rules')}`)
  await connection.run(CREATE_PAIR_COUNTS)
  const again: string[] = []
  return async () => {
    if (again.length > 0) for (const statement of again) await connection.run(statement)
    else again.push(...(await runFirst(connection)))
  }
}

/** Runs all models, and gives the statements that make their tables anew; views stay. */
async function runFirst(connection: DuckDBConnection): Promise<string[]> {
  const tables: string[] = []
  await connection.run(COUNTED)
  for (const name of RANKED) {
    const { folder, kind } = findModel(name)
    const statement = `create or replace ${kind} ${name} as ${await readSql(folder, name)}`
    await connection.run(statement)
    if (name === 'fill_candidates') await connection.run(UNDECIDED)
    if (kind === 'table') tables.push(statement)
  }
  return tables
}

function findModel(name: string): Model {
  const model = MODELS.find((one) => one.name === name)
  if (model === undefined) throw new Error(`no such model: ${name}`)
  return model
}
