/** The way of the system that was replaced, on PostgreSQL: `postgres-target.ts INPUT`. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'
import { DATASETS, TABLES, type Table } from '../../contract/schema.ts'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { findSources } from '../../pipeline/input/sources.ts'
import { connectionTo, withPostgres } from '../serve/postgres-cluster.ts'
import type { Sample } from './measure.ts'

/** More than the package's defaults, which are for a machine with a tenth of the memory. */
const SETTINGS = {
  shared_buffers: '1GB',
  work_mem: '512MB',
  max_wal_size: '8GB',
  synchronous_commit: 'off',
  max_parallel_workers_per_gather: '2',
}

/** Until the server has counted the process of a connection that ended. */
const REAP_MS = 500

const COLUMNS: Readonly<Record<Table, string>> = {
  impressions: 'banner_id bigint, campaign_id bigint',
  clicks: 'click_id bigint, banner_id bigint, campaign_id bigint',
  conversions: 'conversion_id bigint, click_id bigint, revenue numeric',
}

const [, , input = ''] = process.argv

await withTemporaryFolder(async (folder) => {
  const cluster = join(folder, 'postgres')
  await withPostgres(
    cluster,
    async (port) => {
      const made = await makePools(port)
      await setTimeout(REAP_MS)
      console.log(JSON.stringify({ ...made, cpuMs: cpuMsOf(cluster), peakMb: null }))
    },
    SETTINGS,
  )
})

async function makePools(port: number): Promise<Pick<Sample, 'wallMs' | 'spillMb' | 'pools'>> {
  const client = new Client(connectionTo(port))
  await client.connect()
  const startMs = performance.now()
  await createTables(client)
  for (const { dataset, table, fullPath } of (await findSources(input, { allowMissing: false }))
    .files) {
    const names = COLUMNS[table].replaceAll(/ \w+(,|$)/g, '$1')
    copyFile(port, `\\copy ${table}_${dataset} (${names}) from '${fullPath}' csv header`)
  }
  await client.query('analyze')
  await client.query(readFileSync(new URL('postgres_pools.sql', import.meta.url), 'utf8'))
  const wallMs = performance.now() - startMs
  const pools = await hashPools(client)
  const { rows } = await client.query(
    'select sum(temp_bytes)::float8 as bytes from pg_stat_database',
  )
  await client.end()
  return { wallMs, spillMb: rows[0].bytes / 1e6, pools }
}

async function createTables(client: Client): Promise<void> {
  for (const table of TABLES) {
    const columns = `dataset smallint not null, ${COLUMNS[table]}`
    await client.query(`create table ${table} (${columns}) partition by list (dataset)`)
    for (const dataset of DATASETS) {
      await client.query(
        `create table ${table}_${dataset} partition of ${table} (dataset default ${dataset})
         for values in (${dataset})`,
      )
    }
  }
}

function copyFile(port: number, command: string): void {
  const { host, user, database } = connectionTo(port)
  const flags = ['-h', host, '-p', String(port), '-U', user, '-d', database, '-q', '-c', command]
  execFileSync('psql', flags, { stdio: ['ignore', 'ignore', 'inherit'] })
}

async function hashPools(client: Client): Promise<string> {
  const { rows } = await client.query<{ line: string }>(
    `select concat_ws(',', dataset, campaign_id, rank, banner_id) as line
     from top_banners order by dataset, campaign_id, rank`,
  )
  const text = rows.map(({ line }) => `${line}\n`).join('')
  return createHash('sha256').update(text).digest('hex')
}

/** Of the server and all processes of it that have ended, from proc(5), in ticks of 10 ms. */
function cpuMsOf(data: string): number {
  const pid = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  const TICK_MS = 10
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * TICK_MS
}
