/**
 * From a message that is produced to an HTTP answer that can only come from it: a click of a campaign that nobody knew,
 * asked for until the server knows it. Broker, follower with receiver, and server as processes of their own on this
 * machine, messages of 50 campaigns × 401 banners beside it at a rate.
 *
 *     npx tsx bench/live/kafka-to-answer.ts [LINES_A_SECOND] [SECONDS] [LINES_A_MESSAGE]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createBroker } from '../../scripts/lib/kafka/broker.ts'
import {
  createTopics,
  openProducer,
  send,
  type TestMessage,
} from '../../scripts/lib/kafka/messages.ts'
import { freePort } from '../../scripts/lib/ports.ts'
import { describeMachine } from '../document.ts'
import {
  formatWaits,
  killPrograms,
  measureWaits,
  readCpu,
  startProgram,
  startServer,
  untilPublished,
  type Waits,
} from './programs.ts'

const [rate = 10_000, seconds = 20, perMessage = 10] = process.argv.slice(2).map(Number)
const [CAMPAIGNS, BANNERS, PARTITIONS] = [50, 401, 2]

/** Milliseconds between two sends. */
const SEND_MS = 20
const SHARES = { impressions: 0.75, clicks: 0.2, conversions: 0.05 } as const

const folder = await mkdtemp(join(tmpdir(), 'banner-pools-'))
const broker = await createBroker(join(folder, 'broker'))
try {
  await broker.start()
  await createTopics(broker, { partitions: PARTITIONS })
  await measureAll()
} finally {
  await killPrograms()
  await broker.kill()
  await rm(folder, { recursive: true, force: true })
}

async function measureAll(): Promise<void> {
  const [input, out] = [join(folder, 'in'), join(folder, 'out')]
  const producer = openProducer(broker)
  await send(producer, makeMessages(20_000, 0))
  await producer.close()
  const words = ['follow', '--input', input, '--out', out, '--ops-port', 'off']
  const follower = startProgram('pipeline/main.ts', [...words, '--kafka', broker.address])
  await untilPublished(out, follower)
  const { url } = await startServer(out, await freePort())
  let before = 0
  const waits = await measure(url, async () => {
    before = await readCpu(follower)
  })
  const used = ((await readCpu(follower)) - before) / seconds
  console.log(describeMachine())
  console.log(
    `${rate} lines/s, ${perMessage} a message, ${CAMPAIGNS} campaigns x ${BANNERS} banners, ` +
      `${formatWaits(waits)}; follower ${Math.round(used * 100)} % of a core`,
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

/** The time of a message begins before it is sent. */
async function measure(url: string, onBegin: () => Promise<void>): Promise<Waits> {
  const startMs = performance.now()
  let isDone = false
  const [load, asker] = [openProducer(broker), openProducer(broker)]
  const sending = (async () => {
    let sent = 0
    while (!isDone) {
      const due = Math.floor(((performance.now() - startMs) / 1_000) * rate) - sent
      if (due > 0) await send(load, makeMessages(due, 100_000 + sent))
      sent += due
      await sleep(SEND_MS)
    }
  })()
  const write = (campaign: number) => {
    const value = `${1_000_000_000 + campaign},1,${campaign}`
    return send(asker, [{ topic: 'clicks', partition: 0, dataset: 1, value }])
  }
  const waits = await measureWaits(url, seconds, { write, onBegin })
  isDone = true
  await sending
  await load.close()
  await asker.close()
  return waits
}
