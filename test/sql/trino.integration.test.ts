/** `sql/trino/`: what Trino and Athena spell in another way than DuckDB. On Trino itself it runs in test/ci. */
import { describe, expect, it } from 'vitest'
import { readRows } from '../../pipeline/base/database.ts'
import { readSql } from '../../pipeline/base/sql.ts'
import { parseSqlHeader } from '../../pipeline/base/sql-header.ts'
import { readSqlFiles } from '../../scripts/lib/sql-files.ts'
import { describeSql, withMemory } from '../helpers/sql.ts'

const files = await readSqlFiles('trino')

/** Trino's functions by DuckDB's, whose md5 takes a text and gives a text. */
const TRINO_FUNCTIONS = [
  'create macro to_utf8(content) as content',
  'create macro to_hex(digest) as upper(digest)',
]

const TABLES = [
  `create table stg_impressions as
    select 1::smallint as dataset, 7::bigint as campaign_id, 30::bigint as banner_id`,
  `create table stg_clicks as
    select * from (values (1::smallint, 7::bigint, 30::bigint), (4, 9007199254740991, 31))
      as given (dataset, campaign_id, banner_id)`,
  "create table seeds as select '-5' as seed",
]

describe('sql/trino', () => {
  it('has a text for each model that a cluster cannot run as it is', () => {
    expect(files.map(({ name }) => name)).toEqual(['stg_campaign_banners'])
  })

  it.each(files.map((file) => [file.name, file] as const))(
    'gives the rows of sql/staging/%s.sql',
    async (name, file) => {
      await withMemory(async (connection) => {
        for (const statement of [...TRINO_FUNCTIONS, ...TABLES]) await connection.run(statement)
        await connection.run("set variable seed = '-5'")
        const rowsOf = (sql: string) =>
          readRows(connection, `select * from (${sql}\n) order by dataset, campaign_id, banner_id`)

        const staging = await readSql('staging', name)
        const here = await rowsOf(staging)

        expect(here.length).toBe(2)
        expect(await rowsOf(file.sql)).toEqual(here)
        expect(await describeSql(connection, file.sql)).toEqual(
          await describeSql(connection, staging),
        )
        expect(parseSqlHeader(file.sql).columns).toEqual(parseSqlHeader(staging).columns)
      })
    },
  )
})
