/**
 * The server at rising constant rates, all campaigns mixed, every body checked. Writes docs/load-test.md and its chart.
 *
 *     npx tsx bench/load/load-test.ts --date 2026-11-30 [--rates 1000,2000,5000,8000] [--seconds 20] [--connections 64]
 *     npx tsx bench/load/load-test.ts --date 2026-11-30 --url http://127.0.0.1:8080 --artifacts artifacts
 *
 * Without a URL it makes sample pools and starts a server of its own. It loads this machine only, and stops by itself.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { runServer } from '../../scripts/lib/run-server.ts'
import { describeMachine, formatCount, writeSection } from '../document.ts'
import { buildSample } from '../sample-pools.ts'
import { drawChart } from './load-chart.ts'
import { generateLoad, type LoadResult } from './load-generator.ts'
import { countFaults, formatRuns, LOAD_TEST_DOCUMENT } from './load-report.ts'
import { createVisitors, readKnownPools } from './load-visitors.ts'

/** Loading another machine is an attack, whoever owns it; a test of one has to be run there. */
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']

const MAX_SECONDS = 60
const MAX_RATE = 50_000
const WARM_UP = { rate: 2_000, seconds: 5 }
const CHART = new URL('../../docs/load-test.svg', import.meta.url)

interface Plan {
  readonly date: string
  readonly rates: readonly number[]
  readonly seconds: number
  readonly connections: number
}

const { values } = parseArgs({
  options: {
    date: { type: 'string' },
    rates: { type: 'string', default: '1000,2000,5000,8000' },
    seconds: { type: 'string', default: '20' },
    connections: { type: 'string', default: '64' },
    url: { type: 'string' },
    artifacts: { type: 'string', default: 'artifacts' },
  },
})
const plan = readPlan()
if (values.url !== undefined) await measure(values.url, values.artifacts)
else {
  await withTemporaryFolder(async (folder) => {
    const artifacts = await buildSample(folder)
    await runServer(['--artifacts', artifacts, '--port', '0'], (url) => measure(url, artifacts))
  })
}

function readPlan(): Plan {
  const { date = '' } = values
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) throw new Error('--date must be given, as 2026-11-30')
  const rates = values.rates.split(',').map((rate) => readNumber('rates', rate, MAX_RATE))
  const seconds = readNumber('seconds', values.seconds, MAX_SECONDS)
  return { date, rates, seconds, connections: readNumber('connections', values.connections, 1_000) }
}

function readNumber(name: string, text: string, most: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new Error(`--${name} must be from 1 to ${most}: ${text}`)
}

async function measure(url: string, artifacts: string): Promise<void> {
  const { hostname, port, host } = new URL(url)
  if (!LOOPBACK.includes(hostname)) throw new Error(`--url must be on this machine: ${url}`)
  const machine = describeMachine()
  const next = createVisitors(await readKnownPools(artifacts), host)
  const target = { host: hostname.replace(/[[\]]/g, ''), port: Number(port || 80), next }
  const { seconds, connections } = plan
  await generateLoad({ ...target, ...WARM_UP, connections })
  const runs: { rate: number; result: LoadResult }[] = []
  for (const rate of plan.rates) {
    const result = await generateLoad({ ...target, rate, seconds, connections })
    runs.push({ rate, result })
    console.error(`${rate}/s: ${describeFaults(result)}`)
  }
  await report(machine, runs)
  if (runs.some(({ result }) => countFaults(result) > 0)) process.exitCode = 1
}

async function report(
  machine: string,
  runs: readonly { rate: number; result: LoadResult }[],
): Promise<void> {
  const { date, seconds, connections } = plan
  const table = formatRuns(runs)
  const facts = `${date}, ${machine}; ${seconds} s a step over ${connections} connections.`
  console.log(`${facts}\n\n${table}`)
  const chart = drawChart(
    'Milliseconds from when a request was due to its whole answer',
    runs.map(({ rate, result }) => ({
      label: `${formatCount(rate)}/s`,
      latenciesMs: result.latenciesMs,
    })),
  )
  await writeFile(CHART, chart)
  await writeSection(LOAD_TEST_DOCUMENT, 'steps', `${facts}\n\n${table}`)
}

function describeFaults({ requests, faults }: LoadResult): string {
  if (faults.size === 0) return `${formatCount(requests)} right answers`
  return [...faults].map(([fault, count]) => `${count} × ${fault}`).join(', ')
}
