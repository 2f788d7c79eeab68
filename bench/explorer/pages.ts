/**
 * Pages of the explorer with many campaigns, while the plain route is under constant load, and that load without pages.
 *
 *     npx tsx bench/explorer/pages.ts --date 2026-11-30 [--campaigns 1000000] [--rate 2000] [--seconds 20]
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { runServer } from '../../scripts/lib/run-server.ts'
import { describeMachine, formatCount, formatMs, formatTable, writeSection } from '../document.ts'
import type { Reply } from '../load/load-connection.ts'
import { generateLoad, type LoadResult } from '../load/load-generator.ts'
import { countFaults, formatRuns, LOAD_TEST_DOCUMENT } from '../load/load-report.ts'
import { LARGE_BUILD_IDS, writeLargeBuilds } from './large-builds.ts'

const CONNECTIONS = 32
const MAX_SECONDS = 60
const READING = 'are being read'

const { values } = parseArgs({
  options: {
    date: { type: 'string' },
    campaigns: { type: 'string', default: '1000000' },
    rate: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '20' },
  },
})
const [campaigns, rate] = [Number(values.campaigns), Number(values.rate)]
const seconds = Math.min(MAX_SECONDS, Number(values.seconds))
if (values.date === undefined) throw new Error('--date must be given, as 2026-11-30')

const [older, newer] = LARGE_BUILD_IDS
const PAGES: readonly (readonly [name: string, path: (turn: number) => string])[] = [
  ['home', (turn) => `/?page=${turn + 1}`],
  ['home, by change', (turn) => `/?sort=change&page=${turn + 1}`],
  ['home, ids that begin with digits', (turn) => `/?q=${10 + turn}`],
  ['campaign', (turn) => `/explorer/campaigns/${1 + ((turn * 9973) % campaigns)}`],
  ['banner of a campaign', (turn) => `/explorer/campaigns/${1 + turn}/banners/${8 + turn * 7}`],
  ['banner in all campaigns', (turn) => `/explorer/banners/${1 + turn}`],
  ['builds', (turn) => `/explorer/builds?page=${turn + 1}`],
  ['build', () => `/explorer/builds/${newer}`],
  [
    'difference of two builds',
    (turn) => `/explorer/builds/${newer}/diff?from=${older}&page=${turn + 1}`,
  ],
]

interface PageTimes {
  readonly name: string
  /** Milliseconds until the page came with all figures, at the first visit and as the median of others. */
  readonly firstMs: number
  readonly medianMs: number
  /** Of the slowest single answer: a page says that it waits rather than to hold its visitor. */
  readonly slowestMs: number
}

await withTemporaryFolder(async (folder) => {
  const artifacts = join(folder, 'out')
  await writeLargeBuilds(artifacts, campaigns)
  const machine = describeMachine()
  await runServer(['--artifacts', artifacts, '--port', '0'], async (url, child) => {
    const load = () => loadPlainRoute(new URL(url))
    const before = await readMemory(child.pid)
    const alone = await load()
    const [beside, pages] = await Promise.all([load(), visitPages(url)])
    const after = await readMemory(child.pid)
    await report(machine, { alone, beside, pages, memory: [before, after] })
  })
})

function loadPlainRoute(url: URL): Promise<LoadResult> {
  let turn = 0
  const next = () => {
    turn++
    const id = 1 + ((turn * 7919) % campaigns)
    return {
      text: `GET /campaigns/${id} HTTP/1.1\r\nHost: ${url.host}\r\nAccept: */*\r\n\r\n`,
      faultOf: ({ status }: Reply) => (status === 200 ? undefined : `status ${status}`),
    }
  }
  const target = { host: url.hostname, port: Number(url.port), connections: CONNECTIONS, next }
  return generateLoad({ ...target, rate, seconds })
}

async function visitPages(url: string): Promise<PageTimes[]> {
  const pages: PageTimes[] = []
  for (const [name, path] of PAGES) {
    const times: number[] = []
    let slowestMs = 0
    for (let turn = 0; turn < 6; turn++) {
      const startMs = performance.now()
      for (;;) {
        const askedMs = performance.now()
        const response = await fetch(url + path(turn), { headers: { accept: 'text/html' } })
        const html = await response.text()
        slowestMs = Math.max(slowestMs, performance.now() - askedMs)
        if (response.status === 200 && !html.includes(READING)) break
        if (response.status !== 200 && response.status !== 503) {
          throw new Error(`${name}: status ${response.status}`)
        }
      }
      times.push(performance.now() - startMs)
    }
    const [firstMs = 0, ...others] = times
    const medianMs = others.sort((a, b) => a - b)[Math.floor(others.length / 2)] ?? 0
    pages.push({ name, firstMs, medianMs, slowestMs })
  }
  return pages
}

/** MB that a process holds in memory now. */
async function readMemory(pid = 0): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024
}

async function report(
  machine: string,
  {
    alone,
    beside,
    pages,
    memory: [before, after],
  }: { alone: LoadResult; beside: LoadResult; pages: PageTimes[]; memory: [number, number] },
): Promise<void> {
  const rows = pages.map(({ name, ...times }) => [name, ...Object.values(times).map(formatMs)])
  const text = [
    `${values.date}, ${machine}; ${formatCount(campaigns)} campaigns, two builds with a history.`,
    `The plain route alone, then while the pages below were asked for, one after another:`,
    formatRuns([
      { rate, result: alone },
      { rate, result: beside },
    ]),
    formatTable(['page', 'first ms', 'median of 5 others ms', 'slowest answer ms'], rows),
    `The server held ${formatCount(before)} MB before, ${formatCount(after)} MB after.`,
  ].join('\n\n')
  console.log(text)
  await writeSection(LOAD_TEST_DOCUMENT, 'pages', text)
  if (countFaults(alone) + countFaults(beside) > 0) process.exitCode = 1
}
