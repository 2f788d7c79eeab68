/** One way of ours to get from CSV files to pools, in a process of its own: `target.ts WAY INPUT OUT`. */
import { createHash } from 'node:crypto'
import { createReadStream, readdirSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { TABLES, type Table } from '../../contract/schema.ts'
import { quotedString, withDatabase } from '../../pipeline/base/database.ts'
import { SILENT } from '../../pipeline/base/progress.ts'
import { readSql } from '../../pipeline/base/sql.ts'
import { BUILD_DEFAULTS } from '../../pipeline/commands/features.ts'
import { COLUMNS, SQL_TYPES } from '../../pipeline/input/columns.ts'
import { findSources, type SourceFile } from '../../pipeline/input/sources.ts'
import { runModels } from '../../pipeline/rank/duckdb/run-models.ts'

const [, , way = '', input = '', out = ''] = process.argv

const LIMITS = { threads: BUILD_DEFAULTS.threads, memoryLimit: '4GB' }

const WAYS: Readonly<Record<string, () => Promise<void>>> = { scan, sha256, plain }

/** How often the size of what is spilled is looked at. */
const LOOK_MS = 50

/** The tables that the models read. */
const CREATE_LOADED: Readonly<Record<Table, string>> = {
  impressions: `create table loaded_impressions (
    dataset smallint, file integer, banner_id bigint, campaign_id bigint, row_count bigint)`,
  clicks: `create table loaded_clicks (
    dataset smallint, file integer, click_id bigint, banner_id bigint, campaign_id bigint)`,
  conversions: `create table loaded_conversions (
    dataset smallint, file integer, conversion_id bigint, click_id bigint, revenue decimal(18, 6))`,
}

const run = WAYS[way]
if (run === undefined) throw new Error(`no such way: ${way}`)
await mkdir(out, { recursive: true })
let spillBytes = 0
const looking = setInterval(() => {
  spillBytes = Math.max(spillBytes, sizeOf(join(out, 'spill')))
}, LOOK_MS)
const startMs = performance.now()
const before = process.cpuUsage()
await run()
const wallMs = performance.now() - startMs
const { user, system } = process.cpuUsage(before)
clearInterval(looking)
const cpuMs = (user + system) / 1000
const peakMb = process.resourceUsage().maxRSS / 1024
console.log(JSON.stringify({ wallMs, cpuMs, peakMb, spillMb: spillBytes / 1e6 }))

/** Half of the floor: DuckDB reads every column of every file with its type written out, and keeps nothing. */
async function scan(): Promise<void> {
  await withDatabase(':memory:', LIMITS, async (connection) => {
    for (const file of await filesOf(input)) {
      const sums = COLUMNS[file.table].map(({ name }) => `sum(${name})`).join(', ')
      await connection.run(`select ${sums} from ${typedReader(file)}`)
    }
  })
}

/** The other half: what it costs to know a file again. */
async function sha256(): Promise<void> {
  for (const { fullPath } of await filesOf(input)) {
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(fullPath, { highWaterMark: 1 << 20 })) {
      hash.update(chunk)
    }
    hash.digest()
  }
}

/** Without any distrust: typed reader, the same models, the same Parquet files. */
async function plain(): Promise<void> {
  const options = { ...LIMITS, spillFolder: join(out, 'spill') }
  await withDatabase(join(out, 'plain.duckdb'), options, async (connection) => {
    for (const table of TABLES) await connection.run(CREATE_LOADED[table])
    for (const file of await filesOf(input)) await loadPlain(connection, file)
    await runModels(connection, { seed: 0, progress: SILENT })
    for (const name of ['pools', 'banner_stats']) {
      const path = quotedString(join(out, `${name}.parquet`))
      await connection.run(`copy (${await readSql('publish', name)}\n) to ${path} (format parquet)`)
    }
  })
}

async function loadPlain(connection: DuckDBConnection, file: SourceFile): Promise<void> {
  const names = COLUMNS[file.table].map(({ name }) => name).join(', ')
  const rows = `select ${file.dataset}, 0, ${names} from ${typedReader(file)}`
  const counted = rows.replace(' from ', ', count(*) from ')
  const select = file.table === 'impressions' ? `${counted} group by ${names}` : rows
  await connection.run(`insert into loaded_${file.table} ${select}`)
}

async function filesOf(folder: string): Promise<readonly SourceFile[]> {
  return (await findSources(folder, { allowMissing: false })).files
}

function typedReader({ table, fullPath }: SourceFile): string {
  const columns = COLUMNS[table].map(({ name, kind }) => `${name}: '${SQL_TYPES[kind]}'`).join(', ')
  return `read_csv(${quotedString(fullPath)}, columns = {${columns}}, header = true, delim = ',', quote = '', escape = '', auto_detect = false)`
}

function sizeOf(folder: string): number {
  try {
    return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  } catch {
    // Not there yet, not any more, or a file of it went meanwhile.
    return 0
  }
}
