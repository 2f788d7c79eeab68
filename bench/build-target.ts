/** One way to get from CSV files to pools, in a process of its own: `build-target.ts scan|sha256|plain|strict INPUT`. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { TABLES, type Table } from '../artifacts/schema.ts'
import { BUILD_DEFAULTS, buildPools } from '../pipeline/build.ts'
import { COLUMNS, SQL_TYPES } from '../pipeline/columns.ts'
import { quotedString, withDatabase } from '../pipeline/database.ts'
import { readSql, runModels } from '../pipeline/models.ts'
import { SILENT } from '../pipeline/progress.ts'
import { withFolder } from '../test/helpers/folders.ts'

const LIMITS = { threads: BUILD_DEFAULTS.threads, memoryLimit: BUILD_DEFAULTS.memoryLimit }

const WAYS: Readonly<Record<string, (input: string, out: string) => Promise<unknown>>> = {
  scan,
  sha256,
  plain,
  strict: (input, out) => buildPools({ ...BUILD_DEFAULTS, input, out }),
}

const [, , way = '', input = ''] = process.argv
const run = WAYS[way]
if (run === undefined) throw new Error(`no such way: ${way}`)
await withFolder(async (out) => {
  const startMs = performance.now()
  const before = process.cpuUsage()
  await run(input, out)
  const { user, system } = process.cpuUsage(before)
  process.send?.({
    wallMs: performance.now() - startMs,
    cpuMs: (user + system) / 1000,
    peakMb: process.resourceUsage().maxRSS / 1024,
  })
})

/** The floor: DuckDB reads every column of every file with its type written out, and keeps nothing. */
async function scan(folder: string): Promise<void> {
  await withDatabase(':memory:', LIMITS, async (connection) => {
    for (const { table, path } of await filesOf(folder)) {
      const sums = COLUMNS[table].map(({ name }) => `sum(${name})`).join(', ')
      await connection.run(`select ${sums} from ${typedReader(table, path)}`)
    }
  })
}

/** What it costs to know a file again. */
async function sha256(folder: string): Promise<void> {
  for (const { path } of await filesOf(folder)) {
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk)
    hash.digest()
  }
}

/** The tables that the models read. */
const CREATE_LOADED: Readonly<Record<Table, string>> = {
  impressions: `create table loaded_impressions (
    dataset utinyint, file integer, banner_id bigint, campaign_id bigint, row_count bigint)`,
  clicks: `create table loaded_clicks (
    dataset utinyint, file integer, click_id bigint, banner_id bigint, campaign_id bigint)`,
  conversions: `create table loaded_conversions (
    dataset utinyint, file integer, conversion_id bigint, click_id bigint, revenue decimal(18, 6))`,
}

/** Without any distrust: typed reader, the same models, the same Parquet files. */
async function plain(folder: string, out: string): Promise<void> {
  const options = { ...LIMITS, spillFolder: join(out, 'spill') }
  await withDatabase(join(out, 'plain.duckdb'), options, async (connection) => {
    for (const table of TABLES) await connection.run(CREATE_LOADED[table])
    for (const file of await filesOf(folder)) await loadPlain(connection, file)
    await runModels(connection, 0, SILENT)
    for (const name of ['pools', 'banner_stats']) {
      const path = quotedString(join(out, `${name}.parquet`))
      await connection.run(`copy (${await readSql('publish', name)}\n) to ${path} (format parquet)`)
    }
  })
}

async function loadPlain(
  connection: DuckDBConnection,
  { table, path, dataset }: LogFile,
): Promise<void> {
  const names = COLUMNS[table].map(({ name }) => name).join(', ')
  const rows = `select ${dataset}, 0, ${names} from ${typedReader(table, path)}`
  const counted = rows.replace(' from ', ', count(*) from ')
  const select = table === 'impressions' ? `${counted} group by ${names}` : rows
  await connection.run(`insert into loaded_${table} ${select}`)
}

interface LogFile {
  readonly dataset: number
  readonly table: Table
  readonly path: string
}

async function filesOf(folder: string): Promise<LogFile[]> {
  const files: LogFile[] = []
  for (const dataset of [1, 2, 3, 4]) {
    for (const name of await readdir(join(folder, String(dataset)))) {
      const table = TABLES.find((candidate) => name.startsWith(candidate))
      if (table !== undefined)
        files.push({ dataset, table, path: join(folder, String(dataset), name) })
    }
  }
  return files
}

function typedReader(table: Table, path: string): string {
  const columns = COLUMNS[table].map(({ name, kind }) => `${name}: '${SQL_TYPES[kind]}'`).join(', ')
  return `read_csv(${quotedString(path)}, columns = {${columns}}, header = true, delim = ',', quote = '', escape = '', auto_detect = false)`
}
