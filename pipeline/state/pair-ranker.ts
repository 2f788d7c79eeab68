/** Ranks campaigns by the models of `sql/`, from the counts of their pairs on. */
import {
  BIGINT,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBValue,
  SMALLINT,
} from '@duckdb/node-api'
import { readSql } from '../base/sql.ts'
import { MODELS } from '../rank/models.ts'
import type { PairCounts } from './pair-counts.ts'

/** Models whose result hangs on the counts of pairs alone; `rules` is there once. */
const RANKED = [
  'stg_campaign_banners',
  'banner_counts',
  'pool_sizes',
  'banner_ranks',
  'banner_stats',
  'pools',
]

/** The tables that these models read, as the models before them would make them of the same lines. */
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

const CREATE_COUNTS = `create or replace table pair_counts (
  dataset smallint, campaign_id bigint, banner_id bigint,
  impressions bigint, clicks bigint, conversions bigint, millionths bigint)`

const TYPES = [SMALLINT, BIGINT, BIGINT, BIGINT, BIGINT, BIGINT, BIGINT]
/** Rows that DuckDB takes at once. */
const CHUNK_ROWS = 2048

/** Ranks pairs in one database, again and again. */
export interface PairRanker {
  /**
   * Makes the tables `banner_stats` and `pools`, and those that they are made of, of these counts alone; what was in
   * them is gone.
   *
   * @param counts - All candidates of each campaign that is ranked.
   * @throws {PipelineError} If a revenue is beyond what the output holds.
   */
  rank(counts: PairCounts): Promise<void>
}

/**
 * Prepares a database for ranking; it gets the table `rules`.
 *
 * @param seed - Part of the key of the random order.
 */
export async function createPairRanker(
  connection: DuckDBConnection,
  seed: number,
): Promise<PairRanker> {
  await connection.run('set variable seed = $seed', { seed: String(seed) })
  await connection.run(`create or replace table rules as ${await readSql('staging', 'rules')}`)
  await connection.run(CREATE_COUNTS)
  await connection.run(COUNTED)
  const models = MODELS.filter(({ name }) => RANKED.includes(name))
  const statements = await Promise.all(
    models.map(async ({ folder, name }) => {
      return `create or replace table ${name} as ${await readSql(folder, name)}`
    }),
  )
  return {
    async rank(counts) {
      await connection.run(CREATE_COUNTS)
      await appendCounts(connection, counts)
      for (const statement of statements) await connection.run(statement)
    },
  }
}

async function appendCounts(connection: DuckDBConnection, counts: PairCounts): Promise<void> {
  const { dataset, campaign, banner, impressions, clicks, conversions, revenue } = counts
  const columns = [dataset, campaign, banner, impressions, clicks, conversions, revenue]
  const appender = await connection.createAppender('pair_counts')
  for (let start = 0; start < counts.size; start += CHUNK_ROWS) {
    const end = Math.min(counts.size, start + CHUNK_ROWS)
    const chunk = DuckDBDataChunk.create(TYPES, end - start)
    for (const [index, column] of columns.entries()) {
      const values: ArrayLike<number | bigint> = column.subarray(start, end)
      chunk.setColumnValues(index, values as readonly DuckDBValue[])
    }
    appender.appendDataChunk(chunk)
  }
  appender.closeSync()
}
