/** The builds of the history: a row each, in a file a month. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { declarePublished } from '../../contract/columns.ts'
import { readEvaluation } from '../../contract/evaluation.ts'
import { selectPublished } from '../../contract/format-1.ts'
import {
  BUILD_HISTORY_COLUMNS,
  type BuildHistoryRow,
  type HistoryFile,
  type MadeBy,
} from '../../contract/history.ts'
import { BANNER_STATS_FILE, BUILDS_FOLDER, type Manifest } from '../../contract/schema.ts'
import { literalPath, quotedString, readRows } from '../base/database.ts'
import { readSql } from '../base/sql.ts'
import { readIfIntact } from '../publish/builds.ts'
import { createHistoryView, writeHistoryFile } from './files.ts'

const DAY_MS = 86_400_000
/** Builds of a follower all stay for a day, then one of each hour … */
const EVERY_BUILD_DAYS = 1
/** … for a month, then one of each day. */
const EVERY_HOUR_DAYS = 31

/** What the banner_stats of a build add up to; see sql/history/build_row.sql. */
type Sums = Pick<BuildHistoryRow, 'campaigns' | 'pools' | 'candidates'> & {
  readonly revenue: string | null
  readonly pool_revenue: string | null
}

/** The builds that were recorded, those of the last months in a table. */
export class BuildMonths {
  readonly #connection: DuckDBConnection
  readonly #out: string
  readonly #files: readonly HistoryFile[]

  private constructor(connection: DuckDBConnection, out: string, files: readonly HistoryFile[]) {
    this.#connection = connection
    this.#out = out
    this.#files = files
  }

  /** Opens what was recorded. */
  static async open(
    connection: DuckDBConnection,
    out: string,
    files: readonly HistoryFile[],
  ): Promise<BuildMonths> {
    await connection.run(
      `create table recorded_builds (${declarePublished(BUILD_HISTORY_COLUMNS)})`,
    )
    if (files.length > 0) {
      await createHistoryView(connection, out, { name: 'written_builds', files })
      await connection.run('insert into recorded_builds by name select * from written_builds')
    }
    return new BuildMonths(connection, out, files)
  }

  /** When the newest recorded build was made; empty: there is none. */
  async lastCreatedAt(): Promise<string> {
    const [row] = await readRows<{ last: string | null }>(
      this.#connection,
      'select max(created_at) as last from recorded_builds',
    )
    return row?.last ?? ''
  }

  /** Adds a build whose `campaign_figures` are in the database. */
  async add(manifest: Manifest, madeBy: MadeBy): Promise<void> {
    const { build_id, created_at, previous_build_id, inputs, checks } = manifest
    const sum = (field: 'rows' | 'accepted' | 'rejected' | 'duplicates') =>
      inputs.reduce((total, input) => total + input[field], 0)
    const [sums] = await readRows<Sums>(
      this.#connection,
      `select * replace (cast(revenue as varchar) as revenue, cast(pool_revenue as varchar) as pool_revenue)
       from (${await readSql('history', 'build_row')}\n)`,
    )
    const evaluation = await readEvaluation(join(this.#out, BUILDS_FOLDER, build_id), build_id)
    const turnover = await this.#compare(manifest)
    const row = {
      ...{ created_at, build_id, made_by: madeBy, previous_build_id },
      inputs: inputs.length,
      ...{ rows: sum('rows'), accepted: sum('accepted') },
      ...{ rejected: sum('rejected'), duplicates: sum('duplicates') },
      ...sums,
      ...turnover,
      warned_checks: checks.filter(({ passed }) => !passed).length,
      honest: evaluation?.overall.honest.value ?? null,
      chance: evaluation?.overall.chance.value ?? null,
      naive: evaluation?.overall.naive ?? null,
    }
    const names = Object.keys(row).map((name) => `"${name}"`)
    const values = Object.keys(row).map((name) => `$${name}`)
    await this.#connection.run(
      'delete from recorded_builds where created_at = $at and build_id = $id',
      {
        at: created_at,
        id: build_id,
      },
    )
    await this.#connection.run(
      `insert into recorded_builds (${names.join(', ')}) values (${values.join(', ')})`,
      row,
    )
  }

  /** Writes the months whose rows may have changed. */
  async write(nowMs: number): Promise<HistoryFile[]> {
    const at = (days: number) => new Date(nowMs - days * DAY_MS).toISOString()
    await this.#connection.run(
      `set variable day_ago = '${at(EVERY_BUILD_DAYS)}'; set variable month_ago = '${at(EVERY_HOUR_DAYS)}'`,
    )
    await this.#connection.run(
      `create or replace table kept_builds as (${await readSql('history', 'kept_builds')}\n)`,
    )
    // Thinning goes back a month and a day.
    const first = at(EVERY_HOUR_DAYS + 1).slice(0, 7)
    const old = this.#files.filter(({ period }) => period < first)
    const months = await readRows<{ month: string }>(
      this.#connection,
      `select distinct substr(created_at, 1, 7) as month from kept_builds order by month`,
    )
    const written = old.map(({ period }) => period)
    const files = [...old]
    for (const { month } of months.filter((one) => !written.includes(one.month))) {
      await this.#connection.run(
        `create or replace table month_builds as select * from kept_builds where substr(created_at, 1, 7) = '${month}' order by created_at, build_id`,
      )
      const part = { kind: 'builds', period: month, table: 'month_builds' } as const
      files.push(await writeHistoryFile(this.#connection, this.#out, part))
    }
    return files
  }

  /** What changed since the build before; nulls if that one is gone. */
  async #compare({ build_id, previous_build_id }: Manifest) {
    const unknown = { changed_pools: null, banners_entered: null, banners_left: null }
    if (previous_build_id === null) return unknown
    const previous = await readIfIntact(this.#out, previous_build_id)
    if (previous === null) return unknown
    const folders = { old: previous.folder, new: join(this.#out, BUILDS_FOLDER, build_id) }
    for (const [prefix, folder] of Object.entries(folders)) {
      const path = quotedString(literalPath(join(folder, BANNER_STATS_FILE)))
      const select = selectPublished(BANNER_STATS_FILE, `read_parquet(${path})`)
      await this.#connection.run(`create or replace view ${prefix}_stats as ${select}`)
    }
    const turnover = await readSql('report', 'pool_turnover')
    await this.#connection.run(`create or replace table pool_turnover as (${turnover}\n)`)
    const [totals] = await readRows<typeof unknown>(
      this.#connection,
      `select cast(coalesce(sum(changed_count), 0) as bigint) as changed_pools,
         cast(coalesce(sum(entered_count), 0) as bigint) as banners_entered,
         cast(coalesce(sum(left_count), 0) as bigint) as banners_left
       from (${await readSql('report', 'turnover_totals')}\n)`,
    )
    return totals ?? unknown
  }
}
