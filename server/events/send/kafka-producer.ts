/** Lines as messages of Kafka, as receivers read them. */
import type { KafkaAddress } from '../../base/kafka-address.ts'
import type { OutgoingLine } from './outbox.ts'
import type { LineProducer } from './sender.ts'

/** Milliseconds for an answer, and for a connection. */
const TIMEOUT_MS = 5_000
const CONNECT_MS = 2_000
const ALL_REPLICAS = -1

/**
 * Opens a producer. One run's lines go to one partition.
 *
 * @throws {Error} If the client is not installed; the message says what to install.
 */
export async function openKafkaProducer({ brokers, prefix }: KafkaAddress): Promise<LineProducer> {
  const { Producer } = await import('@platformatic/kafka').catch((cause) => {
    throw new Error('its client is not installed: npm install @platformatic/kafka@1.22.0', {
      cause,
    })
  })
  const producer = new Producer({
    ...{ clientId: 'banner-pools', bootstrapBrokers: [...brokers], idempotent: true, retries: 0 },
    ...{ timeout: TIMEOUT_MS, connectTimeout: CONNECT_MS },
  })
  // Who sends hears of it.
  producer.on('error', () => undefined)
  return {
    send: async (lines) => {
      const messages = lines.map((line) => toMessage(line, prefix))
      await producer.send({ acks: ALL_REPLICAS, messages })
    },
    close: () => producer.close(),
  }
}

function toMessage({ table, dataset, event, value }: OutgoingLine, prefix: string) {
  return {
    topic: `${prefix}${table}`,
    key: Buffer.from(event.slice(0, event.indexOf(':'))),
    headers: new Map([
      [Buffer.from('dataset'), Buffer.from(String(dataset))],
      [Buffer.from('event'), Buffer.from(event)],
    ]),
    value: Buffer.from(value),
  }
}
