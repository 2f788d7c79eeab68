/** Follower with receiver, and broker, killed at any moment under load. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Broker, createBroker } from '../../scripts/lib/kafka/broker.ts'
import {
  createTopics,
  openProducer,
  send,
  type TestMessage,
} from '../../scripts/lib/kafka/messages.ts'
import { findState } from '../../scripts/lib/published-state.ts'
import { createFolder, removeFolder } from '../helpers/folders.ts'
import { verifyFolders } from '../helpers/follow.ts'
import { spawnFollower } from '../helpers/follow-process.ts'
import { sendTransaction } from '../helpers/kafka-transactions.ts'
import { readReceived } from '../helpers/received.ts'
import { seededRandom } from '../helpers/seeded-random.ts'
import { size } from '../helpers/size.ts'

const SEED = Number(process.env.BANNER_POOLS_TEST_SEED ?? Date.now() % 1_000_000)
const KILLS = Number(process.env.BANNER_POOLS_KILLS ?? size(2, 5))
const MINUTES = 60_000
const PARTITIONS = 2
const TABLES = ['impressions', 'clicks', 'conversions'] as const

/** Messages of a moment: old ids and new ones, in any order. */
function makeMessages(random: () => number, from: number): TestMessage[] {
  const pick = (count: number) => Math.floor(random() * count)
  return Array.from({ length: 40 }, (_, nth): TestMessage => {
    const table = TABLES[pick(3)] ?? 'impressions'
    const id = 1 + (random() < 0.1 ? pick(from + 1) : from + nth)
    const pair = `${30 + pick(12)},${1 + pick(6)}`
    const values = { impressions: pair, clicks: `${id},${pair}`, conversions: `${id},${id},1.25` }
    const value = random() < 0.02 ? 'not a row' : values[table]
    const lines = Array(random() < 0.2 ? 1 + pick(3) : 1).fill(value)
    return {
      topic: table,
      partition: pick(PARTITIONS),
      dataset: (1 + pick(4)) as 1 | 2 | 3 | 4,
      value: lines.join('\n'),
    }
  })
}

/** Sends until it is stopped, and goes on when the broker is away. */
function startLoad(broker: Broker, random: () => number) {
  let isOn = true
  let count = 0
  const work = (async () => {
    let producer = openProducer(broker)
    while (isOn) {
      const messages = makeMessages(random, count)
      count += 40
      const kind = random()
      try {
        if (kind < 0.1) await sendTransaction(broker, messages, kind < 0.05 ? 'commit' : 'abort')
        else await send(producer, messages)
      } catch {
        await producer.close().catch(() => undefined)
        producer = openProducer(broker)
        await sleep(100)
      }
      await sleep(15)
    }
    await producer.close().catch(() => undefined)
  })()
  return async () => {
    isOn = false
    await work
  }
}

/** What the broker has, committed, as Kafka's own consumer reads it: event and line. */
async function readTopic(broker: Broker, topic: string, waitMs: number): Promise<string[]> {
  const output = await broker.tool('consumer.ConsoleConsumer', [
    ...['--bootstrap-server', broker.address, '--topic', topic, '--from-beginning'],
    ...['--isolation-level', 'read_committed', '--timeout-ms', String(waitMs)],
    ...['--property', 'print.partition=true', '--property', 'print.offset=true'],
    ...['--property', 'line.separator=\u0001'],
  ])
  return output
    .split('\u0001')
    .filter((text) => text.startsWith('Partition:'))
    .flatMap((text) => {
      const [, partition, offset, value = ''] =
        /^Partition:(\d+)\tOffset:(\d+)\t(.*)$/s.exec(text) ?? []
      const lines = value.split('\n')
      return lines.map((line, nth) => {
        const place = lines.length === 1 ? '' : `:${nth + 1}`
        return `${partition}:${offset}${place},${line}`
      })
    })
    .filter((line) => !line.endsWith(',not a row'))
}

describe('follow --kafka', { retry: 0 }, () => {
  it(
    `loses and doubles nothing in ${KILLS} kills each of receiver and broker, seed ${SEED}`,
    async () => {
      const folder = await createFolder()
      const input = join(folder, 'in')
      const out = join(folder, 'out')
      const broker = await createBroker(join(folder, 'broker'), [
        'transaction.partition.verification.enable=false',
      ])
      try {
        await broker.start()
        await createTopics(broker, { partitions: PARTITIONS })
        const random = seededRandom(SEED)
        const stopLoad = startLoad(broker, seededRandom(SEED + 1))
        const flags = ['--kafka', broker.address, '--build-every', '4']
        for (let kill = 1; kill <= KILLS; kill += 1) {
          const follower = spawnFollower(input, out, flags)
          await follower.waitFor('receiving into')
          await sleep(random() * 2_500)
          await broker.kill()
          await sleep(random() * 500)
          // Half of them while the broker is away, the others once it is back.
          if (kill % 2 === 0) await broker.start()
          await sleep(random() * 1_000)
          await follower.kill()
          if (kill % 2 === 1) await broker.start()
          if ((await findState(out)) === null) continue
          const { isEqual, state } = await verifyFolders(input, out)
          expect({ kill, state, isEqual }).toEqual({ kill, state, isEqual: true })
        }
        await stopLoad()
        const readAll = async (waitMs: number) =>
          (await Promise.all(TABLES.map((topic) => readTopic(broker, topic, waitMs)))).flat()
        let expected = await readAll(6_000)
        const last = spawnFollower(input, out, flags)
        await last.waitFor('following')
        while ((await readReceived(input)).lines.length < expected.length) {
          await sleep(100)
          expect(last.log()).not.toContain('pools: ')
        }
        await sleep(500)
        expect(await last.stop()).toBe(0)
        const { lines } = await readReceived(input)

        // A consumer that took long to start has not read to the end.
        if (expected.length < lines.length) expected = await readAll(60_000)
        expect(lines).toEqual(expected.sort())
        expect(lines.length).toBeGreaterThan(100)
        expect(await verifyFolders(input, out)).toMatchObject({ isEqual: true })
        console.info(`${KILLS} kills each, ${lines.length} lines`)
      } finally {
        await broker.kill()
        await removeFolder(folder)
      }
    },
    30 * MINUTES,
  )
})
