/** The rules and the dashboard of deploy/monitoring: by promtool, and beside real programs with real faults. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, openSync } from 'node:fs'
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ROWS } from '../../deploy/monitoring/panels.ts'
import { PipelineError } from '../../pipeline/base/errors.ts'
import type { BuildSummary } from '../../pipeline/build/summary.ts'
import { withBatchMetrics } from '../../pipeline/commands/batch-metrics.ts'
import { holdPublication } from '../../pipeline/publish/hold.ts'
import { rowsOf, writeManifest, writeRows } from '../../scripts/lib/pool-files.ts'
import { freePort } from '../../scripts/lib/ports.ts'
import { PROGRAMS } from '../../scripts/lib/programs.ts'
import { publishChange, startEpoch } from '../../scripts/lib/write-changes.ts'
import { smallWorld } from '../helpers/builds.ts'
import { withFolder, writeFiles } from '../helpers/folders.ts'
import { type Prometheus, withPrometheus } from '../helpers/prometheus.ts'

const run = promisify(execFile)
const MONITORING = join(import.meta.dirname, '../../deploy/monitoring')
const ROOT = join(import.meta.dirname, '../..')
const BUILD_ID = '0123456789abcdef'
const DAY_MS = 86_400_000
const PATIENCE_MS = 60_000
const SILENT = { warn: () => {} }

/** A bucket where nobody listens. */
const NO_BUCKET = {
  ...{ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1', AWS_REGION: 'us-east-1' },
  ...{ AWS_ACCESS_KEY_ID: 'nobody', AWS_SECRET_ACCESS_KEY: 'nothing', AWS_MAX_ATTEMPTS: '1' },
}

/** Where no broker listens. */
const NO_BROKER = 'kafka://127.0.0.1:1'

/** Programs that a test started: each ends with it. */
async function withPrograms(fn: (start: Start) => Promise<void>): Promise<void> {
  const started: ChildProcess[] = []
  try {
    await fn((command, words, log = 'ignore') => {
      const env = { ...process.env, ...NO_BUCKET }
      const child = spawn(command, words, { cwd: ROOT, env, stdio: ['ignore', log, log] })
      started.push(child)
      return child
    })
  } finally {
    for (const child of started) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGCONT')
      child.kill('SIGKILL')
      await once(child, 'close')
    }
  }
}

type Start = (command: string, words: readonly string[], log?: number | 'ignore') => ChildProcess

function startProgram(
  start: Start,
  name: keyof typeof PROGRAMS,
  words: readonly string[],
  log?: number,
) {
  return start(process.execPath, [PROGRAMS[name], ...words], log)
}

/** A build of two days ago, in an artifacts folder: campaign 7 has two banners, campaign 8 one. */
async function writeOldBuild(artifacts: string): Promise<void> {
  const folder = join(artifacts, 'builds', BUILD_ID)
  await mkdir(folder, { recursive: true })
  const rows = await writeRows(join(folder, 'pools.parquet'), rowsOf({ 7: [30, 10], 8: [31] }))
  const created_at = new Date(Date.now() - 2 * DAY_MS).toISOString()
  await writeManifest(folder, rows, { created_at })
  await writeFile(join(artifacts, 'current'), `builds/${BUILD_ID}\n`)
}

/** The programs' logs go nowhere, so what does not start is named here. */
async function waitForAnswer(url: string): Promise<void> {
  const startMs = performance.now()
  while ((await fetch(url).catch(() => null))?.ok !== true) {
    if (performance.now() - startMs > PATIENCE_MS) throw new Error(`no answer of ${url}`)
    await sleep(100)
  }
}

/** Does something again and again until an alert fires. */
async function fire(
  prometheus: Prometheus,
  name: string,
  again: () => Promise<unknown>,
): Promise<string> {
  const state = { isDone: false }
  const worker = (async () => {
    while (!state.isDone) {
      await again().catch(() => undefined)
      await sleep(50)
    }
  })()
  try {
    return (await prometheus.waitFor(name)).instance
  } finally {
    state.isDone = true
    await worker
  }
}

/** A batch job that succeeded two days ago, and one that has just failed. */
async function failBatch(path: string): Promise<void> {
  const past = new Date(Date.now() - 2 * DAY_MS)
  const counts = { pools: 3, files: 12, rows: 48, rejected: 0 }
  const summary = { ...counts, warnings: [], input_warnings: [] } as unknown as BuildSummary
  await withBatchMetrics({ path, progress: SILENT, now: () => past }, async () => summary)
  const fail = () => Promise.reject(new PipelineError('no'))
  await withBatchMetrics({ path, progress: SILENT, now: () => new Date() }, fail).catch(() => null)
}

describe('deploy/monitoring', () => {
  it('has rules that promtool finds right, each tried with a series that fires it and one that does not', async () => {
    await run('promtool', ['check', 'rules', 'rules.yaml'], { cwd: MONITORING })
    await run('promtool', ['test', 'rules', 'rules.test.yaml'], { cwd: MONITORING })
  })

  it('fires each alert by a real fault, and asks for nothing that is not there', {
    timeout: 240_000,
  }, async () => {
    const rules = parse(await readFile(join(MONITORING, 'rules.yaml'), 'utf8')) as {
      groups: { rules: { alert: string }[] }[]
    }
    const fired = new Map<string, string>()
    await withFolder((folder) =>
      withPrograms(async (start) => {
        const artifacts = join(folder, 'old')
        const denylist = join(folder, 'denylist.txt')
        const input = join(folder, 'in')
        const live = join(folder, 'live')
        const textfiles = join(folder, 'textfiles')
        const collected = join(folder, 'collected')
        const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()])
        const [port, ops, followOps, exporter] = ports
        const url = `http://127.0.0.1:${port}`
        await writeOldBuild(artifacts)
        await writeFile(denylist, 'campaign 9\n')
        await writeFiles(input, smallWorld())
        await mkdir(textfiles)
        await failBatch(join(textfiles, 'banner_pools.prom'))

        // Nobody reads the log of this server: the device is always full.
        const words = ['--artifacts', artifacts, '--port', `${port}`, '--ops-port', `${ops}`]
        const collect = ['--collect', collected, '--collect-to', NO_BROKER]
        const flags = [...words, '--denylist', denylist, '--access-log', ...collect]
        const server = startProgram(start, 'serve', flags, openSync('/dev/full', 'w'))
        const followed = ['follow', '--input', input, '--out', live, '--ops-port', `${followOps}`]
        const bucket = ['--bucket', 's3://none/pools']
        startProgram(start, 'pools', [...followed, ...bucket])
        start('prometheus-node-exporter', [
          '--collector.disable-defaults',
          '--collector.textfile',
          `--collector.textfile.directory=${textfiles}`,
          `--web.listen-address=127.0.0.1:${exporter}`,
        ])
        await waitForAnswer(`http://127.0.0.1:${ops}/livez`)
        await waitForAnswer(`http://127.0.0.1:${followOps}/readyz`)
        const targets = {
          server: `127.0.0.1:${ops}`,
          follower: `127.0.0.1:${followOps}`,
          batch: `127.0.0.1:${exporter}`,
        }

        await withPrometheus(folder, targets, async (prometheus) => {
          const waitFor = async (name: string) => {
            fired.set(name, (await prometheus.waitFor(name)).instance)
          }
          const provoke = async (name: string, again: () => Promise<unknown>) => {
            fired.set(name, await fire(prometheus, name, again))
          }
          await waitFor('BannerPoolsBuildIsStale')
          await waitFor('BannerPoolsBatchFailed')
          await waitFor('BannerPoolsBatchIsSilent')

          await startEpoch(artifacts, BUILD_ID)
          const change = { buildId: BUILD_ID, n: 1, campaigns: { 7: [30] } }
          const manifest = await readFile(join(artifacts, 'builds', BUILD_ID, 'manifest.json'))
          const previous = createHash('sha256').update(manifest).digest('hex')
          await publishChange(artifacts, { ...change, previous })
          await provoke('BannerPoolsManyRepeats', () =>
            fetch(`${url}/campaigns/8`, { headers: { cookie: 'last=31' } }),
          )
          fired.set(
            'BannerPoolsAnswersAreSlow',
            await fire(prometheus, 'BannerPoolsAnswersAreSlow', () => fetch(`${url}/campaigns/7`)),
          )
          await provoke('BannerPoolsManyAnswersWithoutBanner', () =>
            fetch(`${url}/campaigns/7?exclude=30,10`),
          )
          await waitFor('BannerPoolsLogLinesAreLost')
          await waitFor('BannerPoolsBucketCopyFails')
          await provoke('BannerPoolsMoreClicksThanImpressions', () => clickUnseen(url))

          await assertDashboard(prometheus)

          await waitFor('BannerPoolsEventsAreNotSent')
          await rm(collected, { recursive: true })
          await provoke('BannerPoolsEventsAreNotWritten', () => clickUnseen(url))
          await provoke('BannerPoolsSocketsAreRefused', () => sendNonsense(port))
          await provoke('BannerPoolsEventLoopStalls', () => pause(server))
          await publishChange(artifacts, { ...change, n: 3, previous: 'f'.repeat(64) })
          await waitFor('BannerPoolsChangesAreNotApplied')
          await writeFile(denylist, 'what?\n')
          await waitFor('BannerPoolsDenylistIsNotInForce')
          await writeFile(join(artifacts, 'builds', BUILD_ID, 'manifest.json'), '{}')
          await waitFor('BannerPoolsBuildIsNotTaken')

          const clicks = join(input, '1/clicks_1.csv')
          await provoke('BannerPoolsFollowerRejectsManyLines', () => appendFile(clicks, 'x,y,z\n'))
          await writeFile(join(input, '1/clicks_bad.csv'), 'click_id,banner\n1,2\n')
          await waitFor('BannerPoolsFollowerIsFrozen')
          appendFileSync(clicks, '990,32,7\n')
          await waitFor('BannerPoolsFollowerLags')
          await holdPublication(live, { reason: 'test', now: () => new Date() })
          await waitFor('BannerPoolsFollowerIsHeld')

          server.kill('SIGKILL')
          await waitFor('BannerPoolsDown')
        })
      }),
    )
    const names = rules.groups.flatMap((group) => group.rules.map(({ alert }) => alert))

    expect([...fired.keys()].sort()).toEqual([...names].sort())
    expect(Object.fromEntries(fired)).toMatchObject({
      BannerPoolsBatchFailed: 'batch',
      BannerPoolsDown: 'server',
      BannerPoolsFollowerIsFrozen: 'follower',
      BannerPoolsManyRepeats: 'server',
    })
  })
})

/** Every query of the dashboard gives a number. */
async function assertDashboard(prometheus: Prometheus): Promise<void> {
  const silent: string[] = []
  for (const [query] of ROWS.flatMap((row) => row.panels.flatMap((panel) => panel.queries))) {
    const asked = query.replaceAll('$__rate_interval', '5s').replaceAll('$instance', '.*')
    const series = await prometheus.query(asked)
    if (!series.some(([, value]) => Number.isFinite(value))) silent.push(query)
  }
  expect(silent).toEqual([])
}

/** A click on a banner whose impression nobody reported. */
async function clickUnseen(url: string): Promise<void> {
  const headers = {
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0',
  }
  const answer = await fetch(`${url}/campaigns/7`, { headers })
  const { click_url } = (await answer.json()) as { click_url: string }
  await fetch(click_url, { headers, redirect: 'manual' })
}

async function sendNonsense(port: number): Promise<void> {
  for (let count = 0; count < 10; count++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    socket.write('NONSENSE\r\n\r\n')
    socket.resume()
    await once(socket, 'close')
  }
}

/** A process that gets no processor, as in an overloaded machine. */
async function pause(child: ChildProcess): Promise<void> {
  child.kill('SIGSTOP')
  await sleep(700)
  child.kill('SIGCONT')
  await sleep(500)
}
