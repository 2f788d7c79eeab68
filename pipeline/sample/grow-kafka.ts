/** Sample logs that grow, as messages of Kafka. */
import { randomInt } from 'node:crypto'
import { TABLES, type Table } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import { type BrokerSettings, loadKafka } from '../base/kafka.ts'
import { createSampleEvents, MAX_RUNS } from './grow-events.ts'

/** Where messages go, and how fast. */
export interface GrowKafkaOptions {
  readonly brokers: BrokerSettings
  /** Before the names of the topics. */
  readonly prefix: string
  /** Messages of one line a second. */
  readonly rate: number
  readonly seed: number
  readonly stop: AbortSignal
  /** Time of the day: the quarter of the hour that events are of. */
  readonly now: () => Date
  /** Milliseconds from any point on, for the rate. */
  readonly elapsedMs: () => number
  readonly sleep: (ms: number) => Promise<void>
}

/** What was sent. */
export interface GrowKafkaSummary {
  readonly seconds: number
  readonly lines: Readonly<Record<Table, number>>
}

const TICK_MS = 50
/** Messages that are caught up with at once: a machine that slept sends no flood. */
const MAX_SECONDS_AT_ONCE = 2
const PARTITIONS = 3
/** Of topics that are made: what the brokers have as their default. */
const DEFAULT_REPLICAS = -1
const ALL = -1

/**
 * Sends events to three topics, which are made if they are missing, as many as are due every 50 ms.
 *
 * @throws {PipelineError} If the brokers cannot be reached or refuse.
 */
export async function growKafka(options: GrowKafkaOptions): Promise<GrowKafkaSummary> {
  try {
    return await grow(options)
  } catch (error) {
    const message = error instanceof Error ? describeCause(error) : String(error)
    throw new PipelineError(`Kafka does not take the events: ${message}`, { cause: error })
  }
}

async function grow(options: GrowKafkaOptions): Promise<GrowKafkaSummary> {
  const { brokers, prefix, rate, seed, stop, elapsedMs, sleep, now } = options
  const kafka = await loadKafka()
  const { bootstrap, tls, sasl } = brokers
  const connection = {
    ...{ clientId: 'banner-pools-sample', bootstrapBrokers: [...bootstrap] },
    ...(tls === null ? {} : { tls: { ...tls } }),
    ...(sasl === null ? {} : { sasl: { ...sasl } }),
  }
  await makeTopics(
    new kafka.Admin(connection),
    TABLES.map((table) => prefix + table),
  )
  const producer = new kafka.Producer({ ...connection, idempotent: true })
  const next = createSampleEvents(seed, randomInt(MAX_RUNS))
  const lines = { impressions: 0, clicks: 0, conversions: 0 }
  const startMs = elapsedMs()
  let done = 0
  try {
    while (!stop.aborted) {
      const due = Math.floor(((elapsedMs() - startMs) / 1_000) * rate) - done
      done += due
      const most = Math.ceil(rate * MAX_SECONDS_AT_ONCE)
      const dataset = String(Math.floor(now().getUTCMinutes() / 15) + 1)
      const headers = new Map([[Buffer.from('dataset'), Buffer.from(dataset)]])
      const messages = Array.from({ length: Math.min(due, most) }, (_, nth) => {
        const { table, line } = next()
        lines[table]++
        const value = Buffer.from(line)
        return { topic: prefix + table, partition: nth % PARTITIONS, headers, value }
      })
      if (messages.length > 0) await producer.send({ messages, acks: ALL })
      await sleep(TICK_MS)
    }
  } finally {
    await producer.close()
  }
  return { seconds: (elapsedMs() - startMs) / 1_000, lines }
}

/** Topics that are there stay as they are. */
async function makeTopics(
  admin: InstanceType<Awaited<ReturnType<typeof loadKafka>>['Admin']>,
  topics: readonly string[],
): Promise<void> {
  try {
    for (const topic of topics) {
      await admin
        .createTopics({ topics: [topic], partitions: PARTITIONS, replicas: DEFAULT_REPLICAS })
        .catch((error) => {
          if (!error.findBy?.('apiId', 'TOPIC_ALREADY_EXISTS')) throw error
        })
    }
  } finally {
    await admin.close()
  }
}

/** The innermost cause says what is wrong. */
function describeCause(error: Error): string {
  const { cause } = error
  if (cause instanceof Error) return describeCause(cause)
  const [first] = error instanceof AggregateError ? error.errors : []
  return first instanceof Error ? describeCause(first) : error.message
}
