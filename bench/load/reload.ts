/**
 * A million pools, ten million rows: the time to load them against DuckDB reading the same columns, the memory after
 * that, and the longest stall of the event loop while another build takes their place.
 *
 *     npx tsx bench/load/reload.ts
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rename, symlink } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { writeManifest, writePoolsFile } from '../../scripts/lib/pool-files.ts'
import { median } from '../statistics.ts'
import type { ReloadReport } from './reload-target.ts'

const CAMPAIGNS = 250_000
const POOL_SIZE = 10
const ROWS = 4 * CAMPAIGNS * POOL_SIZE
const RELOADS = 5

await withTemporaryFolder(async (folder) => {
  for (const id of ['aaaaaaaa', 'bbbbbbbb']) await addBuild(folder, id)
  await publish(folder, 'aaaaaaaa')
  const duckdbMs = await readWithDuckDB(join(folder, 'current', 'pools.parquet'))
  const target = fileURLToPath(new URL('reload-target.ts', import.meta.url))
  const child = fork(target, [folder])
  const first = await nextReport(child)
  const reloads: ReloadReport[] = []
  for (let i = 0; i < RELOADS; i++) {
    child.send('watch')
    await once(child, 'message')
    await publish(folder, i % 2 === 0 ? 'bbbbbbbb' : 'aaaaaaaa')
    reloads.push(await nextReport(child))
  }
  child.disconnect()
  console.log(formatRun(duckdbMs, first, reloads))
})

/** Every column of the artifact, as the pipeline writes them; banners differ from build to build. */
async function addBuild(folder: string, id: string): Promise<void> {
  const build = join(folder, 'builds', id)
  await mkdir(build, { recursive: true })
  await writePoolsFile(
    build,
    `select
        (i // ${CAMPAIGNS * POOL_SIZE} + 1)::smallint as dataset,
        (i // ${POOL_SIZE} % ${CAMPAIGNS} + 1)::bigint as campaign_id,
        (i % ${POOL_SIZE} + 1)::smallint as rank,
        (hash(i // ${POOL_SIZE} || '${id}') % 1000000 * ${POOL_SIZE} + i % ${POOL_SIZE} + 1)::bigint as banner_id,
        'revenue' as source,
        (i % 997 / 8)::decimal(18, 6) as revenue,
        (i % 313)::bigint as clicks, (i % 11)::bigint as conversions, (i % 7919)::bigint as impressions
    from range(${ROWS}) as rows(i)
    order by i`,
  )
  await writeManifest(build, await readFile(join(build, 'pools.parquet')), { build_id: id })
}

async function publish(folder: string, id: string): Promise<void> {
  await symlink(join('builds', id), join(folder, 'next'))
  await rename(join(folder, 'next'), join(folder, 'current'))
}

async function readWithDuckDB(path: string): Promise<number> {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  const startMs = performance.now()
  const columns = 'dataset, campaign_id, rank, banner_id'
  const result = await connection.stream(`select ${columns} from read_parquet('${path}')`)
  let rows = 0
  for (;;) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) break
    for (let column = 0; column < 4; column++) rows += chunk.getColumnValues(column).length
  }
  if (rows !== 4 * ROWS) throw new Error(`DuckDB read other rows: ${rows / 4}`)
  connection.closeSync()
  return performance.now() - startMs
}

async function nextReport(child: ChildProcess): Promise<ReloadReport> {
  const [report] = await once(child, 'message')
  return report as ReloadReport
}

function formatRun(
  duckdbMs: number,
  first: ReloadReport,
  reloads: readonly ReloadReport[],
): string {
  const [cpu] = cpus()
  const stalls = reloads.map((reload) => reload.stallMs)
  const last = reloads.at(-1) ?? first
  const perRow = (bytes: number) => `${(bytes / ROWS).toFixed(1)} bytes a row`
  return [
    `${cpus().length} × ${cpu?.model}, Node ${process.version}, ${first.pools} pools, ${ROWS} rows`,
    `DuckDB reads the four columns: ${(duckdbMs / 1_000).toFixed(2)} s`,
    `first load, checked and arranged: ${(first.elapsedMs / 1_000).toFixed(2)} s, ${(first.elapsedMs / duckdbMs).toFixed(2)} of DuckDB's time`,
    `memory after it: ${perRow(first.residentBytes)} resident`,
    `memory after ${RELOADS} reloads: ${perRow(last.residentBytes)} resident`,
    `longest stall in a reload: median ${median(stalls).toFixed(1)} ms, greatest ${Math.max(...stalls).toFixed(1)} ms`,
  ].join('\n')
}
