/** Transactions and repeats, request by request: the client's producer has neither. */

import {
  addPartitionsToTxnV5,
  Connection,
  endTxnV4,
  findCoordinatorV4,
  initProducerIdV4,
  produceV11,
} from '@platformatic/kafka'
import type { Broker } from '../../scripts/lib/kafka/broker.ts'
import { type TestMessage, tryAgain } from '../../scripts/lib/kafka/messages.ts'

const TRANSACTION = 1
const TIMEOUT_MS = 60_000
let count = 0

/**
 * Sends messages in a transaction.
 *
 * @param end - What becomes of it; null leaves it open.
 */
export async function sendTransaction(
  { address }: Broker,
  messages: readonly TestMessage[],
  end: 'commit' | 'abort' | null,
): Promise<void> {
  const connection = new Connection('transactions')
  connection.on('error', () => undefined)
  const [host = '', port] = address.split(':')
  await connection.connect(host, Number(port))
  try {
    const transactionalId = `test-${process.pid}-${++count}`
    const { producerId, producerEpoch } = await begin(connection, transactionalId)
    const topics = [...new Set(messages.map(({ topic }) => topic))].map((name) => ({
      name,
      partitions: [...new Set(messages.filter((m) => m.topic === name).map((m) => m.partition))],
    }))
    const own = { transactionalId, producerId, producerEpoch }
    await addPartitionsToTxnV5.api.async(connection, [{ ...own, verifyOnly: false, topics }])
    const records = messages.map(toRecord)
    await produceV11.api.async(connection, -1, 5_000, records, own)
    if (end === null) return
    await endTxnV4.api.async(
      connection,
      transactionalId,
      producerId,
      producerEpoch,
      end === 'commit',
    )
  } finally {
    await connection.close()
  }
}

/** Sends messages twice with the same sequence number, as an idempotent producer does that has not heard the answer. */
export async function sendTwice({ address }: Broker, messages: readonly TestMessage[]) {
  const connection = new Connection('retries')
  connection.on('error', () => undefined)
  const [host = '', port] = address.split(':')
  await connection.connect(host, Number(port))
  try {
    const { producerId, producerEpoch } = await initProducerIdV4.api.async(
      ...([connection, null, TIMEOUT_MS, -1n, -1] as const),
    )
    for (const _ of [1, 2]) {
      const records = messages.map(toRecord)
      await produceV11.api.async(connection, -1, 5_000, records, { producerId, producerEpoch })
    }
  } finally {
    await connection.close()
  }
}

function toRecord({ topic, partition, dataset, value }: TestMessage) {
  return {
    topic,
    partition,
    value: Buffer.from(value),
    headers: new Map([[Buffer.from('dataset'), Buffer.from(String(dataset))]]),
  }
}

/** The first transaction of a broker makes the topic that holds them all, which takes a while. */
function begin(connection: Connection, transactionalId: string) {
  return tryAgain(async () => {
    await findCoordinatorV4.api.async(connection, TRANSACTION, [transactionalId])
    return initProducerIdV4.api.async(connection, transactionalId, TIMEOUT_MS, -1n, -1)
  })
}
