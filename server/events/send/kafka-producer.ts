/** Lines as messages of Kafka, as receivers read them. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaAddress } from '../../base/kafka-address.ts'
import type { OutgoingLine } from './outbox.ts'
import type { LineProducer } from './sender.ts'

/** Milliseconds for an answer, and for a connection. */
const TIMEOUT_MS = 5_000
const CONNECT_MS = 2_000
/** Milliseconds after which nobody waits any more: an answer may never come from a broker that is gone. */
const SEND_MS = 30_000
const CLOSE_MS = 5_000
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
      await within(SEND_MS, producer.send({ acks: ALL_REPLICAS, messages }))
    },
    close: () => within(CLOSE_MS, producer.close()),
  }
}

/** @throws {Error} If it is not settled by then. */
async function within(ms: number, settling: Promise<unknown>): Promise<void> {
  const stop = new AbortController()
  const late = sleep(ms, undefined, { signal: stop.signal, ref: false }).then(() => {
    throw new Error(`no answer in ${ms / 1_000} s`)
  })
  try {
    await Promise.race([settling, late])
  } finally {
    stop.abort()
    late.catch(() => undefined)
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
