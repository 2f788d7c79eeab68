/**
 * A million pools, ten million rows, of which 1 % are changed a second: how long a change takes from its publication until
 * it is served, the longest stall of the event loop, processor time and memory. Beside it the same seconds without changes,
 * for what the machine itself does.
 *
 *     npx tsx bench/live/apply.ts [SECONDS]
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readFile, rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import {
  type PoolsByCampaign,
  writeManifest,
  writePoolsFile,
} from '../../scripts/lib/pool-files.ts'
import { publishChange, startEpoch } from '../../scripts/lib/write-changes.ts'
import { describeMachine, formatMs } from '../document.ts'
import { median } from '../statistics.ts'
import type { AppliedReport, PhaseReport } from './apply-target.ts'

const CAMPAIGNS = 250_000
const POOL_SIZE = 10
const CHANGES_A_SECOND = 4
/** In all four datasets: 2,500 pools a change, 10,000 a second. */
const CAMPAIGNS_OF_A_CHANGE = 625
const ID = 'aaaaaaaa'

const seconds = Number(process.argv[2] ?? 15)

await withTemporaryFolder(async (folder) => {
  const [artifacts, prepared] = [join(folder, 'artifacts'), join(folder, 'prepared')]
  await addBuild(artifacts)
  await startEpoch(artifacts, ID)
  await cp(
    join(artifacts, 'builds', ID, 'manifest.json'),
    join(prepared, 'builds', ID, 'manifest.json'),
  )
  await prepareChanges(prepared)
  const target = fileURLToPath(new URL('apply-target.ts', import.meta.url))
  const child = fork(target, [artifacts])
  await once(child, 'message')
  const idle = await measurePhase(child, () => sleep(seconds * 1_000))
  const publishedMs: number[] = []
  const appliedMs: number[] = []
  child.on('message', (message: AppliedReport | PhaseReport) => {
    if ('appliedMs' in message) appliedMs[message.n] = message.appliedMs
  })
  const busy = await measurePhase(child, () => publishAll(prepared, artifacts, publishedMs))
  child.disconnect()
  const lags = appliedMs.flatMap((ms, n) =>
    publishedMs[n] === undefined ? [] : [ms - publishedMs[n]],
  )
  console.log(formatRun(idle, busy, lags))
})

async function addBuild(artifacts: string): Promise<void> {
  const build = join(artifacts, 'builds', ID)
  await mkdir(build, { recursive: true })
  await writePoolsFile(
    build,
    `select
        (i // ${CAMPAIGNS * POOL_SIZE} + 1)::smallint as dataset,
        (i // ${POOL_SIZE} % ${CAMPAIGNS} + 1)::bigint as campaign_id,
        (i % ${POOL_SIZE} + 1)::smallint as rank,
        (hash(i // ${POOL_SIZE}) % 1000000 * ${POOL_SIZE} + i % ${POOL_SIZE} + 1)::bigint as banner_id
    from range(${4 * CAMPAIGNS * POOL_SIZE}) as rows(i)
    order by i`,
  )
  await writeManifest(build, await readFile(join(build, 'pools.parquet')), { build_id: ID })
  await symlink(join('builds', ID), join(artifacts, 'current'))
}

/** All changes of the run, in a folder of their own: writing them would take the processor from what is measured. */
async function prepareChanges(prepared: string): Promise<void> {
  let previous = await startEpoch(prepared, ID)
  for (let n = 1; n <= seconds * CHANGES_A_SECOND; n++) {
    const campaigns: Record<number, PoolsByCampaign[number]> = {}
    for (let nth = 0; nth < CAMPAIGNS_OF_A_CHANGE; nth++) {
      const campaign = 1 + (((n * CAMPAIGNS_OF_A_CHANGE + nth) * 9_973) % CAMPAIGNS)
      campaigns[campaign] = Array.from({ length: POOL_SIZE }, (_, place) => 1 + place + n * 10)
    }
    previous = await publishChange(prepared, { buildId: ID, n, campaigns, previous })
  }
}

async function publishAll(prepared: string, artifacts: string, publishedMs: number[]) {
  const startMs = performance.now()
  for (let n = 1; n <= seconds * CHANGES_A_SECOND; n++) {
    await sleep(Math.max(0, startMs + (n * 1_000) / CHANGES_A_SECOND - performance.now()))
    publishedMs[n] = Date.now()
    await rename(join(prepared, 'live', ID, `${n}`), join(artifacts, 'live', ID, `${n}`))
  }
  await sleep(1_000)
}

async function measurePhase(
  child: ChildProcess,
  run: () => Promise<unknown>,
): Promise<PhaseReport> {
  child.send('begin')
  await run()
  child.send('end')
  for (;;) {
    const [message] = (await once(child, 'message')) as [AppliedReport | PhaseReport]
    if ('stallMs' in message) return message
  }
}

function formatRun(idle: PhaseReport, busy: PhaseReport, lags: number[]): string {
  const line = (
    name: string,
    { stallMs, typicalStallMs, p99Ms, cpuShare, residentBytes }: PhaseReport,
  ) =>
    `${name}: longest stall of a second ${formatMs(typicalStallMs)} ms (median), of all ${formatMs(stallMs)} ms, p99 ${formatMs(p99Ms)} ms, ${(cpuShare * 100).toFixed(1)} % of a core, ${Math.round(residentBytes / 1e6)} MB resident`
  const sorted = lags.sort((a, b) => a - b)
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN
  return [
    describeMachine(),
    `${busy.pools} pools; ${lags.length} changes of ${4 * CAMPAIGNS_OF_A_CHANGE} pools, ${CHANGES_A_SECOND} a second`,
    line('without changes', idle),
    line('with changes   ', busy),
    `published to served: median ${formatMs(median(lags))} ms, p99 ${formatMs(p99)} ms`,
    `state at the end: ${busy.state}`,
  ].join('\n')
}
