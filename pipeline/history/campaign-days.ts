/** The campaigns of the history: at most a row a day, and only where it is another than before. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { declarePublished } from '../../contract/columns.ts'
import {
  CAMPAIGN_HISTORY_COLUMNS,
  type History,
  type HistoryFile,
  listHistoryFiles,
} from '../../contract/history.ts'
import type { Manifest } from '../../contract/schema.ts'
import { readSql } from '../base/sql.ts'
import { createFigures } from './figures.ts'
import { createHistoryView, writeHistoryFile } from './files.ts'

const DAY_LENGTH = '2026-11-30'.length
const MONTH_LENGTH = '2026-11'.length

/** What was recorded of campaigns, the last day and what was known before it in tables. */
export class CampaignDays {
  readonly #connection: DuckDBConnection
  readonly #out: string
  /** Of days before the last one. */
  #files: HistoryFile[]
  #known: HistoryFile | undefined
  /** Whose rows are in `campaign_days`; undefined: there is none. */
  #day: string | undefined

  private constructor(connection: DuckDBConnection, out: string, history: History) {
    this.#connection = connection
    this.#out = out
    this.#files = listHistoryFiles(history, 'campaigns')
    this.#known = listHistoryFiles(history, 'known').at(-1)
  }

  /** Opens what was recorded. */
  static async open(
    connection: DuckDBConnection,
    out: string,
    history: History,
  ): Promise<CampaignDays> {
    const days = new CampaignDays(connection, out, history)
    await connection.run(
      `create table no_campaigns (${declarePublished(CAMPAIGN_HISTORY_COLUMNS)})`,
    )
    await days.#load('known_campaigns', days.#known)
    const last = days.#files.at(-1)
    if (last?.period.length === DAY_LENGTH) {
      days.#files = days.#files.slice(0, -1)
      days.#day = last.period
      await days.#load('campaign_days', last)
    }
    return days
  }

  /** Adds what a build has made of its campaigns; leaves its `campaign_figures` in the database. */
  async add(manifest: Manifest): Promise<void> {
    await createFigures(this.#connection, this.#out, manifest)
    const made = manifest.created_at.slice(0, DAY_LENGTH)
    // A clock that goes back does not change days that are over.
    const day = this.#day !== undefined && made < this.#day ? this.#day : made
    if (this.#day !== undefined && day > this.#day) await this.#endDay(this.#day)
    this.#day = day
    await this.#connection.run(
      `set variable day = '${day}'; set variable build_id = '${manifest.build_id}'`,
    )
    await this.#replace('campaign_days', await readSql('history', 'campaign_days'))
  }

  /** Writes the last day; the days of a month that is over become one file. */
  async write(): Promise<HistoryFile[]> {
    const day = this.#day
    if (day === undefined) return this.#files
    const last = await this.#write({ kind: 'campaigns', period: day, table: 'campaign_days' })
    await this.#joinMonths(day.slice(0, MONTH_LENGTH))
    return [...this.#files, last, ...(this.#known === undefined ? [] : [this.#known])]
  }

  async #endDay(day: string): Promise<void> {
    this.#files.push(await this.#write({ kind: 'campaigns', period: day, table: 'campaign_days' }))
    await this.#connection.run(`create or replace view earlier_campaigns as from known_campaigns`)
    await this.#connection.run(`create or replace view later_campaigns as from campaign_days`)
    await this.#replace('next_known', await readSql('history', 'known_campaigns'))
    await this.#connection.run('create or replace table known_campaigns as from next_known')
    this.#known = await this.#write({ kind: 'known', period: day, table: 'known_campaigns' })
  }

  async #joinMonths(current: string): Promise<void> {
    const over = this.#files.filter(
      ({ period }) => period.length === DAY_LENGTH && !period.startsWith(current),
    )
    for (const month of new Set(over.map(({ period }) => period.slice(0, MONTH_LENGTH)))) {
      const files = this.#files.filter(({ period }) => period.startsWith(month))
      await createHistoryView(this.#connection, this.#out, { name: 'days_of_month', files })
      await this.#replace('month', 'from days_of_month order by dataset, campaign_id, day')
      const joined = await this.#write({ kind: 'campaigns', period: month, table: 'month' })
      this.#files = [...this.#files.filter((file) => !files.includes(file)), joined]
    }
    this.#files.sort((a, b) => a.period.localeCompare(b.period))
  }

  async #load(table: string, file: HistoryFile | undefined): Promise<void> {
    if (file === undefined) return this.#replace(table, 'from no_campaigns')
    await createHistoryView(this.#connection, this.#out, { name: 'loaded', files: [file] })
    await this.#replace(table, 'from loaded')
  }

  async #replace(table: string, select: string): Promise<void> {
    await this.#connection.run(`create or replace table ${table} as (${select}\n)`)
  }

  #write(part: Parameters<typeof writeHistoryFile>[2]): Promise<HistoryFile> {
    return writeHistoryFile(this.#connection, this.#out, part)
  }
}
