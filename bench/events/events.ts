/**
 * What collecting costs: the plain route with and without it, interleaved, as the machine is and while no core sleeps; then
 * decisions and events side by side at a fixed rate, each visitor once, and what of them is in the logs.
 *
 *     npx tsx bench/events/events.ts                 needs wrk (Debian: `apt-get install wrk`) for the first part
 *     BANNER_POOLS_RATE=2000 BANNER_POOLS_SECONDS=20 npx tsx bench/events/events.ts
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { rowsOf, writeBuild } from '../../scripts/lib/pool-files.ts'
import { runServer } from '../../scripts/lib/run-server.ts'
import { BROWSER_AGENT } from '../../scripts/lib/visitors.ts'
import { runWrk } from '../serve/wrk.ts'
import { median } from '../statistics.ts'

const ROUNDS = Number(process.env.BANNER_POOLS_ROUNDS ?? 3)
const ROUND_SECONDS = 4
const RATE = Number(process.env.BANNER_POOLS_RATE ?? 2_000)
const SECONDS = Number(process.env.BANNER_POOLS_SECONDS ?? 15)
const TICK_MS = 10
const CAMPAIGNS = Array.from({ length: 50 }, (_, i) => i + 10)
const POOLS = Object.fromEntries(
  CAMPAIGNS.map((id) => [id, Array.from({ length: 10 }, (_, i) => 100 + i)]),
)

/** Both addresses of a decision have it. */
const TOKEN_BYTES = 2 * 90
/** A second, in the unit of /proc. */
const CLOCK_TICKS = 100

await withTemporaryFolder(async (folder) => {
  await writeBuild(folder, rowsOf(POOLS))
  const plain = ['--artifacts', folder, '--port', '0', '--no-explorer']
  const events = join(folder, 'events')
  const target = ['--click-url', 'https://shop.example/{banner_id}']
  const flags = { off: [...plain, ...target], on: [...plain, ...target, '--collect', events] }
  await compareRoutes(flags)
  console.log('the same while no core sleeps:')
  await withoutSleep(() => compareRoutes(flags))
  await runServer(flags.on, runAtRate)
  await countLines(events)
})

/** Flags of a server that collects nothing, and of one that collects. */
type Flags = Readonly<Record<'off' | 'on', readonly string[]>>

/** Both servers' answers are looked at: what is compared is signed decisions with none. */
async function compareRoutes(flags: Flags): Promise<void> {
  const rounds = { off: [] as Round[], on: [] as Round[] }
  for (let round = 0; round < ROUNDS; round++) {
    // Which one is first changes, since the machine may get slower or faster.
    for (const name of round % 2 === 0 ? (['off', 'on'] as const) : (['on', 'off'] as const)) {
      await runServer(flags[name], async (url, { pid = 0 }) => {
        await assertSigned(url, name === 'on')
        rounds[name].push(await measure(url, pid))
      })
    }
  }
  const [without, collecting] = [summarize(rounds.off), summarize(rounds.on)]
  if (collecting.bytes < without.bytes + TOKEN_BYTES) {
    throw new Error('answers while collecting are too short to have event addresses')
  }
  const share = (collecting.rate / without.rate).toFixed(2)
  const work = (without.cpuUs / collecting.cpuUs).toFixed(2)
  console.log(`plain route: ${describeRounds(without)} without`)
  console.log(`plain route: ${describeRounds(collecting)} while collecting`)
  console.log(`while collecting: ${share} of the requests a second, ${work} by processor time`)
}

/**
 * Keeps all cores at work that gives way to any other: a server that answers a process on a sleeping core pays for waking it,
 * some microseconds on a virtual machine.
 */
async function withoutSleep(measureAll: () => Promise<void>): Promise<void> {
  const flags = ['--idle', '0', process.execPath, '-e', 'for (;;);']
  const workers = cpus().map(() => spawn('chrt', flags, { stdio: 'ignore' }))
  try {
    await Promise.all(workers.map((worker) => once(worker, 'spawn')))
    await measureAll()
  } finally {
    for (const worker of workers) worker.kill('SIGKILL')
  }
}

interface Round {
  readonly rate: number
  readonly bytes: number
  /** Processor time of the server for a request, in microseconds. */
  readonly cpuUs: number
}

/** Of a server that is alone: one that waits beside it makes a fifth of a difference, and nobody knows why. */
async function measure(url: string, pid: number): Promise<Round> {
  const load = { connections: 64, seconds: ROUND_SECONDS }
  await runWrk(url, CAMPAIGNS.map(String), load)
  const before = await readCpuSeconds(pid)
  const result = await runWrk(url, CAMPAIGNS.map(String), load)
  const seconds = (await readCpuSeconds(pid)) - before
  const requests = result.requestsPerSecond * ROUND_SECONDS
  return {
    rate: result.requestsPerSecond,
    bytes: result.bytesPerRequest,
    cpuUs: (seconds * 1e6) / requests,
  }
}

function summarize(rounds: readonly Round[]): Round {
  const of = (name: keyof Round) => median(rounds.map((round) => round[name]))
  return { rate: of('rate'), bytes: of('bytes'), cpuUs: of('cpuUs') }
}

function describeRounds({ rate, bytes, cpuUs }: Round): string {
  return `${rate.toFixed(0)}/s, ${bytes.toFixed(0)} bytes, ${cpuUs.toFixed(1)} µs of processor time a request`
}

/** User and system time of a process, by Linux. */
async function readCpuSeconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS
}

/** Asks as wrk does. */
async function assertSigned(url: string, isSigned: boolean): Promise<void> {
  const answer = await fetch(`${url}/campaigns/${CAMPAIGNS[0]}`, { headers: { accept: '*/*' } })
  const { impression_url } = (await answer.json()) as { impression_url?: string }
  const path = impression_url === undefined ? '' : new URL(impression_url).pathname
  if (/^\/impressions\/[\w-]{90}$/.test(path) !== isSigned) {
    throw new Error(`an answer ${isSigned ? 'has no' : 'has a'} token: ${url}`)
  }
}

/** Half are decisions; each brings one impression, or, of one in ten, a click, too. */
async function runAtRate(url: string): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 128 })
  const waits = { decision: [] as number[], event: [] as number[] }
  const counts = { impressions: 0, clicks: 0, lost: 0 }
  const running: Promise<void>[] = []
  const visit = async (i: number) => {
    const decision = await ask(agent, `${url}/campaigns/${CAMPAIGNS[i % CAMPAIGNS.length]}`)
    waits.decision.push(decision.ms)
    const { impression_url, click_url } = JSON.parse(decision.body)
    const seen = await ask(agent, impression_url)
    waits.event.push(seen.ms)
    if (seen.status === 204) counts.impressions++
    else counts.lost++
    if (i % 10 > 0) return
    const click = await ask(agent, click_url)
    waits.event.push(click.ms)
    if (click.location.includes('click_id=')) counts.clicks++
    else counts.lost++
  }
  const startMs = performance.now()
  for (let sent = 0; sent < RATE * SECONDS; ) {
    const due = Math.min(RATE * SECONDS, ((performance.now() - startMs) / 1_000) * RATE)
    while (sent < due) running.push(visit(sent++))
    await sleep(TICK_MS)
  }
  await Promise.all(running)
  const elapsed = (performance.now() - startMs) / 1_000
  agent.destroy()
  console.log(
    `${(waits.decision.length / elapsed).toFixed(0)} decisions/s, ${(waits.event.length / elapsed).toFixed(0)} events/s for ${elapsed.toFixed(1)} s: ${JSON.stringify(counts)}`,
  )
  for (const [name, ms] of Object.entries(waits)) console.log(`${name}: ${describe(ms)}`)
}

function describe(ms: number[]): string {
  ms.sort((a, b) => a - b)
  const at = (share: number) => (ms[Math.floor(share * (ms.length - 1))] ?? 0).toFixed(1)
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}, greatest ${at(1)} ms`
}

interface Asked {
  readonly status: number
  readonly location: string
  readonly body: string
  readonly ms: number
}

function ask(agent: Agent, url: string): Promise<Asked> {
  const startMs = performance.now()
  return new Promise((resolve, reject) => {
    const headers = { 'user-agent': BROWSER_AGENT }
    const asking = request(url, { agent, headers }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () => {
        const { statusCode: status = 0, headers: got } = response
        resolve({ status, location: got.location ?? '', body, ms: performance.now() - startMs })
      })
    })
    asking.once('error', reject)
    asking.end()
  })
}

async function countLines(events: string): Promise<void> {
  const counts: Record<string, number> = {}
  for (const dataset of ['1', '2', '3', '4']) {
    for (const file of await readdir(join(events, dataset))) {
      const table = file.slice(0, file.indexOf('_'))
      const lines = (await readFile(join(events, dataset, file), 'utf8')).split('\n').length - 2
      counts[table] = (counts[table] ?? 0) + lines
    }
  }
  console.log(`in the logs: ${JSON.stringify(counts)}`)
}
