/** Follower with receiver, broker, and server, killed at any moment under load. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type Broker, createBroker, SHORT_SESSIONS } from '../../scripts/lib/kafka/broker.ts'
import {
  createTopics,
  openProducer,
  send,
  type TestMessage,
} from '../../scripts/lib/kafka/messages.ts'
import { findState } from '../../scripts/lib/published-state.ts'
import { createFolder, removeFolder } from '../helpers/folders.ts'
import { verifyFolders } from '../helpers/follow.ts'
import { sendTransaction } from '../helpers/kafka-transactions.ts'
import { type ProgramProcess, spawnProgram } from '../helpers/program-process.ts'
import { readReceived } from '../helpers/received.ts'
import { seededRandom } from '../helpers/seeded-random.ts'
import { size } from '../helpers/size.ts'

const SEED = Number(process.env.BANNER_POOLS_TEST_SEED ?? Date.now() % 1_000_000)
const KILLS = Number(process.env.BANNER_POOLS_KILLS ?? size(3, 25))
const MINUTES = 60_000
/** Milliseconds in which each of the three is killed, once all run. */
const KILL_MS = 900
/** A file of the program, compiled: it starts in a fraction of the time that its sources take. */
const [POOLS, SERVE, COMPILE] = ['bin/pools.mjs', 'bin/serve.mjs', 'scripts/compile.mjs']
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

/** The banner that a server shows, or null if it has none of that campaign. */
async function ask(url: string, campaign: number): Promise<string | null> {
  const response = await fetch(`${url}/campaigns/${campaign}?dataset=1`)
  const { build_id: state = null } = (await response.json()) as { build_id?: string }
  expect([200, 404]).toContain(response.status)
  return response.status === 200 ? state : null
}

async function addressOf(server: ProgramProcess): Promise<string> {
  await server.waitFor('listening on ')
  return /listening on (http:[^\s",]+)/.exec(server.log())?.[1] ?? ''
}

/** What is served after a start is what was served before, or later. */
function expectLater(state: string | null, before: string | null): void {
  const [build, n = 0] = state?.split('+') ?? []
  const [buildBefore, nBefore = 0] = before?.split('+') ?? []
  if (build === buildBefore) expect(Number(n)).toBeGreaterThanOrEqual(Number(nBefore))
}

describe('follow --kafka', () => {
  it(
    `loses and doubles nothing in ${KILLS} kills each of receiver, broker and server, seed ${SEED}`,
    async () => {
      const folder = await createFolder()
      const input = join(folder, 'in')
      const out = join(folder, 'out')
      const broker = await createBroker(join(folder, 'broker'), [
        'transaction.partition.verification.enable=false',
        ...SHORT_SESSIONS,
      ])
      await promisify(execFile)('node', [COMPILE])
      const startFollower = () =>
        spawnProgram([
          ...[POOLS, 'follow', '--input', input, '--out', out, '--ops-port', 'off'],
          ...['--threads', '1', '--kafka', broker.address, '--build-every', '4'],
        ])
      const startServer = () =>
        spawnProgram([
          ...[SERVE, '--artifacts', out, '--port', '0', '--ops-port', 'off', '--workers', '1'],
        ])
      const running = new Set<ProgramProcess>()
      try {
        await broker.keepClasses()
        await broker.start()
        await createTopics(broker, { partitions: PARTITIONS })
        const random = seededRandom(SEED)
        const stopLoad = startLoad(broker, seededRandom(SEED + 1))
        let follower = startFollower()
        running.add(follower)
        while ((await findState(out)) === null) await sleep(20)
        let server = startServer()
        running.add(server)
        let served: string | null = null
        for (let kill = 1; kill <= KILLS; kill += 1) {
          // Every fourth time they are killed while they start.
          if (kill % 4 !== 0) {
            const url = await addressOf(server)
            await follower.waitFor('receiving into')
            const state = await ask(url, 1)
            expectLater(state, served)
            served = state ?? served
          }
          const victims = [broker, follower, server]
          await Promise.all(
            victims.map(async (victim) => {
              await sleep(random() * KILL_MS)
              await victim.kill()
            }),
          )
          running.clear()
          server = startServer()
          running.add(server)
          const started = broker.start()
          const { isEqual, state } = await verifyFolders(input, out)
          expect({ kill, state, isEqual }).toEqual({ kill, state, isEqual: true })
          // Half of them start while no broker answers.
          if (kill % 2 === 0) await started
          follower = startFollower()
          running.add(follower)
          await started
        }
        await stopLoad()
        const readAll = async (waitMs: number) =>
          (await Promise.all(TABLES.map((topic) => readTopic(broker, topic, waitMs)))).flat()
        let expected = await readAll(6_000)
        await follower.waitFor('following')
        while ((await readReceived(input)).lines.length < expected.length) {
          await sleep(100)
          expect(follower.log()).not.toContain('pools: ')
        }
        await sleep(500)
        expect(await follower.stop()).toBe(0)
        const { lines } = await readReceived(input)

        // A consumer that took long to start has not read to the end.
        if (expected.length < lines.length) expected = await readAll(60_000)
        expect(lines).toEqual(expected.sort())
        expect(lines.length).toBeGreaterThan(100)
        expect(await verifyFolders(input, out)).toMatchObject({ isEqual: true })
        const url = await addressOf(server)
        const last = await findState(out)
        while ((await ask(url, 1)) !== last) await sleep(50)
        console.info(`${KILLS} kills each, ${lines.length} lines`)
      } finally {
        for (const one of running) await one.kill()
        await broker.kill()
        await removeFolder(folder)
      }
    },
    30 * MINUTES + KILLS * 30_000,
  )
})
