/**
 * The banners of the history, over all campaigns and quarters: at most a row a day, and only where it is another than before.
 * A file is a month and needs no other: it begins with the last row of each banner before it, its day unchanged.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { declarePublished } from '../../contract/columns.ts'
import { BANNER_HISTORY_COLUMNS, type HistoryFile } from '../../contract/history.ts'
import type { Manifest } from '../../contract/schema.ts'
import { countRows, readRows } from '../base/database.ts'
import { readSql } from '../base/sql.ts'
import { createHistoryView, writeHistoryFile } from './files.ts'

const DAY_LENGTH = '2026-11-30'.length
const MONTH_LENGTH = '2026-11'.length

/** Banners. With more, each day would add as much as a build; the history has no banners then. */
const MAX_BANNERS = 1_000_000

/** Those that are gone have had their row. */
const CARRY_OVER = `
  create or replace table recorded_banners as
  from (
    from recorded_banners
    qualify row_number() over (partition by banner_id order by day desc) = 1
  )
  where candidates > 0`

/** What was recorded of banners, the last month in a table. */
export class BannerMonths {
  readonly #connection: DuckDBConnection
  readonly #out: string
  /** Of months that are over. */
  #files: HistoryFile[]
  /** Whose rows are in `recorded_banners`; undefined: there is none. */
  #month: string | undefined

  private constructor(connection: DuckDBConnection, out: string, files: readonly HistoryFile[]) {
    this.#connection = connection
    this.#out = out
    this.#files = files.slice(0, -1)
    this.#month = files.at(-1)?.period
  }

  /** Opens what was recorded. */
  static async open(
    connection: DuckDBConnection,
    out: string,
    files: readonly HistoryFile[],
  ): Promise<BannerMonths> {
    const declared = declarePublished(BANNER_HISTORY_COLUMNS)
    await connection.run(`create table recorded_banners (${declared})`)
    const last = files.slice(-1)
    if (last.length > 0) {
      await createHistoryView(connection, out, { name: 'written_banners', files: last })
      await connection.run('insert into recorded_banners by name select * from written_banners')
    }
    return new BannerMonths(connection, out, files)
  }

  /** Adds what a build has made of its banners; its `banner_stats` are in the database. */
  async add({ created_at, build_id }: Manifest): Promise<void> {
    const run = (sql: string) => this.#connection.run(sql)
    const figures = await readSql('history', 'banner_figures')
    await run(`create or replace table banner_figures as (${figures}\n)`)
    if ((await countRows(this.#connection, 'banner_figures')) > MAX_BANNERS) return
    const made = created_at.slice(0, DAY_LENGTH)
    // A clock that goes back does not change days that are over.
    const day = later(made, await this.#lastDay())
    await this.#beginMonth(day.slice(0, MONTH_LENGTH))
    await run(`set variable day = '${day}'; set variable build_id = '${build_id}'`)
    await run(`delete from recorded_banners where day = '${day}'`)
    await run('create or replace view earlier_banners as from recorded_banners')
    const days = await readSql('history', 'banner_days')
    await run(`create or replace table banner_days as (${days}\n)`)
    await run('insert into recorded_banners by name select * from banner_days')
  }

  /** Writes the last month. */
  async write(): Promise<HistoryFile[]> {
    if (this.#month === undefined) return this.#files
    await this.#connection.run(
      'create or replace table month_banners as from recorded_banners order by banner_id, day',
    )
    const part = { kind: 'banners', period: this.#month, table: 'month_banners' } as const
    return [...this.#files, await writeHistoryFile(this.#connection, this.#out, part)]
  }

  /** The last day that has rows, or the first of its month; empty: there is none. */
  async #lastDay(): Promise<string> {
    if (this.#month === undefined) return ''
    const [row] = await readRows<{ last: string | null }>(
      this.#connection,
      'select max(day) as last from recorded_banners',
    )
    return later(row?.last ?? '', `${this.#month}-01`)
  }

  async #beginMonth(month: string): Promise<void> {
    if (this.#month !== undefined && month > this.#month) {
      this.#files = await this.write()
      await this.#connection.run(CARRY_OVER)
    }
    this.#month = month
  }
}

function later(one: string, other: string): string {
  return one.localeCompare(other) < 0 ? other : one
}
