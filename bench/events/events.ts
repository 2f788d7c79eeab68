/**
 * What collecting costs: the plain route with and without it, interleaved; then decisions and events side by side at a
 * fixed rate, each visitor once, and what of them is in the logs.
 *
 *     npx tsx bench/events/events.ts                 needs wrk (Debian: `apt-get install wrk`) for the first part
 *     BANNER_POOLS_RATE=2000 BANNER_POOLS_SECONDS=20 npx tsx bench/events/events.ts
 */
import { readdir, readFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
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

await withTemporaryFolder(async (folder) => {
  await writeBuild(folder, rowsOf(POOLS))
  const plain = ['--artifacts', folder, '--port', '0', '--no-explorer']
  const events = join(folder, 'events')
  const target = ['--click-url', 'https://shop.example/{banner_id}']
  await runServer([...plain, ...target], async (off) => {
    await runServer([...plain, ...target, '--collect', events], async (on) => {
      await compareRoutes(off, on)
      await runAtRate(on)
    })
  })
  await countLines(events)
})

async function compareRoutes(off: string, on: string): Promise<void> {
  const rates = { off: [] as number[], on: [] as number[] }
  const run = async (url: string) => {
    const options = { connections: 64, seconds: ROUND_SECONDS }
    return (await runWrk(url, CAMPAIGNS.map(String), options)).requestsPerSecond
  }
  await run(off)
  await run(on)
  for (let round = 0; round < ROUNDS; round++) {
    rates.off.push(await run(off))
    rates.on.push(await run(on))
  }
  const [without, collecting] = [median(rates.off), median(rates.on)]
  const share = (collecting / without).toFixed(2)
  console.log(
    `plain route: ${without.toFixed(0)}/s without, ${collecting.toFixed(0)}/s while collecting, ${share}`,
  )
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
