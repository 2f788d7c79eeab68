/**
 * The route beside the design that it replaces: PostgreSQL asked for `order by random() limit 1` on every request, with a
 * new connection for each and with a pool of 10, behind `node:http`. All in one run, over the same pools.
 *
 *     npx tsx bench/serve/postgres.ts --date 2026-11-30          needs: apt-get install postgresql wrk
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { runServer } from '../../scripts/lib/run-server.ts'
import { describeMachine, formatCount, formatTable, writeSection } from '../document.ts'
import { LOAD_TEST_DOCUMENT } from '../load/load-report.ts'
import { type KnownPools, readKnownPools } from '../load/load-visitors.ts'
import { buildSample } from '../sample-pools.ts'
import { median } from '../statistics.ts'
import { fillTopBanners, withPostgres } from './postgres-cluster.ts'
import { runWrk, type WrkResult } from './wrk.ts'

const TARGETS = ['a connection per request', 'a pool of 10 connections', 'banner pools'] as const
type Target = (typeof TARGETS)[number]

const ROUNDS = 5
const LOAD = { connections: 64, seconds: 4 }

const { values } = parseArgs({ options: { date: { type: 'string' } } })
const { date } = values
if (date === undefined) throw new Error('--date must be given, as 2026-11-30')

await withTemporaryFolder(async (folder) => {
  const artifacts = await buildSample(folder)
  const pools = await readKnownPools(artifacts)
  await withPostgres(join(folder, 'cluster'), async (port) => {
    await fillTopBanners(port, pools)
    const machine = describeMachine()
    const samples = await measure(artifacts, port, campaignsOf(pools))
    await report(machine, samples)
  })
})

async function measure(
  artifacts: string,
  postgresPort: number,
  campaigns: readonly string[],
): Promise<Map<Target, WrkResult[]>> {
  const samples = new Map<Target, WrkResult[]>(TARGETS.map((target) => [target, []]))
  await withHandler('connection', postgresPort, (fresh) =>
    withHandler('pool', postgresPort, async (pooled) => {
      await runServer(['--artifacts', artifacts, '--port', '0'], async (route) => {
        const urls = [fresh, pooled, route]
        // The first round warms up and is not counted.
        for (let round = 0; round <= ROUNDS; round++) {
          for (const [index, target] of TARGETS.entries()) {
            const sample = await runWrk(urls[index] ?? '', campaigns, LOAD)
            if (round > 0) samples.get(target)?.push(sample)
          }
          console.error(`round ${round} of ${ROUNDS}`)
        }
      })
    }),
  )
  return samples
}

/** Runs the replaced design as a process of its own. */
async function withHandler(
  mode: 'connection' | 'pool',
  postgresPort: number,
  fn: (url: string) => Promise<void>,
): Promise<void> {
  const script = new URL('postgres-handler.ts', import.meta.url)
  const child: ChildProcess = fork(script, [mode, String(postgresPort)])
  try {
    const [port] = await once(child, 'message')
    await fn(`http://127.0.0.1:${port}`)
  } finally {
    child.kill()
  }
}

function campaignsOf(pools: KnownPools): string[] {
  return [...new Set([...pools.keys()].map((key) => key.split('/')[2] ?? ''))]
}

async function report(machine: string, samples: Map<Target, WrkResult[]>): Promise<void> {
  const ours = samples.get('banner pools') ?? []
  const rows = TARGETS.map((target) => {
    const own = samples.get(target) ?? []
    const ratios = own.map((sample, round) => ratioOf(ours[round], sample))
    return [
      target,
      formatCount(median(own.map((sample) => sample.requestsPerSecond))),
      formatCount(median(own.map((sample) => sample.p99Ms))),
      `${formatRatio(median(ratios))} (${formatRatio(Math.min(...ratios))}–${formatRatio(Math.max(...ratios))})`,
    ]
  })
  const head = ['design', 'requests/s', 'p99 ms', 'banner pools answer × as many']
  const facts = `${date}, ${machine}; ${LOAD.connections} connections that ask as soon as they are answered, median of ${ROUNDS} interleaved rounds of ${LOAD.seconds} s.`
  const text = `${facts}\n\n${formatTable(head, rows)}`
  console.log(text)
  await writeSection(LOAD_TEST_DOCUMENT, 'postgres', text)
}

function ratioOf(ours: WrkResult | undefined, other: WrkResult): number {
  return (ours?.requestsPerSecond ?? Number.NaN) / other.requestsPerSecond
}

function formatRatio(ratio: number): string {
  return ratio.toFixed(ratio < 10 ? 1 : 0)
}
