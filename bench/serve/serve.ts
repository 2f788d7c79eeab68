/**
 * Requests per second of the fastest bare `node:http` server, of a bare Hono route, and of the complete route, side by
 * side: all send the same bytes, each from a process of its own. `app` is the complete route without its listener, all
 * through Hono. *Allocated* is what the heap of JavaScript grows by in a process whose young generation is never full.
 *
 * Loaded by wrk without a script if it is installed (Debian: `apt-get install wrk`), else by autocannon, which needs more of
 * the machine than the servers: then read the CPU column, which is what a request costs the server.
 *
 * Where `taskset` is there and the machine has two cores or more, the servers run on the first of them and the load comes
 * from the others: *pinned apart*.
 *
 *     npx tsx bench/serve/serve.ts [--rounds 5] [--seconds 4]
 */
import { type ChildProcess, execFile, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { parseArgs, promisify } from 'node:util'
import autocannon from 'autocannon'
import { formatCount } from '../document.ts'
import { median } from '../statistics.ts'
import type { Spent } from './serve-target.ts'
import { runWrkPlain } from './wrk.ts'

const TARGETS = ['floor', 'hono', 'route', 'app'] as const
type Target = (typeof TARGETS)[number]

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
  },
})
const [rounds, roundSeconds] = [Number(values.rounds), Number(values.seconds)]
const WARM_UP_SECONDS = 3
const CONNECTIONS = 64

/** Requests of which the allocated bytes are counted: 64 MB hold what all targets allocate for them. */
const COUNTED_REQUESTS = 2_000
const COUNTING_FLAGS = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64']

// Banners of three digits: every answer has the same length.
const PATH = '/campaigns/12'
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
/** Children of this process run where it does: wrk, too. */
const isPinned = cpus().length > 1 && pin(process.pid, `1-${cpus().length - 1}`)
const servers = new Map<Target, RunningServer>()
try {
  await main()
} finally {
  for (const { child } of servers.values()) child.kill()
}

async function main(): Promise<void> {
  const route = await startServer('route', {})
  const response = await fetch(route.url + PATH, { headers: HEADERS })
  const answer = { headers: Object.fromEntries(response.headers), body: await response.text() }
  for (const name of ['connection', 'keep-alive', 'date', 'content-length']) {
    delete answer.headers[name]
  }
  await startServer('floor', answer)
  await startServer('hono', answer)
  await startServer('app', {})
  const samples = await measureAll()
  const allocated = new Map<Target, number>()
  for (const target of TARGETS) allocated.set(target, await countAllocated(target, answer))
  console.log(describeRun(answer.body))
  console.log(formatTable(samples, allocated))
}

async function startServer(target: Target, answer: object): Promise<RunningServer> {
  const server = await forkServer(target, answer)
  servers.set(target, server)
  return server
}

async function forkServer(
  target: Target,
  answer: object,
  flags: readonly string[] = [],
): Promise<RunningServer> {
  const script = new URL('serve-target.ts', import.meta.url)
  const execArgv = [...process.execArgv, ...flags]
  const child = fork(script, [target, JSON.stringify(answer)], { execArgv })
  const [port] = await once(child, 'message')
  if (isPinned && child.pid !== undefined) pin(child.pid, '0')
  return { url: `http://127.0.0.1:${port}`, child }
}

/** Keeps all threads of a process on some cores; false where that is not possible. */
function pin(pid: number, cores: string): boolean {
  try {
    execFileSync('taskset', ['-a', '-p', '-c', cores, String(pid)], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Bytes of a request, once the code is compiled. */
async function countAllocated(target: Target, answer: object): Promise<number> {
  const { url, child } = await forkServer(target, answer, COUNTING_FLAGS)
  try {
    const load = { url: url + PATH, connections: CONNECTIONS, headers: HEADERS }
    await autocannon({ ...load, amount: 4 * COUNTED_REQUESTS })
    const before = await ask(child, 'collect')
    await autocannon({ ...load, amount: COUNTED_REQUESTS })
    return ((await ask(child, 'spent')).heapBytes - before.heapBytes) / COUNTED_REQUESTS
  } finally {
    child.kill()
  }
}

/** Rounds are interleaved, each in another order, so that a slow minute of the machine falls on all. */
async function measureAll(): Promise<Map<Target, Sample[]>> {
  const samples = new Map<Target, Sample[]>(TARGETS.map((target) => [target, []]))
  for (const server of servers.values()) await load(server, WARM_UP_SECONDS)
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < TARGETS.length; i++) {
      const target = TARGETS[(round + i) % TARGETS.length] ?? 'floor'
      const server = servers.get(target)
      if (server !== undefined) samples.get(target)?.push(await load(server, roundSeconds))
    }
    console.error(`round ${round + 1} of ${rounds}`)
  }
  return samples
}

async function load({ url, child }: RunningServer, seconds: number): Promise<Sample> {
  const before = await ask(child, 'spent')
  const { requestsPerSecond, p99Ms } = hasWrk
    ? await runWrkPlain(url + PATH, HEADERS, { connections: CONNECTIONS, seconds })
    : await runAutocannon(url, seconds)
  const spent = (await ask(child, 'spent')).cpuMicroseconds - before.cpuMicroseconds
  return { requestsPerSecond, cpuMicroseconds: spent / (requestsPerSecond * seconds), p99Ms }
}

async function runAutocannon(
  url: string,
  seconds: number,
): Promise<{ requestsPerSecond: number; p99Ms: number }> {
  const result = await autocannon({
    url: url + PATH,
    connections: CONNECTIONS,
    duration: seconds,
    headers: HEADERS,
  })
  const failures = result.errors + result.non2xx
  if (failures > 0) throw new Error(`requests failed at ${url}: ${failures}`)
  return {
    requestsPerSecond: result.requests.total / result.duration,
    p99Ms: result.latency.p99,
  }
}

async function ask(child: ChildProcess, message: 'collect' | 'spent'): Promise<Spent> {
  const reply = once(child, 'message')
  child.send(message)
  const [spent] = await reply
  return spent as Spent
}

function describeRun(body: string): string {
  const [cpu] = cpus()
  return [
    `${cpus().length} × ${cpu?.model}, Node ${process.version}, ${hasWrk ? 'wrk' : 'autocannon'} with ${CONNECTIONS} connections, ${isPinned ? 'pinned apart' : 'not pinned'},`,
    `${rounds} interleaved rounds of ${roundSeconds} s, bodies of ${body.length} bytes; median (least to greatest)\n`,
  ].join(' ')
}

function formatTable(
  samples: ReadonlyMap<Target, Sample[]>,
  allocated: ReadonlyMap<Target, number>,
): string {
  const rows = TARGETS.map((target) => {
    const rates = column(samples, target, 'requestsPerSecond')
    const costs = column(samples, target, 'cpuMicroseconds')
    const rate = median(rates) / median(column(samples, 'floor', 'requestsPerSecond'))
    const cost = median(costs) / median(column(samples, 'floor', 'cpuMicroseconds'))
    return [
      target,
      spread(rates, 0),
      rate.toFixed(2),
      (median(rates) / median(column(samples, 'hono', 'requestsPerSecond'))).toFixed(2),
      spread(costs, 1),
      cost.toFixed(2),
      median(column(samples, target, 'p99Ms')).toFixed(1),
      formatCount(allocated.get(target) ?? Number.NaN),
    ]
  })
  const head = [
    ...['server', 'requests/s', 'of floor', 'of hono', 'CPU µs/request', 'of floor', 'p99 ms'],
    'allocated bytes',
  ]
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function column(
  samples: ReadonlyMap<Target, Sample[]>,
  target: Target,
  name: keyof Sample,
): number[] {
  return (samples.get(target) ?? []).map((sample) => sample[name])
}

function spread(values: readonly number[], digits: number): string {
  const [least, middle, greatest] = [Math.min(...values), median(values), Math.max(...values)]
  return `${middle.toFixed(digits)} (${least.toFixed(digits)} to ${greatest.toFixed(digits)})`
}
