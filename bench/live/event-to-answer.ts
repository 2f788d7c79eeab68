/**
 * From a line that is written to an HTTP answer that can only come from it: a click of a campaign that nobody knew, asked
 * for until the server knows it. A follower and a server as processes of their own, lines of 50 campaigns × 401 banners
 * beside it at a rate.
 *
 *     npx tsx bench/live/event-to-answer.ts [LINES_A_SECOND] [SECONDS] [CAMPAIGNS] [BANNERS] [FIRST_LINES]
 *
 * All of 10,000 campaigns change all the time: `10000 20 10000 40 400000`. A million pools, of which one in a hundred is
 * touched a second: `10000 20 250000 4 4000000` (a campaign is one in each of four datasets).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { freePort } from '../../scripts/lib/ports.ts'
import { findState } from '../../scripts/lib/published-state.ts'
import { describeMachine, formatMs } from '../document.ts'
import { appendRows, beginLogs, type LogWorld } from './lines.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const [rate = 1_000, seconds = 20, campaigns = 50, banners = 401, firstLines = 20_000] =
  process.argv.slice(2).map(Number)

/** Milliseconds between two appends, and between two questions. */
const APPEND_MS = 25
const ASK_MS = 5
const PROBE_EVERY_MS = 150
/** Probes are of campaigns that no other line names. */
const FIRST_PROBE = 1_000_000

/** Answers of the server that are neither a banner nor "unknown campaign", and requests without an answer. */
let errors = 0

await withTemporaryFolder(async (folder) => {
  const input = join(folder, 'in')
  const out = join(folder, 'out')
  const world = { input, campaigns, banners }
  await beginLogs(world)
  await appendRows(world, firstLines, 0)
  const follower = start([
    'pipeline/main.ts',
    'follow',
    '--input',
    input,
    '--out',
    out,
    '--ops-port',
    'off',
  ])
  while ((await findState(out)) === null) await sleep(50)
  const port = await freePort()
  const server = start([
    ...['server/main.ts', '--artifacts', out, '--port', String(port)],
    ...['--ops-port', 'off', '--workers', '1'],
  ])
  await untilAnswered(`http://127.0.0.1:${port}/campaigns/1?dataset=1`)
  // Until it listened there was no answer.
  errors = 0
  const cpu = { follower: await readCpu(follower), server: await readCpu(server) }
  const lags = await measure(world, `http://127.0.0.1:${port}`)
  const used = {
    follower: (await readCpu(follower)) - cpu.follower,
    server: (await readCpu(server)) - cpu.server,
  }
  for (const child of [server, follower]) {
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  lags.sort((a, b) => a - b)
  const at = (share: number) => formatMs(lags[Math.ceil(lags.length * share) - 1] ?? Number.NaN)
  console.log(describeMachine())
  console.log(
    `${rate} lines/s, ${campaigns} campaigns x ${banners} banners, ${lags.length} probes: ` +
      `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms, ${errors} errors; ` +
      `processor: follower ${Math.round((used.follower / seconds) * 100)} %, server ${Math.round((used.server / seconds) * 100)} % of a core`,
  )
})

async function measure(world: LogWorld, url: string): Promise<number[]> {
  const startMs = performance.now()
  const lags: number[] = []
  const probes: Promise<void>[] = []
  let isDone = false
  const writing = (async () => {
    let written = 0
    while (!isDone) {
      const due = Math.floor(((performance.now() - startMs) / 1_000) * rate) - written
      await appendRows(world, due, firstLines + written)
      written += due
      await sleep(APPEND_MS)
    }
  })()
  for (let probe = 0; performance.now() - startMs < seconds * 1_000; probe += 1) {
    probes.push(ask(world.input, url, FIRST_PROBE + probe).then((ms) => void lags.push(ms)))
    await sleep(PROBE_EVERY_MS)
  }
  await Promise.all(probes)
  isDone = true
  await writing
  return lags
}

async function ask(input: string, url: string, campaign: number): Promise<number> {
  const path = join(input, '1/clicks_2026-11-25_bench-1.csv')
  await appendFile(path, `p:${campaign},${1_000_000_000 + campaign},1,${campaign}\n`)
  const startMs = performance.now()
  await untilAnswered(`${url}/campaigns/${campaign}?dataset=1`)
  return performance.now() - startMs
}

async function untilAnswered(url: string): Promise<void> {
  for (;;) {
    const response = await fetch(url, { headers: { accept: 'application/json' } }).catch(() => null)
    await response?.arrayBuffer()
    if (response?.status === 200) return
    if (response?.status !== 404) errors += 1
    await sleep(ASK_MS)
  }
}

function start(words: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', ...words], { cwd: ROOT, stdio: 'ignore' })
}

/** Seconds of processor time that a process has used; Linux only. */
async function readCpu({ pid }: ChildProcess): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}
