/**
 * How long an impression waits for its answer: until it is on the machine's own disk (`--collect-ack disk`), and until Kafka
 * has acknowledged it (`kafka`). A real broker, a server and the visitors, all on this machine; each impression is sent at
 * its time, whether those before are answered or not.
 *
 *     npx tsx bench/events/acknowledge.ts [EVENTS_A_SECOND] [SECONDS]         1,000 and 15; two minutes with the starts
 */
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTokenWriter } from '../../contract/token.ts'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { type Broker, createBroker } from '../../scripts/lib/kafka/broker.ts'
import { createTopics } from '../../scripts/lib/kafka/messages.ts'
import { rowsOf, writeBuild } from '../../scripts/lib/pool-files.ts'
import { runServer } from '../../scripts/lib/run-server.ts'
import { BROWSER_AGENT } from '../../scripts/lib/visitors.ts'
import { readKeys } from '../../server/events/keys.ts'
import { createNumbering } from '../../server/events/run.ts'
import { describeMachine, formatMs } from '../document.ts'

const [RATE = 1_000, SECONDS = 15] = process.argv.slice(2).map(Number)
/** Of each run: the machine code is made meanwhile. */
const WARM_UP_SECONDS = 5
const TICK_MS = 5
const KEY = 'a key of the measurement that is long enough'
const DECISION = { campaignId: 12, bannerId: 1_201, buildId: 'abcdef012345', probability: 0.1 }

console.log(describeMachine())
await withTemporaryFolder(async (folder) => {
  await writeBuild(folder, rowsOf({ 12: [1_201] }))
  const broker = await createBroker(join(folder, 'broker'))
  try {
    await broker.start()
    for (const ack of ['disk', 'kafka'] as const) await measure(folder, broker, ack)
  } finally {
    await broker.kill()
  }
})

async function measure(folder: string, broker: Broker, ack: 'disk' | 'kafka'): Promise<void> {
  const topics = ['impressions', 'clicks', 'conversions'].map((table) => `${ack}.${table}`)
  await createTopics(broker, { topics, partitions: 3 })
  const flags = [
    ...['--artifacts', folder, '--port', '0', '--no-explorer', '--collect-ack', ack],
    ...['--collect', join(folder, ack), '--collect-to', `kafka://${broker.address}/${ack}.`],
  ]
  const env = { BANNER_POOLS_EVENT_KEY: KEY }
  await runServer(flags, (url) => measureServer(url, ack), env)
}

async function measureServer(url: string, ack: string): Promise<void> {
  await sendAtRate(url, WARM_UP_SECONDS)
  const answers = await sendAtRate(url, SECONDS)
  const waits = answers.map(({ ms }) => ms).sort((a, b) => a - b)
  const at = (share: number) => formatMs(waits[Math.floor(share * (waits.length - 1))] ?? 0)
  const refused = answers.filter(({ status }) => status !== 204).length
  console.log(
    `${ack}: ${waits.length} impressions at ${RATE}/s, ${refused} not answered 204; ` +
      `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, greatest ${at(1)} ms`,
  )
}

interface Answer {
  readonly status: number
  readonly ms: number
}

async function sendAtRate(url: string, seconds: number): Promise<readonly Answer[]> {
  const [key] = await readKeys({ text: KEY, file: undefined, folder: undefined })
  if (key === undefined) throw new Error('there is no key')
  const [write, number] = [createTokenWriter(key), createNumbering()]
  const agent = new Agent({ keepAlive: true, maxSockets: 1_000 })
  const answers: Promise<Answer>[] = []
  const startMs = performance.now()
  while (answers.length < seconds * RATE) {
    const due = Math.min(seconds * RATE, ((performance.now() - startMs) / 1_000) * RATE)
    while (answers.length < due) {
      const token = write({ dataset: 1, ...DECISION }, number(new Date()))
      answers.push(see(`${url}/impressions/${token}`, agent))
    }
    await sleep(TICK_MS)
  }
  const all = await Promise.all(answers)
  agent.destroy()
  return all
}

function see(url: string, agent: Agent): Promise<Answer> {
  const startMs = performance.now()
  const headers = { 'user-agent': BROWSER_AGENT }
  return new Promise((resolve, reject) => {
    const asking = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, ms: performance.now() - startMs }),
      )
    })
    asking.once('error', reject)
    asking.end()
  })
}
