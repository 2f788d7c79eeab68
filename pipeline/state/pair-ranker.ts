/** Ranks campaigns by the models of `sql/`, from the counts of their pairs on. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import { loadDuckDb } from '../base/duckdb.ts'
import { CREATE_PAIR_COUNTS, preparePairModels } from '../rank/duckdb/pair-models.ts'
import type { PairCounts } from './pair-counts.ts'

/** Rows that DuckDB takes at once. */
const CHUNK_ROWS = 2048
/** Chunks that are handed over without a pause: some milliseconds. */
const CHUNKS_AT_ONCE = 8

/** Ranks pairs in one database, again and again. */
export interface PairRanker {
  /**
   * Makes the tables `banner_stats` and `pools`, and those that they are made of, of these counts alone; what was in
   * them is gone.
   *
   * @param counts - All candidates of each campaign that is ranked.
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
  const runModels = await preparePairModels(connection, seed)
  return {
    async rank(counts) {
      await connection.run(CREATE_PAIR_COUNTS)
      await appendCounts(connection, counts)
      await runModels()
    },
  }
}

async function appendCounts(connection: DuckDBConnection, counts: PairCounts): Promise<void> {
  const { dataset, campaign, banner, impressions, clicks, conversions, revenue } = counts
  const columns = [dataset, campaign, banner, impressions, clicks, conversions, revenue]
  const { BIGINT, DuckDBDataChunk, SMALLINT } = loadDuckDb()
  const types = [SMALLINT, BIGINT, BIGINT, BIGINT, BIGINT, BIGINT, BIGINT]
  const appender = await connection.createAppender('pair_counts')
  for (let start = 0; start < counts.size; start += CHUNK_ROWS) {
    const end = Math.min(counts.size, start + CHUNK_ROWS)
    const chunk = DuckDBDataChunk.create(types, end - start)
    for (const [index, column] of columns.entries()) {
      const values: ArrayLike<number | bigint> = column.subarray(start, end)
      chunk.setColumnValues(index, values as readonly DuckDBValue[])
    }
    appender.appendDataChunk(chunk)
    if ((start / CHUNK_ROWS) % CHUNKS_AT_ONCE === 0) await nextTurn()
  }
  appender.closeSync()
}
