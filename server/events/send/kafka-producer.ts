/** Lines as messages of Kafka, as receivers read them. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '@platformatic/kafka'
import type { KafkaAddress } from '../../base/kafka-address.ts'
import type { KafkaLogin } from './kafka-login.ts'
import type { OutgoingLine } from './outbox.ts'
import type { LineProducer } from './sender.ts'

/** Milliseconds for an answer, and for a connection. */
const TIMEOUT_MS = 5_000
const CONNECT_MS = 2_000
/** Milliseconds after which nobody waits any more: an answer may never come from a broker that is gone. */
const SEND_MS = 30_000
const CLOSE_MS = 5_000
const CLIENT_ID = 'banner-pools'
const ALL_REPLICAS = -1

/**
 * Opens a producer. One run's lines go to one partition.
 *
 * @throws {Error} If the client is not installed, or a broker refuses the login; the message says what to correct.
 */
export async function openKafkaProducer(
  { brokers, prefix }: KafkaAddress,
  { tls, sasl }: KafkaLogin,
): Promise<LineProducer> {
  const { Connection, Producer } = await import('@platformatic/kafka').catch((cause) => {
    throw new Error('its client is not installed: npm install @platformatic/kafka@1.22.0', {
      cause,
    })
  })
  const options = {
    ...{ timeout: TIMEOUT_MS, connectTimeout: CONNECT_MS },
    ...(tls === null ? {} : { tls: { ...tls }, tlsServerName: brokers.some(isNamed) }),
    ...(sasl === null ? {} : { sasl: { ...sasl } }),
  }
  for (const broker of brokers) {
    await assertWelcome(new Connection(CLIENT_ID, options), broker)
  }
  const producer = new Producer({
    ...{ clientId: CLIENT_ID, bootstrapBrokers: [...brokers], idempotent: true, retries: 0 },
    ...options,
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

/** Codes of Node.js and OpenSSL that say that a certificate is not trusted. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/

/**
 * Connects once by itself: a producer whose login is refused goes on trying, and does not tell.
 *
 * @throws {Error} If the broker refuses the login, or is not trusted. One that is away may come.
 */
async function assertWelcome(connection: Connection, broker: string): Promise<void> {
  const colon = broker.lastIndexOf(':')
  connection.on('error', () => undefined)
  try {
    await connection.connect(broker.slice(0, colon), Number(broker.slice(colon + 1)))
  } catch (error) {
    const reason = explain(error)
    if (reason !== null) throw new Error(`broker ${broker}: ${reason}`, { cause: error })
  } finally {
    await connection.close().catch(() => undefined)
  }
}

/** Null = it may pass. */
function explain(error: unknown): string | null {
  const causes = listCauses(error)
  if (causes.some(({ code }) => code === 'PLT_KFK_AUTHENTICATION')) {
    return 'authentication failed, see --kafka-sasl'
  }
  const { code } = causes.find(({ code = '' }) => CERTIFICATE.test(code)) ?? {}
  return code === undefined ? null : `TLS: ${code}, see --kafka-tls-ca`
}

type CodedError = Error & { code?: string }

function listCauses(error: unknown): CodedError[] {
  if (!(error instanceof Error)) return []
  const inner = error instanceof AggregateError ? error.errors : []
  return [error, ...[error.cause, ...inner].flatMap(listCauses)]
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

/** A certificate that names an address is not asked for by it. */
function isNamed(broker: string): boolean {
  return !/^[\d.]+:\d+$|^\[/.test(broker)
}

/** A click says which session gave its id: no other one gives an id of that block. */
function toMessage({ table, dataset, event, value, writer }: OutgoingLine, prefix: string) {
  return {
    topic: `${prefix}${table}`,
    key: Buffer.from(event.slice(0, event.indexOf(':'))),
    headers: new Map(
      Object.entries({
        dataset: String(dataset),
        event,
        ...(table === 'clicks' ? { writer } : {}),
      }).map(([name, text]) => [Buffer.from(name), Buffer.from(text)]),
    ),
    value: Buffer.from(value),
  }
}
