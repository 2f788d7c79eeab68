/**
 * The tails of a constant load while a build of a million pools takes the place of another every 10 s, beside those of the
 * fastest bare `node:http` server under the same load. Requests are timed from when they were due.
 *
 *     npx tsx bench/load/reload-million.ts --date 2026-11-30 [--rate 10000] [--seconds 40]
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { runServer } from '../../scripts/lib/run-server.ts'
import { describeMachine, formatMs, formatTable, writeSection } from '../document.ts'
import { generateLoad, type LoadRequest, type LoadResult } from './load-generator.ts'
import { countFaults, formatRuns, LOAD_TEST_DOCUMENT, percentile } from './load-report.ts'
import { addBuild, CAMPAIGNS, publish } from './million-pools.ts'

const BUILDS = ['aaaaaaaa', 'bbbbbbbb'] as const
const CONNECTIONS = 64
const RELOAD_EVERY_MS = 10_000
const WARM_UP = { rate: 2_000, seconds: 5 }

const { values } = parseArgs({
  options: {
    date: { type: 'string' },
    rate: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '40' },
  },
})
const [rate, seconds] = [Number(values.rate), Number(values.seconds)]
if (values.date === undefined) throw new Error('--date must be given, as 2026-11-30')

const machine = describeMachine()
await withTemporaryFolder(async (folder) => {
  for (const id of BUILDS) await addBuild(folder, id)
  await publish(folder, BUILDS[0])
  const seen = new Set<string>()
  const results = new Map<string, LoadResult>()
  let answer: object = {}
  await runServer(['--artifacts', folder, '--port', '0'], async (address) => {
    const url = new URL(address)
    answer = await takeAnswer(url)
    results.set('server', await load(url, createRequests(url.host, new Set())))
    const timer = startReloads(folder)
    results.set('server, reloads', await load(url, createRequests(url.host, seen)))
    clearInterval(timer)
  })
  await runFloor(answer, async (url) => {
    results.set('bare node:http', await load(url, createRequests(url.host, new Set())))
  })
  await report(results, seen)
})

/** What the bare server sends too. */
async function takeAnswer(url: URL): Promise<object> {
  const response = await fetch(new URL('/campaigns/12', url))
  const headers = Object.fromEntries(response.headers)
  for (const name of ['connection', 'keep-alive', 'date', 'content-length']) delete headers[name]
  return { headers, body: await response.text() }
}

async function load(url: URL, next: () => LoadRequest): Promise<LoadResult> {
  const target = { host: url.hostname, port: Number(url.port), connections: CONNECTIONS, next }
  await generateLoad({ ...target, ...WARM_UP })
  return generateLoad({ ...target, rate, seconds })
}

function startReloads(folder: string): NodeJS.Timeout {
  let turn = 0
  return setInterval(() => publish(folder, BUILDS[++turn % 2] ?? BUILDS[0]), RELOAD_EVERY_MS)
}

/** @param seen - Gets the builds that answers name. */
function createRequests(host: string, seen: Set<string>): () => LoadRequest {
  let turn = 0
  return () => {
    const campaign = ((turn++ * 7919) % CAMPAIGNS) + 1
    return {
      text: `GET /campaigns/${campaign} HTTP/1.1\r\nHost: ${host}\r\nAccept: */*\r\nCookie: last=103\r\n\r\n`,
      faultOf: ({ status, body }) => {
        const build = /"build_id":"(\w+)"/.exec(body)?.[1] ?? ''
        seen.add(build)
        if (status !== 200) return `status ${status}`
        return BUILDS.some((id) => id === build) ? undefined : 'a build that is not there'
      },
    }
  }
}

async function runFloor(answer: object, run: (url: URL) => Promise<void>): Promise<void> {
  const script = fileURLToPath(new URL('../serve/serve-target.ts', import.meta.url))
  const child = fork(script, ['floor', JSON.stringify(answer)])
  try {
    const [port] = await once(child, 'message')
    await run(new URL(`http://127.0.0.1:${port}`))
  } finally {
    child.kill()
  }
}

async function report(
  results: ReadonlyMap<string, LoadResult>,
  seen: ReadonlySet<string>,
): Promise<void> {
  const runs = [...results].map(([, result]) => ({ rate, result }))
  const tails = [...results].map(([name, result]) => [
    name,
    ...[0.5, 0.99, 0.999].map((share) => formatMs(percentile(result.latenciesMs, share))),
    ...[0.99, 0.999].map((share) => formatRatio(result, results.get('bare node:http'), share)),
  ])
  const text = [
    `${values.date}, ${machine}; ${seconds} s each over ${CONNECTIONS} connections: the server as it is, with a reload of a million pools every ${RELOAD_EVERY_MS / 1_000} s, and the bare server.`,
    formatRuns(runs),
    formatTable(
      ['under this load', 'p50 ms', 'p99 ms', 'p99.9 ms', 'p99 of bare', 'p99.9 of bare'],
      tails,
    ),
  ].join('\n\n')
  console.log(text)
  const faults = [...results.values()].reduce((sum, result) => sum + countFaults(result), 0)
  if (faults > 0 || seen.size < BUILDS.length) process.exitCode = 1
  await writeSection(LOAD_TEST_DOCUMENT, 'reload-million', text)
}

function formatRatio(result: LoadResult, bare: LoadResult | undefined, share: number): string {
  const tail = percentile(bare?.latenciesMs ?? new Float64Array(), share)
  return (percentile(result.latenciesMs, share) / tail).toFixed(2)
}
