/**
 * A small world in which every check holds: the logs of `test/checks/world/`, ranked by the models.
 *
 * Its pools, in dataset 1: campaign 7 has banners 30 to 39 for 11 to 2 (40 earned 1, 41 has 3 clicks, 42 none);
 * campaign 8 has 30 to 34 for 5 to 1 (35 has 2 clicks); campaign 9 has 30 for 1, then 31 to 34 with 6 to 3 clicks
 * (35 has 2, 36 none); campaign 10 has 30 with 2 clicks, 31 with 1, then 36, 35 and 32 at random (33 and 34 are out).
 * Datasets 2 to 4: campaign 7 has banner 30. Dataset 2: campaign 8 has 30 to 35 for 6 to 1.
 */
import { readFile } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { readSql } from '../../pipeline/base/sql.ts'
import { parseSqlHeader, type SqlColumn } from '../../pipeline/base/sql-header.ts'
import { MODELS } from '../../pipeline/rank/models.ts'
import {
  CHECK_TABLES,
  createTable,
  insertCsv,
  LIST_TABLES,
  LOADED_TABLES,
  withMemory,
} from '../helpers/sql.ts'

/** How the tables stand: as the models made them, or as `sql/publish/` selects them. */
type Shape = 'built' | 'published'

/** What a test may change while the world is made. */
export interface WorldOptions {
  readonly shape: Shape
  /** Gives the select of a model, changed or not. */
  readonly edit?: (model: string, sql: string) => string
}

const WORLD_FOLDER = new URL('../checks/world/', import.meta.url)
const GIVEN_MODELS = ['stg_impressions', 'stg_clicks', 'stg_conversions']
/** What checks do not read: it is made of loaded rows, which this world has none of. */
const LEFT_OUT = /^(repeated_|orphans$|unfit_rows$|duplicate_rows$)/

/** Gives `fn` the world in a database of its own. */
export function withWorld<T>(
  { shape, edit = (_, sql) => sql }: WorldOptions,
  fn: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  return withMemory(async (connection) => {
    await connection.run("set variable seed = '0'")
    await load(connection, 'rejects', LOADED_TABLES.rejects ?? [])
    for (const [table, columns] of Object.entries({ ...CHECK_TABLES, ...LIST_TABLES })) {
      await load(connection, table, columns)
    }
    for (const { name, folder } of MODELS) {
      const sql = await readSql(folder, name)
      if (GIVEN_MODELS.includes(name)) await load(connection, name, parseSqlHeader(sql).columns)
      else if (!LEFT_OUT.test(name)) {
        await connection.run(`create table ${name} as (${edit(name, sql)}\n)`)
      }
    }
    if (shape === 'published') await publish(connection)
    return fn(connection)
  })
}

/** Makes the pools again of changed `banner_stats`, so that the two agree. */
export const REPUBLISH = `
  create or replace table pools as
  select
      dataset,
      campaign_id,
      pool_rank as rank,
      banner_id,
      case when conversions > 0 then 'revenue' when clicks > 0 then 'clicks' else 'random' end
          as source,
      revenue,
      clicks,
      conversions,
      impressions
  from banner_stats
  where pool_rank is not null`

async function publish(connection: DuckDBConnection): Promise<void> {
  // All of them are selected before the first is replaced.
  for (const name of ['pools', 'banner_stats']) {
    await connection.run(`create table new_${name} as (${await readSql('publish', name)}\n)`)
  }
  for (const name of ['pools', 'banner_stats']) {
    await connection.run(`drop table ${name}`)
    await connection.run(`alter table new_${name} rename to ${name}`)
  }
}

async function load(
  connection: DuckDBConnection,
  table: string,
  columns: readonly SqlColumn[],
): Promise<void> {
  await createTable(connection, table, columns)
  const csv = await readFile(new URL(`${table}.csv`, WORLD_FOLDER), 'utf8')
  await insertCsv(connection, { table, columns, csv })
}
