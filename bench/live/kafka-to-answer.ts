/**
 * From a message that is produced to an HTTP answer that can only come from it: a click of a campaign that nobody knew,
 * asked for until the server knows it. Broker, follower with receiver, and server as processes of their own on this
 * machine, messages of 50 campaigns × 401 banners beside it at a rate.
 *
 *     npx tsx bench/live/kafka-to-answer.ts [LINES_A_SECOND] [SECONDS] [LINES_A_MESSAGE]
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createBroker } from '../../scripts/lib/kafka/broker.ts'
import {
  createTopics,
  openProducer,
  send,
  type TestMessage,
} from '../../scripts/lib/kafka/messages.ts'
import { freePort } from '../../scripts/lib/ports.ts'
import { findState } from '../../scripts/lib/published-state.ts'
import { describeMachine, formatMs } from '../document.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const [rate = 10_000, seconds = 20, perMessage = 10] = process.argv.slice(2).map(Number)
const [CAMPAIGNS, BANNERS, PARTITIONS] = [50, 401, 2]

/** Milliseconds between two sends, and between two questions. */
const SEND_MS = 20
const ASK_MS = 5
const PROBE_EVERY_MS = 150
/** Probes are of campaigns that no other line names. */
const FIRST_PROBE = 1_000_000
const SHARES = { impressions: 0.75, clicks: 0.2, conversions: 0.05 } as const

const folder = await mkdtemp(join(tmpdir(), 'banner-pools-'))
const broker = await createBroker(join(folder, 'broker'))
try {
  await broker.start()
  await createTopics(broker, { partitions: PARTITIONS })
  await measureAll()
} finally {
  await broker.kill()
  await rm(folder, { recursive: true, force: true })
}

async function measureAll(): Promise<void> {
  const [input, out] = [join(folder, 'in'), join(folder, 'out')]
  const producer = openProducer(broker)
  await send(producer, makeMessages(20_000, 0))
  const follow = ['pipeline/main.ts', 'follow', '--input', input, '--out', out]
  const follower = start([...follow, '--ops-port', 'off', '--kafka', broker.address])
  while ((await findState(out)) === null) await sleep(50)
  const port = await freePort()
  const server = start([
    ...['server/main.ts', '--artifacts', out, '--port', String(port)],
    ...['--ops-port', 'off', '--workers', '1'],
  ])
  const url = `http://127.0.0.1:${port}`
  await untilAnswered(`${url}/campaigns/1?dataset=1`)
  const before = await readCpu(follower)
  const lags = await measure(url)
  const used = ((await readCpu(follower)) - before) / seconds
  for (const child of [server, follower]) {
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  await producer.close()
  lags.sort((a, b) => a - b)
  const at = (share: number) => formatMs(lags[Math.ceil(lags.length * share) - 1] ?? Number.NaN)
  console.log(describeMachine())
  console.log(
    `${rate} lines/s, ${perMessage} a message, ${CAMPAIGNS} campaigns x ${BANNERS} banners, ${lags.length} probes: ` +
      `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms; follower ${Math.round(used * 100)} % of a core`,
  )
}

/** Three quarters impressions, a fifth clicks, the rest conversions. */
function makeMessages(count: number, from: number): TestMessage[] {
  const pick = (most: number) => 1 + Math.floor(Math.random() * most)
  return Object.entries(SHARES).flatMap(([topic, share]) => {
    const lines = Array.from({ length: Math.round(count * share) }, (_, nth) => {
      const id = from + nth + 1
      const pair = `${pick(BANNERS)},${pick(CAMPAIGNS)}`
      if (topic === 'impressions') return pair
      return topic === 'clicks' ? `${id},${pair}` : `${id},${id},1.25`
    })
    return Array.from({ length: Math.ceil(lines.length / perMessage) }, (_, nth): TestMessage => {
      const value = lines.slice(nth * perMessage, (nth + 1) * perMessage).join('\n')
      return {
        topic,
        partition: nth % PARTITIONS,
        dataset: (1 + (nth % 4)) as 1 | 2 | 3 | 4,
        value,
      }
    })
  })
}

async function measure(url: string): Promise<number[]> {
  const startMs = performance.now()
  const lags: number[] = []
  const probes: Promise<void>[] = []
  let isDone = false
  const load = openProducer(broker)
  const asker = openProducer(broker)
  const sending = (async () => {
    let sent = 0
    while (!isDone) {
      const due = Math.floor(((performance.now() - startMs) / 1_000) * rate) - sent
      if (due > 0) await send(load, makeMessages(due, 100_000 + sent))
      sent += due
      await sleep(SEND_MS)
    }
  })()
  for (let probe = 0; performance.now() - startMs < seconds * 1_000; probe += 1) {
    probes.push(ask(asker, url, FIRST_PROBE + probe).then((ms) => void lags.push(ms)))
    await sleep(PROBE_EVERY_MS)
  }
  await Promise.all(probes)
  isDone = true
  await sending
  await load.close()
  await asker.close()
  return lags
}

/** The time begins before the message is sent. */
async function ask(
  producer: ReturnType<typeof openProducer>,
  url: string,
  campaign: number,
): Promise<number> {
  const value = `${1_000_000_000 + campaign},1,${campaign}`
  const startMs = performance.now()
  await send(producer, [{ topic: 'clicks', partition: 0, dataset: 1, value }])
  await untilAnswered(`${url}/campaigns/${campaign}?dataset=1`)
  return performance.now() - startMs
}

async function untilAnswered(url: string): Promise<void> {
  for (;;) {
    const response = await fetch(url, { headers: { accept: 'application/json' } }).catch(() => null)
    await response?.arrayBuffer()
    if (response?.status === 200) return
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
