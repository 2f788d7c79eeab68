/** Topics and messages for a broker. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  Admin,
  type CompressionAlgorithmValue,
  Connection,
  listOffsetsV8,
  Producer,
} from '@platformatic/kafka'
import type { Dataset, Table } from '../../../contract/schema.ts'
import type { Broker } from './broker.ts'

const TABLES: Table[] = ['impressions', 'clicks', 'conversions']

/** A message for a topic. */
export interface TestMessage {
  readonly topic: string
  readonly partition: number
  /** Value of the header `dataset`. */
  readonly dataset: Dataset
  /** Value of the header `event`, if there is to be one. */
  readonly event?: string
  readonly value: string
}

/** Makes topics, and waits until the broker leads them, if there is but one. */
export async function createTopics(
  { address }: Pick<Broker, 'address'>,
  {
    topics = TABLES,
    partitions = 2,
    replicas = 1,
    policy = 'delete',
  }: { topics?: string[]; partitions?: number; replicas?: number; policy?: string } = {},
): Promise<void> {
  const admin = new Admin({
    clientId: 'banner-pools-test',
    bootstrapBrokers: [address],
    retries: 20,
  })
  try {
    const configs = [{ name: 'cleanup.policy', value: policy }]
    await admin.createTopics({ topics: [...topics], partitions, replicas, configs })
    if (replicas === 1) await waitUntilLed(address, topics, partitions)
  } finally {
    await admin.close()
  }
}

/** Only the leader of a partition says where it ends. */
async function waitUntilLed(address: string, topics: string[], count: number): Promise<void> {
  const connection = new Connection('banner-pools-test')
  connection.on('error', () => undefined)
  const [host = '', port] = address.split(':')
  await connection.connect(host, Number(port))
  const partitions = Array.from({ length: count }, (_, partitionIndex) => {
    return { partitionIndex, currentLeaderEpoch: -1, timestamp: -1n }
  })
  try {
    await tryAgain(() =>
      listOffsetsV8.api.async(
        ...([connection, -1, 0, topics.map((name) => ({ name, partitions }))] as const),
      ),
    )
  } finally {
    await connection.close()
  }
}

/** A broker refuses what it does not lead yet, as a topic that was just made. */
export async function tryAgain<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask()
    } catch (error) {
      if (tries === 100) throw error
      await sleep(100)
    }
  }
}

/** Deletes topics. */
export async function deleteTopics({ address }: Broker, topics: string[]): Promise<void> {
  const admin = new Admin({
    clientId: 'banner-pools-test',
    bootstrapBrokers: [address],
    retries: 20,
  })
  try {
    await admin.deleteTopics({ topics })
  } finally {
    await admin.close()
  }
}

/** Opens a producer of the client. */
export function openProducer({ address }: Broker): Producer<Buffer, Buffer, Buffer, Buffer> {
  return new Producer({
    ...{ clientId: 'banner-pools-test', bootstrapBrokers: [address], idempotent: true, retries: 0 },
    ...{ timeout: 3_000, connectTimeout: 1_000 },
  })
}

/** Sends messages, all acknowledged when it returns. */
export async function send(
  producer: Producer<Buffer, Buffer, Buffer, Buffer>,
  messages: readonly TestMessage[],
  compression: CompressionAlgorithmValue = 'none',
): Promise<void> {
  await producer.send({
    acks: -1,
    compression,
    messages: messages.map(({ topic, partition, dataset, event, value }) => ({
      topic,
      partition,
      headers: new Map(
        Object.entries({ dataset: String(dataset), ...(event === undefined ? {} : { event }) }).map(
          ([name, text]) => [Buffer.from(name), Buffer.from(text)],
        ),
      ),
      value: Buffer.from(value),
    })),
  })
}

/** Opens a producer, sends messages, and closes it. */
export async function sendOnce(
  broker: Broker,
  messages: readonly TestMessage[],
  compression?: CompressionAlgorithmValue,
): Promise<void> {
  const producer = openProducer(broker)
  try {
    await send(producer, messages, compression)
  } finally {
    await producer.close()
  }
}
