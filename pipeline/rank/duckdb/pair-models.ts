/** Ranks from the counts of pairs on, instead of from rows: the same models, over the tables that those before them make. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { readSql } from '../../base/sql.ts'
import { MODELS } from '../models.ts'

/** Where the counts go: `millionths` are of revenue. Pairs without impressions and clicks may be in it. */
export const CREATE_PAIR_COUNTS = `create or replace table pair_counts (
  dataset smallint, campaign_id bigint, banner_id bigint,
  impressions bigint, clicks bigint, conversions bigint, millionths bigint)`

/** The tables that the ranking models read, as the models before them would make them of the same lines. */
const COUNTED = `
create or replace view stg_impressions as
select dataset, campaign_id, banner_id, impressions as impression_count
from pair_counts where impressions > 0;
create or replace view banner_clicks as
select dataset, campaign_id, banner_id, clicks as click_count
from pair_counts where clicks > 0;
create or replace view stg_clicks as
select dataset, campaign_id, banner_id
from banner_clicks;
create or replace view banner_conversions as
select dataset, campaign_id, banner_id, conversions as conversion_count,
  cast(cast(millionths as decimal(18, 0)) * 0.000001 as decimal(18, 6)) as revenue
from pair_counts where conversions > 0;
`

/** Models whose result hangs on the counts of pairs alone; `rules` is there once. */
const RANKED = [
  'stg_campaign_banners',
  'banner_counts',
  'pool_sizes',
  'banner_ranks',
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
  await connection.run(COUNTED)
  const models = MODELS.filter(({ name }) => RANKED.includes(name))
  const statements = await Promise.all(
    models.map(async ({ folder, name }) => {
      return `create or replace table ${name} as ${await readSql(folder, name)}`
    }),
  )
  return async () => {
    for (const statement of statements) await connection.run(statement)
  }
}
