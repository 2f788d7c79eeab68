/** The numbers of the report: aggregates and short lists, however many campaigns there are. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { selectPublished } from '../../contract/format-1.ts'
import {
  BANNER_STATS_FILE,
  type Dataset,
  type ManifestSummary,
  type PoolsByRule,
  type RejectsByReason,
} from '../../contract/schema.ts'
import { literalPath, quotedString, readRows } from '../base/database.ts'
import { readSql } from '../base/sql.ts'
import type { Build } from '../publish/builds.ts'
import type { PoolSizes } from '../rank/ranker.ts'
import { readUsedSizes } from '../rank/rule-sizes.ts'

/** What the pools of a dataset earn of all revenue. */
export interface RevenueCovered {
  readonly dataset: Dataset
  readonly pool_count: number
  /** Pools of campaigns with revenue. */
  readonly earning_count: number
  readonly revenue: number
  readonly pool_revenue: number
}

/** Pools that cover from `tenth` tenths on of their campaign's revenue; 10 is all of it. */
export interface RevenueShare {
  readonly tenth: number
  readonly pool_count: number
}

/** A pool that covers little of its campaign's revenue. */
export interface LowestRevenue {
  readonly dataset: Dataset
  readonly campaign_id: number
  readonly converted_count: number
  readonly revenue: number
  readonly pool_revenue: number
}

/** Banners that stayed in their pools, and that did not. */
export interface Turnover {
  readonly dataset: Dataset
  readonly kept_count: number
  readonly moved_count: number
  readonly entered_count: number
  readonly left_count: number
}

/** The turnover of all pools of a dataset. */
export interface TurnoverTotal extends Turnover {
  readonly pool_count: number
  readonly changed_count: number
}

/** The turnover of one pool. */
export interface PoolTurnover extends Turnover {
  readonly campaign_id: number
}

/** All that the report says beside the manifest. */
export interface ReportData {
  readonly sizes: PoolSizes
  readonly rules: readonly PoolsByRule[]
  readonly rejects: readonly RejectsByReason[]
  readonly covered: readonly RevenueCovered[]
  readonly shares: readonly RevenueShare[]
  readonly lowest: readonly LowestRevenue[]
  /** Of the best banners of all campaigns together, then of the second best, and so on. */
  readonly ranks: readonly { readonly revenue_rank: number; readonly revenue: number }[]
  /** Null: there is no build to compare with. */
  readonly turnover: {
    readonly totals: readonly TurnoverTotal[]
    readonly greatest: readonly PoolTurnover[]
  } | null
}

/**
 * Computes the numbers of the report.
 *
 * @param connection - Has `banner_stats`, `rejects` and `rules`.
 * @param summary - What was counted for the manifest.
 * @param previous - The build to compare with, whole.
 */
export async function readReportData(
  connection: DuckDBConnection,
  { summary, previous }: { summary: ManifestSummary | null; previous: Build | null },
): Promise<ReportData> {
  const read = async <T extends object>(name: string) =>
    readRows<T>(connection, await readSql('report', name))
  await createReportTable(connection, 'pool_revenue')
  return {
    sizes: await readUsedSizes(connection),
    rules: summary?.pools_by_rule ?? (await read('pools_by_rule')),
    rejects: summary?.rejects_by_reason ?? (await read('rejects_by_reason')),
    covered: await read('revenue_covered'),
    shares: await read('revenue_shares'),
    lowest: await read('revenue_lowest'),
    ranks: await read('revenue_by_rank'),
    turnover: previous === null ? null : await readTurnover(connection, previous, read),
  }
}

async function readTurnover(
  connection: DuckDBConnection,
  { folder }: Build,
  read: <T extends object>(name: string) => Promise<T[]>,
): Promise<ReportData['turnover']> {
  const path = quotedString(literalPath(join(folder, BANNER_STATS_FILE)))
  await connection.run(
    `create temp view old_stats as ${selectPublished(BANNER_STATS_FILE, `read_parquet(${path})`)}`,
  )
  await connection.run('create temp view new_stats as select * from banner_stats')
  await createReportTable(connection, 'pool_turnover')
  return { totals: await read('turnover_totals'), greatest: await read('turnover_greatest') }
}

async function createReportTable(connection: DuckDBConnection, name: string): Promise<void> {
  await connection.run(`create temp table ${name} as (${await readSql('report', name)}\n)`)
}
