/**
 * Measures a build on DuckDB and on a Trino of three nodes on this machine, with the same logs: `npx tsx
 * bench/cluster/cluster.ts 100`, for a sample of that scale. Needs what scripts/lib/trino/install.ts needs.
 */
import { join } from 'node:path'
import { createProgress, type Progress } from '../../pipeline/base/progress.ts'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { buildPools } from '../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../pipeline/commands/features.ts'
import { connectCluster } from '../../pipeline/rank/cluster/connect.ts'
import { createClusterRanker } from '../../pipeline/rank/cluster/ranker.ts'
import { makeSample } from '../../pipeline/sample/sample.ts'
import { hashOutputs } from '../../scripts/lib/outputs.ts'
import { startTrino, type TrinoCluster } from '../../scripts/lib/trino/cluster.ts'

/** Of each of the three processes; they share two cores and 24 GB with everything else. */
const HEAP = '3G'

/** Of the sample with which the JVMs warm up: they compile what they run. */
const WARM_UP_SCALE = 5

const PRINTING: Progress = createProgress((line) => console.log(`  ${line}`))

const scale = Number(process.argv[2] ?? 1)

await withTemporaryFolder(async (folder) => {
  const input = join(folder, 'in')
  const { files } = await makeSample({ out: input, scale, seed: 0 })
  const rows = files.reduce((sum, file) => sum + file.rows, 0)
  const out = { duckdb: join(folder, 'duckdb'), trino: join(folder, 'trino') }
  const trino = await startTrino({ heap: HEAP, isLongRun: true })
  try {
    const options = { ...BUILD_DEFAULTS, input, progress: PRINTING }
    const warmUp = join(folder, 'warm-up')
    await makeSample({ out: warmUp, scale: WARM_UP_SCALE, seed: 0 })
    const ranker = createClusterRanker(await clusterOf(trino))
    await buildPools({ ...options, input: warmUp, out: out.trino, ranker })
    const before = await queriesOf(trino)
    await measure('duckdb', rows, () => buildPools({ ...options, out: out.duckdb }))
    await measure('trino', rows, () => buildPools({ ...options, out: out.trino, ranker }))
    const known = new Set(before.map(({ queryId }) => queryId))
    printQueries((await queriesOf(trino)).filter(({ queryId }) => !known.has(queryId)))
    const [here, there] = [await hashOutputs(out.duckdb), await hashOutputs(out.trino)]
    console.log(`same bytes: ${JSON.stringify(here) === JSON.stringify(there)}`)
  } finally {
    await trino.stop()
  }
})

function clusterOf(trino: TrinoCluster) {
  const { signal } = new AbortController()
  return connectCluster(
    {
      engine: 'trino',
      catalog: 'hive',
      workLocation: 'local:///work',
      workFolder: join(trino.folder, 'work'),
      keepWork: false,
      queryTimeout: 3600,
      trinoUrl: trino.url,
      trinoUser: 'bench',
      trinoCa: undefined,
      session: [],
      workgroup: 'primary',
    },
    { environment: {}, untilStopped: () => signal },
  )
}

/** Time of the wall, and of the processors of this process alone. */
async function measure(name: string, rows: number, fn: () => Promise<unknown>): Promise<void> {
  const startMs = performance.now()
  const start = process.cpuUsage()
  await fn()
  const seconds = (performance.now() - startMs) / 1000
  const { user, system } = process.cpuUsage(start)
  const rate = Math.round(rows / seconds).toLocaleString('en-US')
  const cpu = ((user + system) / 1e6).toFixed(1)
  console.log(`${name}: ${seconds.toFixed(1)} s, ${rate} rows/s, ${cpu} s of processors here`)
}

/** A query as Trino lists it. */
interface ListedQuery {
  readonly queryId: string
  readonly query: string
  readonly queryStats: {
    readonly elapsedTime: string
    readonly totalCpuTime: string
    readonly physicalInputDataSize: string
  }
}

async function queriesOf({ url }: TrinoCluster): Promise<ListedQuery[]> {
  const response = await fetch(`${url}/v1/query`, { headers: { 'x-trino-user': 'bench' } })
  return (await response.json()) as ListedQuery[]
}

function printQueries(queries: readonly ListedQuery[]): void {
  for (const { query, queryStats } of queries.toSorted(byId)) {
    const { elapsedTime, totalCpuTime, physicalInputDataSize } = queryStats
    const words = query.replaceAll(/\s+/g, ' ').slice(0, 50).padEnd(50)
    console.log(`${words} ${elapsedTime} wall, ${totalCpuTime} CPU, ${physicalInputDataSize} read`)
  }
}

function byId(one: ListedQuery, other: ListedQuery): number {
  return one.queryId < other.queryId ? -1 : 1
}
