/**
 * Requests per second of bare `node:http`, of a bare Hono route, and of the complete route, side by side: all send the
 * same bytes, each from a process of its own. `app` is the complete route without its listener, all through Hono.
 *
 * Loaded by wrk if it is installed (Debian: `apt-get install wrk`), else by autocannon, which needs more of the machine
 * than the servers: then read the CPU column, which is what a request costs the server.
 *
 *     npx tsx bench/serve/serve.ts
 */
import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { promisify } from 'node:util'
import autocannon from 'autocannon'
import { median } from '../statistics.ts'
import { runWrk } from './wrk.ts'

const TARGETS = ['node', 'hono', 'route', 'app'] as const
type Target = (typeof TARGETS)[number]

const ROUNDS = 5
const ROUND_SECONDS = 4
const WARM_UP_SECONDS = 3
const CONNECTIONS = 64

// Campaigns of two digits with banners of three: every answer has the same length.
const CAMPAIGNS = Array.from({ length: 50 }, (_, i) => `${i + 10}`)
const PATHS = CAMPAIGNS.map((id) => `/campaigns/${id}`)
const HEADERS = { accept: '*/*', cookie: 'session=0123456789abcdef; last=103' }

interface Sample {
  readonly requestsPerSecond: number
  readonly cpuMicroseconds: number
  readonly p99Ms: number
}

interface RunningServer {
  readonly url: string
  readonly child: ChildProcess
}

// `wrk -v` ends with 1, but it says who it is.
const hasWrk = await promisify(execFile)('wrk', ['-v']).catch(({ stdout }) => stdout)
const servers = new Map<Target, RunningServer>()
try {
  await main()
} finally {
  for (const { child } of servers.values()) child.kill()
}

async function main(): Promise<void> {
  const route = await startServer('route', {})
  const response = await fetch(route.url + PATHS[0], { headers: HEADERS })
  const answer = { headers: Object.fromEntries(response.headers), body: await response.text() }
  for (const name of ['connection', 'keep-alive', 'date', 'content-length']) {
    delete answer.headers[name]
  }
  await startServer('node', answer)
  await startServer('hono', answer)
  await startServer('app', {})
  const samples = await measureAll()
  console.log(describeRun(answer.body))
  console.log(formatTable(samples))
}

async function startServer(target: Target, answer: object): Promise<RunningServer> {
  const script = new URL('serve-target.ts', import.meta.url)
  const child = fork(script, [target, JSON.stringify(answer)])
  const [port] = await once(child, 'message')
  const server = { url: `http://127.0.0.1:${port}`, child }
  servers.set(target, server)
  return server
}

/** Rounds are interleaved, each in another order, so that a slow minute of the machine falls on all. */
async function measureAll(): Promise<Map<Target, Sample[]>> {
  const samples = new Map<Target, Sample[]>(TARGETS.map((target) => [target, []]))
  for (const server of servers.values()) await load(server, WARM_UP_SECONDS)
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < TARGETS.length; i++) {
      const target = TARGETS[(round + i) % TARGETS.length] ?? 'node'
      const server = servers.get(target)
      if (server !== undefined) samples.get(target)?.push(await load(server, ROUND_SECONDS))
    }
    console.error(`round ${round + 1} of ${ROUNDS}`)
  }
  return samples
}

async function load({ url, child }: RunningServer, seconds: number): Promise<Sample> {
  const before = await cpuOf(child)
  const { requestsPerSecond, p99Ms } = hasWrk
    ? await runWrk(url, CAMPAIGNS, { connections: CONNECTIONS, seconds })
    : await runAutocannon(url, seconds)
  const spent = (await cpuOf(child)) - before
  return { requestsPerSecond, cpuMicroseconds: spent / (requestsPerSecond * seconds), p99Ms }
}

async function runAutocannon(
  url: string,
  seconds: number,
): Promise<{ requestsPerSecond: number; p99Ms: number }> {
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: seconds,
    headers: HEADERS,
    requests: PATHS.map((path) => ({ path })),
  })
  const failures = result.errors + result.non2xx
  if (failures > 0) throw new Error(`requests failed at ${url}: ${failures}`)
  return {
    requestsPerSecond: result.requests.total / result.duration,
    p99Ms: result.latency.p99,
  }
}

/** Microseconds of processor time that the process has used. */
async function cpuOf(child: ChildProcess): Promise<number> {
  const reply = once(child, 'message')
  child.send('cpu')
  const [microseconds] = await reply
  return microseconds as number
}

function describeRun(body: string): string {
  const [cpu] = cpus()
  return [
    `${cpus().length} × ${cpu?.model}, Node ${process.version}, ${hasWrk ? 'wrk' : 'autocannon'} with ${CONNECTIONS} connections,`,
    `${ROUNDS} interleaved rounds of ${ROUND_SECONDS} s, bodies of ${body.length} bytes; median (least to greatest)\n`,
  ].join(' ')
}

function formatTable(samples: Map<Target, Sample[]>): string {
  const rows = TARGETS.map((target) => {
    const rates = column(samples, target, 'requestsPerSecond')
    const costs = column(samples, target, 'cpuMicroseconds')
    const rate = median(rates) / median(column(samples, 'node', 'requestsPerSecond'))
    const cost = median(costs) / median(column(samples, 'node', 'cpuMicroseconds'))
    return [
      target,
      spread(rates, 0),
      rate.toFixed(2),
      (median(rates) / median(column(samples, 'hono', 'requestsPerSecond'))).toFixed(2),
      spread(costs, 1),
      cost.toFixed(2),
      median(column(samples, target, 'p99Ms')).toFixed(1),
    ]
  })
  const head = ['server', 'requests/s', 'of node', 'of hono', 'CPU µs/request', 'of node', 'p99 ms']
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function column(samples: Map<Target, Sample[]>, target: Target, name: keyof Sample): number[] {
  return (samples.get(target) ?? []).map((sample) => sample[name])
}

function spread(values: readonly number[], digits: number): string {
  const [least, middle, greatest] = [Math.min(...values), median(values), Math.max(...values)]
  return `${middle.toFixed(digits)} (${least.toFixed(digits)} to ${greatest.toFixed(digits)})`
}
