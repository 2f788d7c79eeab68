/**
 * A million pools, ten million rows: the time to load them against DuckDB reading the same columns, the memory after
 * that, and the longest stall of the event loop while another build takes their place.
 *
 *     npx tsx bench/load/reload.ts
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { loadPools } from '../../server/pools/load.ts'
import { median } from '../statistics.ts'
import { addBuild, publish, ROWS } from './million-pools.ts'
import type { ReloadReport } from './reload-target.ts'

const COLUMNS = ['dataset', 'campaign_id', 'rank', 'banner_id']
const ROUNDS = 3
const RELOADS = 5

await withTemporaryFolder(async (folder) => {
  for (const id of ['aaaaaaaa', 'bbbbbbbb']) await addBuild(folder, id)
  await publish(folder, 'aaaaaaaa')
  const loads = await compareLoads(folder)
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
  console.log(formatRun(loads, first, reloads))
})

/** Milliseconds. Processor time, of all threads, is less noisy where the machine is busy. */
interface Taken {
  readonly wallMs: number
  readonly cpuMs: number
}

/** Of each round. */
interface Loads {
  /** The four columns, all values given to JavaScript. */
  readonly duckdb: Taken[]
  /** The sums of the four columns, with two threads: nothing leaves DuckDB. */
  readonly duckdbSums: Taken[]
  /** Read, hashed, decoded, checked and arranged, in one thread. */
  readonly own: Taken[]
}

async function compareLoads(folder: string): Promise<Loads> {
  const path = join(folder, 'current', 'pools.parquet')
  const loads: Loads = { duckdb: [], duckdbSums: [], own: [] }
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  const connection = await instance.connect()
  for (let round = 0; round < ROUNDS; round++) {
    loads.own.push(await time(() => loadPools(folder)))
    loads.duckdb.push(await time(() => readValues(connection, path)))
    const sums = COLUMNS.map((name) => `sum(${name})`).join()
    loads.duckdbSums.push(
      await time(() => connection.run(`select ${sums} from read_parquet('${path}')`)),
    )
  }
  connection.closeSync()
  return loads
}

async function readValues(connection: DuckDBConnection, path: string): Promise<void> {
  const result = await connection.stream(`select ${COLUMNS.join()} from read_parquet('${path}')`)
  let values = 0
  for (;;) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) break
    for (let column = 0; column < COLUMNS.length; column++) {
      values += chunk.getColumnValues(column).length
    }
  }
  if (values !== COLUMNS.length * ROWS) throw new Error(`DuckDB read other values: ${values}`)
}

async function time(run: () => Promise<unknown>): Promise<Taken> {
  const startMs = performance.now()
  const before = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(before)
  return { wallMs: performance.now() - startMs, cpuMs: (user + system) / 1_000 }
}

async function nextReport(child: ChildProcess): Promise<ReloadReport> {
  const [report] = await once(child, 'message')
  return report as ReloadReport
}

function formatRun(loads: Loads, first: ReloadReport, reloads: readonly ReloadReport[]): string {
  const [cpu] = cpus()
  const stalls = reloads.map((reload) => reload.stallMs)
  const last = reloads.at(-1) ?? first
  const perRow = (bytes: number) => `${(bytes / ROWS).toFixed(1)} bytes a row`
  return [
    `${cpus().length} × ${cpu?.model}, Node ${process.version}, ${first.pools} pools, ${ROWS} rows`,
    `load, checked and arranged, in one thread: ${seconds(loads.own)}`,
    `DuckDB gives the four columns to JavaScript: ${seconds(loads.duckdb)}; a load takes ${ratio(loads.own, loads.duckdb)}`,
    `DuckDB sums the four columns, two threads: ${seconds(loads.duckdbSums)}; a load takes ${ratio(loads.own, loads.duckdbSums)}`,
    `first load in a thread of its own, which is started: ${(first.elapsedMs / 1_000).toFixed(2)} s`,
    `memory after it: ${perRow(first.residentBytes)} resident`,
    `memory after ${RELOADS} reloads: ${perRow(last.residentBytes)} resident`,
    `longest stall in a reload: median ${median(stalls).toFixed(1)} ms, greatest ${Math.max(...stalls).toFixed(1)} ms`,
  ].join('\n')
}

function seconds(times: readonly Taken[]): string {
  const wall = times.map(({ wallMs }) => wallMs)
  const text = [median(wall), Math.min(...wall), Math.max(...wall)].map((ms) =>
    (ms / 1_000).toFixed(2),
  )
  const cpu = median(times.map(({ cpuMs }) => cpuMs)) / 1_000
  return `${text[0]} s (${text[1]}–${text[2]}), processor ${cpu.toFixed(2)} s`
}

/** Round by round, so that a slow minute of the machine falls on both. */
function ratio(own: readonly Taken[], others: readonly Taken[]): string {
  const ratioOf = (name: keyof Taken) =>
    median(own.map((taken, round) => taken[name] / (others[round]?.[name] ?? Number.NaN)))
  return `${ratioOf('wallMs').toFixed(2)} of it (processor ${ratioOf('cpuMs').toFixed(2)})`
}
