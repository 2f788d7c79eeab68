/**
 * What a proxy in front costs: one server asked directly, and through each file of deploy/proxy, at its port and at its
 * socket, at one constant rate in turn. The generator speaks no TLS and is one client, so the files' TLS and their limits
 * for each client are taken out; all else is as it is there.
 *
 *     apt-get install nginx-light caddy haproxy
 *     npx tsx bench/load/proxy.ts --date 2026-11-30 [--rate 2000] [--seconds 5] [--rounds 3] [--write false]
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { runServer } from '../../scripts/lib/run-server.ts'
import { describeMachine, formatCount, formatMs, formatTable, writeSection } from '../document.ts'
import { buildSample } from '../sample-pools.ts'
import { median } from '../statistics.ts'
import { generateLoad, type LoadRequest, type LoadResult } from './load-generator.ts'
import { countFaults, LOAD_TEST_DOCUMENT, percentile } from './load-report.ts'
import { createVisitors, readKnownPools } from './load-visitors.ts'
import { PROXY_NAMES, type RunningProxy, startProxy } from './proxy-programs.ts'

const WARM_UP_SECONDS = 2
const CONNECTIONS = 64
const HEAD = ['asked', 'requests', 'errors', 'p50 ms', 'p90 ms', 'p99 ms', 'p99.9 ms']

interface Target {
  readonly label: string
  readonly port: number
}

const { values } = parseArgs({
  options: {
    date: { type: 'string', default: new Date().toISOString().slice(0, 10) },
    rate: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    write: { type: 'string', default: 'true' },
  },
})
const rate = Number(values.rate)
const seconds = Number(values.seconds)
const rounds = Number(values.rounds)

await withTemporaryFolder(async (folder) => {
  const artifacts = await buildSample(folder)
  const socket = join(folder, 'server.sock')
  const own = ['--artifacts', artifacts, '--trust-proxy']
  await runServer([...own, '--port', '0'], async (url) => {
    await runServer([...own, '--host', `unix:${socket}`], async () => {
      const { host, port } = new URL(url)
      const running: RunningProxy[] = []
      const targets: Target[] = [{ label: 'directly', port: Number(port) }]
      try {
        for (const [place, server] of [
          ['port', host],
          ['socket', socket],
        ] as const) {
          for (const name of PROXY_NAMES) {
            const own = join(folder, `${name}-${place}`)
            await mkdir(own)
            const proxy = await startProxy(name, { folder: own, server })
            running.push(proxy)
            targets.push({ label: `${name}, to a ${place}`, port: proxy.port })
          }
        }
        await measure(targets, artifacts)
      } finally {
        await Promise.all(running.map((proxy) => proxy.stop()))
      }
    })
  })
})

async function measure(targets: readonly Target[], artifacts: string): Promise<void> {
  const machine = describeMachine()
  const next = createVisitors(await readKnownPools(artifacts), 'localhost')
  const results = new Map<string, LoadResult[]>(targets.map(({ label }) => [label, []]))
  for (const { port } of targets) await load({ port, seconds: WARM_UP_SECONDS, next })
  for (let round = 0; round < rounds; round++) {
    for (const { label, port } of targets) {
      results.get(label)?.push(await load({ port, seconds, next }))
    }
  }
  const facts = `${values.date}, ${machine}; ${formatCount(rate)} requests a second for ${seconds} s over ${CONNECTIONS} connections, medians of ${rounds} interleaved rounds.`
  const text = `${facts}\n\n${formatTable(HEAD, [...results].map(formatRow))}${formatFaults(results)}`
  console.log(text)
  if (values.write === 'true') await writeSection(LOAD_TEST_DOCUMENT, 'proxy', text)
}

function load(asked: { port: number; seconds: number; next: () => LoadRequest }) {
  return generateLoad({ ...asked, rate, host: '127.0.0.1', connections: CONNECTIONS })
}

function formatRow([label, results]: [string, readonly LoadResult[]]): string[] {
  const at = (share: number) =>
    formatMs(median(results.map(({ latenciesMs }) => percentile(latenciesMs, share))))
  return [
    label,
    formatCount(results.reduce((sum, { requests }) => sum + requests, 0)),
    formatCount(results.reduce((sum, result) => sum + countFaults(result), 0)),
    ...[0.5, 0.9, 0.99, 0.999].map(at),
  ]
}

/** What was wrong, by kind: a machine that cannot keep up shows as answers that come too late, directly, too. */
function formatFaults(results: ReadonlyMap<string, readonly LoadResult[]>): string {
  const lines: string[] = []
  for (const [label, ofLabel] of results) {
    const counts = new Map<string, number>()
    for (const { faults } of ofLabel) {
      for (const [fault, count] of faults) counts.set(fault, (counts.get(fault) ?? 0) + count)
    }
    for (const [fault, count] of counts) lines.push(`${label}: ${fault} ${formatCount(count)} ×`)
  }
  return lines.length === 0 ? '' : `\n\nErrors: ${lines.join('; ')}.`
}
