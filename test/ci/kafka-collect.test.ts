/** Two machines that collect and send to Kafka, and a receiver: all of them, and the broker, are killed meanwhile. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { BANNER_STATS_FILE } from '../../contract/schema.ts'
import { quotedString, readRows, withDatabase } from '../../pipeline/base/database.ts'
import { createBroker, SHORT_SESSIONS } from '../../scripts/lib/kafka/broker.ts'
import { createTopics } from '../../scripts/lib/kafka/messages.ts'
import { rowsOf, writeBuild } from '../../scripts/lib/pool-files.ts'
import { freePort } from '../../scripts/lib/ports.ts'
import { BROWSER_AGENT, type CrowdResult, sendCrowd } from '../../scripts/lib/visitors.ts'
import { runPools } from '../helpers/cli.ts'
import { withFolder, writeFiles } from '../helpers/folders.ts'
import { type ProgramProcess, spawnProgram } from '../helpers/program-process.ts'
import { readReceived } from '../helpers/received.ts'
import { seededRandom } from '../helpers/seeded-random.ts'
import { size } from '../helpers/size.ts'

const SEED = Number(process.env.BANNER_POOLS_TEST_SEED ?? Date.now() % 1_000_000)
/** Of the broker, of each machine, and of the receiver. */
const KILLS = Number(process.env.BANNER_POOLS_KILLS ?? size(1, 2))
const VISITORS = 200 * KILLS
const MINUTES = 60_000
const TOKEN = 'token-of-the-shop-1'
const KEY = 'a key of the test that is long enough'
const CAMPAIGNS = [12, 13, 14]
const POOLS = Object.fromEntries(
  CAMPAIGNS.map((id) => [id, [1, 2, 3, 4, 5, 6].map((n) => 100 * id + n)]),
)
const [POOLS_FILE, SERVE_FILE, COMPILER] = ['bin/pools.mjs', 'bin/serve.mjs', 'scripts/compile.mjs']
const HEADERS = { 'user-agent': BROWSER_AGENT }

/** A program that is started again with the same words. */
class Restarted {
  readonly #words: readonly string[]
  readonly #sign: string
  #process: ProgramProcess | null = null

  /** @param sign - What it logs once it is ready. */
  constructor(words: readonly string[], sign: string) {
    this.#words = words
    this.#sign = sign
  }

  async start(): Promise<void> {
    this.#process = spawnProgram(this.#words, { BANNER_POOLS_EVENT_KEY: KEY })
    await this.#process.waitFor(this.#sign)
  }

  async kill(): Promise<void> {
    await this.#process?.kill()
  }

  stop(): Promise<number | null> {
    return this.#process?.stop() ?? Promise.resolve(null)
  }
}

describe('serve --collect-to', () => {
  it(
    `counts each event of two machines once through ${KILLS} kills each, seed ${SEED}`,
    async () => {
      await withFolder(async (folder) => {
        const [artifacts, input, out] = ['artifacts', 'in', 'out'].map((name) =>
          join(folder, name),
        ) as [string, string, string]
        await writeFiles(artifacts, { 'README.md': '' })
        await writeBuild(artifacts, rowsOf(POOLS))
        await writeFile(join(folder, 'tokens'), `shop ${TOKEN}\n`)
        await promisify(execFile)('node', [COMPILER])
        const broker = await createBroker(join(folder, 'broker'), SHORT_SESSIONS)
        const machines = await Promise.all(
          [0, 1].map(async (nth) => {
            const port = await freePort()
            const words = [
              ...[SERVE_FILE, '--artifacts', artifacts, '--port', String(port)],
              ...['--ops-port', 'off', '--workers', String(nth + 1)],
              ...['--click-url', 'https://shop.example/'],
              // One answers when its own disk has a line, the other when Kafka has it.
              ...['--collect-ack', nth === 0 ? 'disk' : 'kafka'],
              ...['--collect', join(folder, `events-${nth}`), '--collect-to'],
              ...[`kafka://${broker.address}/shop.`, '--conversion-tokens'],
              ...[join(folder, 'tokens'), '--first-click-id', String(2 ** 52 + nth * 2 ** 40)],
            ]
            return { url: `http://127.0.0.1:${port}`, program: new Restarted(words, 'listening') }
          }),
        )
        const receiver = new Restarted(
          [
            ...[POOLS_FILE, 'receive', '--input', input, '--ops-port', 'off'],
            ...['--kafka', broker.address, '--topic-prefix', 'shop.'],
          ],
          'receiving into',
        )
        const all = [broker, receiver, ...machines.map(({ program }) => program)]
        try {
          await broker.keepClasses()
          await broker.start()
          const topics = ['impressions', 'clicks', 'conversions'].map((table) => `shop.${table}`)
          await createTopics(broker, { topics, partitions: 3 })
          await Promise.all(all.slice(1).map((one) => one.start()))
          const crowds = machines.map(({ url }, nth) =>
            sendCrowd({
              ...{ url, campaigns: CAMPAIGNS, visitors: VISITORS, concurrency: 8, token: TOKEN },
              ...{ random: seededRandom(SEED + nth), patienceMs: 3 * MINUTES },
              conversionsAfter: nth * 1_000_000,
            }),
          )
          const random = seededRandom(SEED + 2)
          for (let kill = 0; kill < KILLS; kill += 1) {
            await Promise.all(
              all.map(async (one) => {
                await sleep(random() * 3_000)
                await one.kill()
                await one.start()
              }),
            )
          }
          const results = await Promise.all(crowds)
          const shown = await showAtBoth(machines.map(({ url }) => url))
          const expected = mergeCounts(results, shown)
          const lines = expected.reduce((sum, row) => sum + row.impressions + row.clicks, 0)
          const conversions = results.reduce((sum, { conversions: own }) => sum + own, 0)
          const wanted = lines + conversions
          while ((await readReceived(input)).lines.length < wanted) await sleep(100)
          // What was still on its way would be one too many.
          for (const { program } of machines) expect(await program.stop()).toBe(0)
          await sleep(1_000)
          expect(await receiver.stop()).toBe(0)

          expect((await readReceived(input)).lines).toHaveLength(wanted)
          const built = await runPools('build', '--input', input, '--out', out, '--allow-missing')
          expect(built).toMatchObject({ code: 0 })
          expect(await readCounts(out)).toEqual(expected)
          console.info(`${KILLS} kills each, ${wanted} lines`)
        } finally {
          for (const one of all) await one.kill()
        }
      })
    },
    10 * MINUTES + KILLS * MINUTES,
  )
})

interface Shown {
  readonly dataset: number
  readonly campaign_id: number
  readonly banner_id: number
  readonly impression_url: string
  readonly click_url: string
}

/** A banner of the first machine, whose addresses both are asked for. */
async function showAtBoth(urls: readonly string[]): Promise<Shown> {
  const answer = await fetch(`${urls[0]}/campaigns/12`, { headers: HEADERS })
  const shown = (await answer.json()) as Shown
  for (const url of urls) {
    const seen = await fetch(url + new URL(shown.impression_url).pathname, { headers: HEADERS })
    const path = new URL(shown.click_url).pathname
    const click = await fetch(url + path, { headers: HEADERS, redirect: 'manual' })
    expect([seen.status, click.status]).toEqual([204, 302])
  }
  return shown
}

interface Counts {
  readonly dataset: number
  readonly campaign_id: number
  readonly banner_id: number
  impressions: number
  clicks: number
  conversions: number
  cents: number
}

/** The accounts of both crowds, and one impression and one click of the banner that both machines heard of. */
function mergeCounts(results: readonly CrowdResult[], shown: Shown): Counts[] {
  const rows = new Map<string, Counts>()
  const add = (key: string, more: Omit<Counts, 'dataset' | 'campaign_id' | 'banner_id'>) => {
    const [dataset = 0, campaign_id = 0, banner_id = 0] = key.split(' ').map(Number)
    const none = { impressions: 0, clicks: 0, conversions: 0, cents: 0 }
    const row = rows.get(key) ?? { dataset, campaign_id, banner_id, ...none }
    row.impressions += more.impressions
    row.clicks += more.clicks
    row.conversions += more.conversions
    row.cents += more.cents
    rows.set(key, row)
  }
  for (const { accounts } of results) {
    for (const [key, { revenue, ...own }] of accounts) add(key, { ...own, cents: revenue })
  }
  const { dataset, campaign_id, banner_id } = shown
  const once = { impressions: 1, clicks: 1, conversions: 0, cents: 0 }
  add(`${dataset} ${campaign_id} ${banner_id}`, once)
  return [...rows.values()]
    .filter(({ impressions, clicks }) => impressions + clicks > 0)
    .sort(
      (a, b) => a.dataset - b.dataset || a.campaign_id - b.campaign_id || a.banner_id - b.banner_id,
    )
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
