/** Visitors of a server that collects, while its processes and the follower are killed: the batch counts what they did. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { BANNER_STATS_FILE } from '../../contract/schema.ts'
import { quotedString, readRows, withDatabase } from '../../pipeline/base/database.ts'
import { rowsOf, writeBuild } from '../../scripts/lib/pool-files.ts'
import { freePort } from '../../scripts/lib/ports.ts'
import { PROGRAMS } from '../../scripts/lib/programs.ts'
import { findState } from '../../scripts/lib/published-state.ts'
import { runServer } from '../../scripts/lib/run-server.ts'
import { BROWSER_AGENT, type CrowdResult, sendCrowd } from '../../scripts/lib/visitors.ts'
import { runPools } from '../helpers/cli.ts'
import { withFolder, writeFiles } from '../helpers/folders.ts'
import { type FollowerProcess, spawnFollower } from '../helpers/follow-process.ts'
import { seededRandom } from '../helpers/seeded-random.ts'
import { size } from '../helpers/size.ts'
import { runWatch } from '../helpers/watch.ts'

const SEED = Number(process.env.BANNER_POOLS_TEST_SEED ?? Date.now() % 1_000_000)
const KILLS = size(6, 30)
const VISITORS = size(1_500, 10_000)
const FORGED = size(2_000, 10_000)
const MINUTES = 60_000
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const TOKEN = 'token-of-the-shop-1'
const KEY = 'a key of the test that is long enough'
const CAMPAIGNS = [12, 13, 14, 15, 16]
const POOLS = Object.fromEntries(
  CAMPAIGNS.map((id) => [id, [1, 2, 3, 4, 5, 6].map((n) => 100 * id + n)]),
)

/** A server that comes back at the same address. */
class KilledServer {
  readonly url: string
  readonly #words: readonly string[]
  #ops: string
  #child: ChildProcess | undefined
  #log = ''

  constructor(port: number, opsPort: number, flags: readonly string[]) {
    this.url = `http://127.0.0.1:${port}`
    this.#ops = `http://127.0.0.1:${opsPort}`
    const own = ['--port', String(port), '--ops-port', String(opsPort), '--workers', '2']
    this.#words = [PROGRAMS.serve, ...own, ...flags]
  }

  async start(): Promise<void> {
    const env = { ...process.env, BANNER_POOLS_EVENT_KEY: KEY }
    const child = spawn(process.execPath, this.#words, {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#child = child
    this.#log = ''
    child.stderr?.on('data', (chunk) => (this.#log += chunk))
    // Workers of the one before may hold the port for a moment.
    while (!this.#log.includes('listening on')) {
      if (child.exitCode !== null) return this.start()
      await sleep(20)
    }
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  async killWorker(random: () => number): Promise<void> {
    const answer = await fetch(`${this.#ops}/readyz`).catch(() => undefined)
    const { processes = [] } = ((await answer?.json().catch(() => ({}))) ?? {}) as {
      processes?: number[]
    }
    const pid = processes[Math.floor(random() * processes.length)]
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  }
}

describe('a crowd of visitors', () => {
  it(
    `of ${VISITORS} is counted exactly through ${KILLS} kills of server, workers and follower, seed ${SEED}`,
    async () => {
      await withFolder(async (folder) => {
        const random = seededRandom(SEED)
        const [artifacts, events, out] = ['artifacts', 'events', 'out'].map((name) =>
          join(folder, name),
        ) as [string, string, string]
        await writeFiles(artifacts, { 'README.md': '' })
        await writeBuild(artifacts, rowsOf(POOLS))
        await writeFile(join(folder, 'tokens'), `shop ${TOKEN}\n`)
        const server = new KilledServer(await freePort(), await freePort(), [
          ...['--artifacts', artifacts, '--collect', events],
          ...[
            '--conversion-tokens',
            join(folder, 'tokens'),
            '--click-url',
            'https://shop.example/',
          ],
        ])
        await server.start()
        let follower: FollowerProcess = spawnFollower(events, out, ['--build-every', '5'])
        const crowd = sendCrowd({
          ...{ url: server.url, campaigns: CAMPAIGNS, visitors: VISITORS, concurrency: 24 },
          ...{ token: TOKEN, random: seededRandom(SEED + 1), patienceMs: 2 * MINUTES },
        })
        let isOver = false
        const kills = (async () => {
          for (let kill = 0; kill < KILLS && !isOver; kill++) {
            await sleep(random() * 1_500)
            if (kill % 3 === 0) {
              await server.end('SIGKILL')
              await server.start()
            } else if (kill % 3 === 1) await server.killWorker(random)
            else {
              await follower.kill()
              follower = spawnFollower(events, out, ['--build-every', '5'])
            }
          }
        })()
        const result = await crowd.finally(() => {
          isOver = true
        })
        await kills
        await server.end('SIGTERM')
        await follower.stop()

        const batch = join(folder, 'batch')
        const built = await runPools('build', '--input', events, '--out', batch)
        expect(built).toMatchObject({ code: 0 })
        expect(await readCounts(batch)).toEqual(expectedCounts(result))
        expect(result.conversions).toBeGreaterThan(VISITORS / 20)
        const rejected = await readRejected(events)
        for (const [reason, tokens] of result.rejected) {
          expect(tokens.size).toBeGreaterThan(0)
          expect([...tokens].filter((token) => !rejected.has(`${reason} ${token}`))).toEqual([])
        }
        // What the follower published last is what a batch makes, too.
        const last = spawnFollower(events, out)
        await last.waitFor('following')
        expect(await last.stop()).toBe(0)
        expect(await readCounts(out)).toEqual(expectedCounts(result))
      })
    },
    20 * MINUTES,
  )
})

describe('the loop', () => {
  it(
    'shows, counts, ranks by what was counted, and serves that',
    async () => {
      await withFolder(async (folder) => {
        const [events, out] = [join(folder, 'events'), join(folder, 'out')]
        await writeFiles(events, firstLogs())
        await writeFile(join(folder, 'tokens'), `shop ${TOKEN}\n`)
        const follower = spawnFollower(events, out, ['--build-every', '600'])
        await expect.poll(() => findState(out), { timeout: 2 * MINUTES }).not.toBeNull()
        const flags = ['--artifacts', out, '--port', '0', '--collect', events]
        const more = [
          '--conversion-tokens',
          join(folder, 'tokens'),
          '--click-url',
          'https://shop.example/',
        ]
        await runServer([...flags, ...more], async (url) => {
          const before = await askBanner(url)
          await sendCrowd({
            ...{ url, campaigns: [12], visitors: 40, concurrency: 4, token: TOKEN },
            ...{ random: seededRandom(SEED), patienceMs: MINUTES },
          })
          const { banner_id, dataset } = await earn(url, 999_999)
          const words = [
            'explain',
            '--artifacts',
            out,
            '12',
            '--dataset',
            String(dataset),
            '--json',
          ]
          await expect
            .poll(async () => (await runPools(...words)).stdout, {
              timeout: MINUTES,
              interval: 100,
            })
            .toMatch(new RegExp(`"banner_id": ?${banner_id},[^}]*"revenue": ?"?(?:999999|1\\d{6})`))
          await expect
            .poll(async () => (await askBanner(url)).build_id, { timeout: MINUTES })
            .not.toBe(before.build_id)
        })
        expect(await follower.stop()).toBe(0)
      })
    },
    5 * MINUTES,
  )
})

describe('a watch of a folder that a server collects into', () => {
  it(
    'builds what was counted while visitors go on coming, and once they stay away',
    async () => {
      await withFolder(async (folder) => {
        const [events, out] = [join(folder, 'events'), join(folder, 'out')]
        await writeFiles(events, firstLogs())
        await writeFile(join(folder, 'tokens'), `shop ${TOKEN}\n`)
        const watched = ['--input', events, '--out', out, '--threads', '1', '--json']
        await runWatch([...watched, '--settle', '2', '--interval', '0.2'], async (results) => {
          expect(await results.next()).toMatchObject({ status: 'built' })
          const flags = ['--artifacts', out, '--port', '0', '--collect', events]
          const target = ['--click-url', 'https://shop.example/']
          const tokens = ['--conversion-tokens', join(folder, 'tokens')]
          await runServer([...flags, ...tokens, ...target], async (url) => {
            const before = await askBanner(url)
            const { banner_id, dataset } = await earn(url, 999_999)
            let seen = 0
            let isOver = false
            const visitors = (async () => {
              for (; !isOver; await sleep(50)) seen += await see(url)
            })()
            const words = ['explain', '--artifacts', out, '12', '--dataset', String(dataset)]
            const earned = new RegExp(
              `"banner_id": ?${banner_id},[^}]*"revenue": ?"?(?:9999|1000)\\d\\d`,
            )
            await expect
              .poll(async () => (await runPools(...words, '--json')).stdout, { timeout: MINUTES })
              .toMatch(earned)
              .finally(() => {
                isOver = true
              })
            await visitors
            await expect
              .poll(async () => (await askBanner(url)).build_id, { timeout: MINUTES })
              .not.toBe(before.build_id)
            // The last of them, too: 24 stood in the logs before, one bought.
            await expect
              .poll(async () => sumOf(await readCounts(out)), { timeout: MINUTES })
              .toBe(24 + 1 + seen)
          })
        })
      })
    },
    5 * MINUTES,
  )
})

describe('a server that collects', () => {
  it(
    `counts none of ${FORGED} forged and old tokens, and leads none of them elsewhere, seed ${SEED}`,
    async () => {
      await withFolder(async (folder) => {
        const random = seededRandom(SEED)
        await writeBuild(folder, rowsOf(POOLS))
        await writeFile(join(folder, 'tokens'), `shop ${TOKEN}\n`)
        const events = join(folder, 'events')
        const flags = [
          '--artifacts',
          folder,
          '--port',
          '0',
          '--collect',
          events,
          '--click-url',
          'https://shop.example/',
        ]
        await runServer([...flags, '--conversion-tokens', join(folder, 'tokens')], async (url) => {
          const headers = { 'user-agent': BROWSER_AGENT, authorization: `Bearer ${TOKEN}` }
          const { click_url } = (await (
            await fetch(`${url}/campaigns/12`, { headers })
          ).json()) as { click_url: string }
          const good = click_url.slice(click_url.lastIndexOf('/') + 1)
          const failures: string[] = []
          const attack = async (i: number) => {
            const token = forge(good, random, i)
            const kind = ['clicks', 'impressions', 'conversions'][i % 3]
            const init: RequestInit =
              kind === 'conversions'
                ? {
                    method: 'POST',
                    body: JSON.stringify({
                      conversion_id: i + 1,
                      click_id: forgeClickId(random, i),
                      revenue: 1,
                    }),
                  }
                : { redirect: 'manual' }
            const path = kind === 'conversions' ? '/conversions' : `/${kind}/${token}`
            const response = await fetch(url + path, { ...init, headers })
            await response.arrayBuffer()
            const right = {
              clicks: [404, 400, 414],
              impressions: [204, 400, 404, 414],
              conversions: [422],
            }[kind ?? '']
            if (!right?.includes(response.status)) failures.push(`${response.status} ${path}`)
          }
          for (let i = 0; i < FORGED; i += 20) {
            await Promise.all(Array.from({ length: 20 }, (_, k) => attack(i + k)))
          }
          expect(failures).toEqual([])
        })
        const lines = await Promise.all(
          ['1', '2', '3', '4'].map(async (dataset) => {
            const files = await readdir(join(events, dataset))
            const texts = await Promise.all(
              files.map((file) => readFile(join(events, dataset, file), 'utf8')),
            )
            return texts.flatMap((text) =>
              text
                .split('\n')
                .slice(1)
                .filter((line) => line !== ''),
            )
          }),
        )
        expect(lines.flat()).toEqual([])
      })
    },
    10 * MINUTES,
  )
})

interface AskedBanner {
  readonly banner_id: number
  readonly dataset: number
  readonly build_id: string
  readonly impression_url: string
  readonly click_url: string
}

async function askBanner(url: string): Promise<AskedBanner> {
  const headers = { 'user-agent': BROWSER_AGENT }
  return (await (await fetch(`${url}/campaigns/12`, { headers })).json()) as AskedBanner
}

/** A visitor sees a banner, clicks, and buys for so much. */
async function earn(url: string, revenue: number): Promise<AskedBanner> {
  const headers = { 'user-agent': BROWSER_AGENT }
  const banner = await askBanner(url)
  await fetch(banner.impression_url, { headers })
  const click = await fetch(banner.click_url, { headers, redirect: 'manual' })
  const click_id = new URL(click.headers.get('location') ?? '').searchParams.get('click_id')
  const response = await fetch(`${url}/conversions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ conversion_id: 987_654_321, click_id, revenue }),
  })
  expect(response.status).toBe(200)
  return banner
}

/** A visitor sees a banner. */
async function see(url: string): Promise<number> {
  const { impression_url } = await askBanner(url)
  const { status } = await fetch(impression_url, { headers: { 'user-agent': BROWSER_AGENT } })
  return status === 204 ? 1 : 0
}

function sumOf(counts: readonly object[]): number {
  return counts.reduce((sum, row) => sum + (row as { impressions: number }).impressions, 0)
}

/** Six banners that were seen before anything was collected, of which one was bought. */
function firstLogs(): Record<string, string> {
  const banners = [101, 102, 103, 104, 105, 106]
  const files = [1, 2, 3, 4].map((dataset) => ({
    [`${dataset}/impressions.csv`]: `banner_id,campaign_id\n${banners.map((id) => `${id},12\n`).join('')}`,
    [`${dataset}/clicks.csv`]: `click_id,banner_id,campaign_id\n${banners.map((id) => `${id},${id},12\n`).join('')}`,
    [`${dataset}/conversions.csv`]: 'conversion_id,click_id,revenue\n900000001,101,5\n',
  }))
  return Object.assign({}, ...files)
}

/** A character or some changed, cut, doubled, of random bytes, or too long. */
function forge(good: string, random: () => number, i: number): string {
  const at = Math.floor(random() * good.length)
  switch (i % 6) {
    case 0:
      return good.slice(0, at) + (good[at] === 'A' ? 'B' : 'A') + good.slice(at + 1)
    case 1:
      return good.slice(0, at)
    case 2:
      return good + good.slice(at)
    case 3:
      return randomBytes(67).toString('base64url')
    case 4:
      return 'A'.repeat(1 + Math.floor(random() * 8_000))
    default:
      return encodeURIComponent(`${good.slice(0, at)}\u0000/../${good.slice(at)}`)
  }
}

/** Counted upwards, with a code that is made up. */
function forgeClickId(random: () => number, i: number): string {
  const code = randomBytes(17).toString('base64url').slice(0, 22)
  return random() < 0.5 ? `${2 ** 52 + i}.${code}` : `${2 ** 52 + i}`
}

async function readCounts(folder: string): Promise<object[]> {
  const file = quotedString(join(folder, BANNER_STATS_FILE))
  return withDatabase(':memory:', { threads: 1, memoryLimit: '500MB' }, (connection) =>
    readRows(
      connection,
      `select dataset::integer as dataset, campaign_id::integer as campaign_id, banner_id::integer as banner_id, impressions::integer as impressions, clicks::integer as clicks, conversions::integer as conversions, (revenue * 100)::integer as cents from ${file} order by all`,
    ),
  )
}

function expectedCounts({ accounts }: CrowdResult): object[] {
  const rows = [...accounts].map(([key, { impressions, clicks, conversions, revenue: cents }]) => {
    const [dataset = 0, campaign_id = 0, banner_id = 0] = key.split(' ').map(Number)
    return { dataset, campaign_id, banner_id, impressions, clicks, conversions, cents }
  })
  const seen = rows.filter(({ impressions, clicks }) => impressions + clicks > 0)
  return seen.sort(
    (a, b) => a.dataset - b.dataset || a.campaign_id - b.campaign_id || a.banner_id - b.banner_id,
  )
}

/** `<reason> <event>` of all that is kept beside. */
async function readRejected(events: string): Promise<Set<string>> {
  const folder = join(events, '.collect')
  const files = (await readdir(folder)).filter((file) => file.startsWith('rejected-'))
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  const lines = texts
    .join('')
    .split('\n')
    .filter((line) => line !== '')
  return new Set(
    lines.map((line) => JSON.parse(line)).map(({ reason, event }) => `${reason} ${event}`),
  )
}
