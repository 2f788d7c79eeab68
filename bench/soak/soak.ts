/**
 * Runs the programs for hours under mixed load, while builds, rollbacks, denylists, kills and a full disk happen to them:
 *
 *     sample --grow ──► logs ──► follow ──► artifacts ──► serve, two workers ◄── visitors at a constant rate
 *                        ▲───────────── --collect ───────────┘
 *
 *     npx tsx bench/soak/soak.ts --hours 1 --folder DIR --date YYYY-MM-DD [--rate 50] [--lines 200] [--write false]
 *
 * In the first half processes are killed as well; in the second half they live, so that memory that grows shows. Linux only;
 * a disk is filled if this user may mount one. What was measured is in DIR/samples.jsonl; DIR must be empty.
 */
import { execFileSync } from 'node:child_process'
import { appendFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { freePort } from '../../scripts/lib/ports.ts'
import { readAccounts } from './account.ts'
import { createClient } from './client.ts'
import { FAULTS, type Stage, waitForServer } from './faults.ts'
import { Program, type UnexpectedEnd } from './programs.ts'
import { type SoakResult, writeReport } from './report.ts'
import { type Sample, takeSample } from './samples.ts'
import { ADVERTISER_LINE, createTraffic, Visitors } from './visitors.ts'

const POOLS = fileURLToPath(new URL('../../bin/pools.mjs', import.meta.url))
const SAMPLE_MS = 10_000
const TICK_MS = 20

/** Seconds from one fault's end to the next one's beginning: eight kinds in ten minutes. */
const CALM_MS = 40_000
const DISK_MEGABYTES = 600

const { values: given } = parseArgs({
  options: {
    hours: { type: 'string', default: '1' },
    folder: { type: 'string', default: 'soak' },
    rate: { type: 'string', default: '50' },
    lines: { type: 'string', default: '200' },
    date: { type: 'string', default: new Date().toISOString().slice(0, 10) },
    write: { type: 'string', default: 'true' },
  },
})
const folder = resolve(given.folder)
const totalMs = Number(given.hours) * 3_600_000

await mkdir(folder, { recursive: true })
if ((await readdir(folder)).length > 0) throw new Error(`the folder is not empty: ${folder}`)
const disk = join(folder, 'disk')
await mkdir(disk)
const canFillDisk = mountDisk()
try {
  await soak()
} finally {
  if (canFillDisk) execFileSync('umount', ['--lazy', disk])
}

async function soak(): Promise<void> {
  const [logs, artifacts] = [join(disk, 'logs'), join(disk, 'artifacts')]
  runPools(['sample', '--out', logs])
  runPools(['build', '--input', logs, '--out', artifacts])
  const tokens = join(folder, 'tokens.txt')
  await writeFile(tokens, ADVERTISER_LINE, { mode: 0o600 })
  const [port, opsPort] = [await freePort(), await freePort()]
  const ends: UnexpectedEnd[] = []
  // Programs may end while nothing can be written; they are started again.
  const onEnd = (end: UnexpectedEnd) => {
    if (!stage.isDiskFull) ends.push(end)
  }
  const make = (name: string, words: readonly string[]) =>
    new Program({ name, words, folder, onEnd })
  const writer = make('writer', [
    ...['bin/pools.mjs', 'sample', '--grow', logs, '--rate', given.lines],
  ])
  const follower = make('follower', [
    ...['bin/pools.mjs', 'follow', '--input', logs, '--out', artifacts],
    ...['--ops-port', 'off', '--build-every', '60'],
  ])
  const server = make('server', [
    ...['bin/serve.mjs', '--artifacts', artifacts, '--port', `${port}`, '--ops-port', `${opsPort}`],
    ...['--workers', '2', '--collect', logs, '--conversion-tokens', tokens, '--explorer'],
    ...['--click-url', 'https://shop.example/{campaign_id}/{banner_id}?click_id={click_id}'],
  ])
  const stage: Stage = {
    ...{ disk, artifacts, canFillDisk, port, ask: createClient(port), follower, server },
    ...{ interruptedUntilMs: Number.POSITIVE_INFINITY, isDiskFull: false, denied: new Set() },
  }
  for (const program of [writer, follower, server]) program.start()
  await waitForServer(stage)
  const visitors = new Visitors(createClient(port), {
    isInterrupted: () => performance.now() < stage.interruptedUntilMs,
    isDiskFull: () => stage.isDiskFull,
    denied: () => stage.denied,
  })
  visitors.campaigns = await readCampaigns(stage)
  const result = await runTraffic(stage, visitors, opsPort)
  // The server first: what it collected is on disk then, and the follower publishes it.
  await writer.stop()
  await server.stop()
  await follower.stop()
  const accounts = await readAccounts(logs, visitors.acknowledged)
  const verified = verify(logs, artifacts)
  await finish({ ...result, accounts, verified, ends, hours: Number(given.hours), canFillDisk })
}

async function runTraffic(stage: Stage, visitors: Visitors, opsPort: number) {
  const startMs = performance.now()
  const samples: Sample[] = []
  let happened: string[] = []
  const isOver = () => performance.now() - startMs > totalMs
  const isCalmHalf = () => performance.now() - startMs > totalMs / 2
  const faults = (async () => {
    for (let turn = 0; !isOver(); turn++) {
      const fault = FAULTS[turn % FAULTS.length]
      if (fault === undefined || (fault.kills && isCalmHalf())) continue
      await sleepUnless(isOver, CALM_MS)
      if (isOver()) return
      happened.push(fault.name)
      await fault.happen(stage)
    }
  })()
  const sampling = (async () => {
    while (!isOver()) {
      await sleepUnless(isOver, SAMPLE_MS)
      const traffic = visitors.traffic
      visitors.traffic = createTraffic()
      const names = happened
      happened = []
      const { server, follower } = stage
      const seconds = (performance.now() - startMs) / 1_000
      const parts = { seconds, traffic, server, follower, opsPort, disk, happened: names }
      const sample = await takeSample(parts)
      samples.push(sample)
      await appendFile(join(folder, 'samples.jsonl'), `${JSON.stringify(sample)}\n`)
    }
  })()
  await generateVisits(visitors, startMs, isOver)
  await Promise.all([faults, sampling])
  return { samples }
}

/** Visits begin when they are due, whatever those before them take. */
async function generateVisits(
  visitors: Visitors,
  startMs: number,
  isOver: () => boolean,
): Promise<void> {
  const rate = Number(given.rate)
  const underWay = new Set<Promise<void>>()
  for (let begun = 0; !isOver(); ) {
    const due = Math.floor(((performance.now() - startMs) / 1_000) * rate)
    for (; begun < due; begun++) {
      const visit = visitors.visit().finally(() => underWay.delete(visit))
      underWay.add(visit)
    }
    await sleep(TICK_MS)
  }
  await Promise.all(underWay)
}

async function readCampaigns({ ask }: Stage): Promise<readonly number[]> {
  const { body } = await ask({ path: '/explorer/campaigns.csv' })
  const ids = body
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(',')[0]))
  if (ids.length === 0) throw new Error('the server knows no campaigns')
  return ids
}

async function sleepUnless(isOver: () => boolean, ms: number): Promise<void> {
  const untilMs = performance.now() + ms
  while (performance.now() < untilMs && !isOver()) await sleep(200)
}

function runPools(words: readonly string[]): void {
  execFileSync(process.execPath, [POOLS, ...words], { stdio: ['ignore', 'ignore', 2] })
}

/** Whether what is published has the bytes of a batch over the same lines. */
function verify(logs: string, artifacts: string): boolean {
  try {
    runPools(['verify', '--input', logs, '--artifacts', artifacts])
    return true
  } catch {
    return false
  }
}

/** A small file system, so that a full one harms nothing else; only root may make one. */
function mountDisk(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MEGABYTES}m`, 'tmpfs', disk])
    return true
  } catch {
    return false
  }
}

async function finish(result: SoakResult): Promise<void> {
  await writeFile(join(folder, 'result.json'), JSON.stringify(result))
  const isWritten = given.write === 'true'
  const isGood = await writeReport(result, { date: given.date, isWritten })
  if (!isGood) process.exitCode = 1
}
