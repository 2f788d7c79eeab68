/**
 * Catching up with a backlog: lines a second that `pools receive` takes from a broker on this machine into segments, journal
 * and fsync included.
 *
 *     npx tsx bench/live/kafka-backlog.ts [LINES] [LINES_A_MESSAGE]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { receive } from '../../pipeline/live/receive/receive.ts'
import { createReceiveStatus } from '../../pipeline/live/receive/status.ts'
import { createBroker } from '../../scripts/lib/kafka/broker.ts'
import {
  createTopics,
  openProducer,
  send,
  type TestMessage,
} from '../../scripts/lib/kafka/messages.ts'
import { describeMachine } from '../document.ts'

const [lines = 1_000_000, perMessage = 1] = process.argv.slice(2).map(Number)
const PARTITIONS = 3
const SEND_AT_ONCE = 5_000

const folder = await mkdtemp(join(tmpdir(), 'banner-pools-'))
try {
  const broker = await createBroker(join(folder, 'broker'))
  await broker.start()
  try {
    await createTopics(broker, { partitions: PARTITIONS })
    await fill(broker)
    const input = join(folder, 'in')
    const controller = new AbortController()
    const status = createReceiveStatus()
    const [host = '', port] = broker.address.split(':')
    const startMs = performance.now()
    const cpu = process.cpuUsage()
    const ended = receive(
      {
        input,
        brokers: { bootstrap: [{ host, port: Number(port) }], tls: null, sasl: null },
        topics: [{ table: 'clicks', name: 'clicks' }],
        start: null,
        acceptGap: false,
      },
      { stop: controller.signal, now: () => new Date(), note: () => undefined, status },
    )
    while (status.lines < lines) await sleep(10)
    const seconds = (performance.now() - startMs) / 1_000
    const { user, system } = process.cpuUsage(cpu)
    controller.abort()
    await ended
    console.log(describeMachine())
    console.log(
      `${lines} lines, ${perMessage} a message: ${Math.round(lines / seconds)} lines/s, ` +
        `${((user + system) / 1e6 / seconds).toFixed(2)} cores, ${status.commits} commits`,
    )
  } finally {
    await broker.kill()
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function fill(broker: Awaited<ReturnType<typeof createBroker>>): Promise<void> {
  const producer = openProducer(broker)
  let id = 0
  for (let sent = 0; sent < lines / perMessage; sent += SEND_AT_ONCE) {
    const messages = Array.from(
      { length: Math.min(SEND_AT_ONCE, lines / perMessage - sent) },
      (_, nth) => {
        const rows = Array.from(
          { length: perMessage },
          () => `${++id},${1 + (id % 401)},${1 + (id % 50)}`,
        )
        return {
          topic: 'clicks',
          partition: nth % PARTITIONS,
          dataset: (1 + (nth % 4)) as 1,
          value: rows.join('\n'),
        } satisfies TestMessage
      },
    )
    await send(producer, messages)
  }
  await producer.close()
}
