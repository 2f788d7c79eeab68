/** What may go wrong between us and the brokers. */

/** Passes by itself: no broker answers, a leader has moved. */
export class BrokerAwayError extends Error {
  override readonly name = 'BrokerAwayError'
}

/** Passes by itself while brokers start or a topic is being made, and not if somebody has to make it. */
export class TopicMissingError extends BrokerAwayError {}

/** Errors of a partition that end when the cluster has sorted itself out, by Kafka's number. */
const PASSING: Readonly<Record<number, string>> = {
  3: 'UNKNOWN_TOPIC_OR_PARTITION',
  5: 'LEADER_NOT_AVAILABLE',
  6: 'NOT_LEADER_OR_FOLLOWER',
  7: 'REQUEST_TIMED_OUT',
  8: 'BROKER_NOT_AVAILABLE',
  9: 'REPLICA_NOT_AVAILABLE',
  13: 'NETWORK_EXCEPTION',
  56: 'KAFKA_STORAGE_ERROR',
  72: 'LISTENER_NOT_FOUND',
  74: 'FENCED_LEADER_EPOCH',
  75: 'UNKNOWN_LEADER_EPOCH',
  78: 'OFFSET_NOT_AVAILABLE',
}

export const OFFSET_OUT_OF_RANGE = 1
export const UNKNOWN_TOPIC_OR_PARTITION = 3
export const TOPIC_AUTHORIZATION_FAILED = 29
export const UNKNOWN_TOPIC_ID = 100
export const INCONSISTENT_TOPIC_ID = 103

/** Kafka's name of an error that passes; null = it does not. */
export function findPassingError(code: number): string | null {
  return PASSING[code] ?? null
}

/** Codes of Node.js and OpenSSL that say that a certificate is not trusted. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/

/** A connection's failure in one line, and whether it may pass. */
export function explainConnection(error: unknown): { text: string; isPassing: boolean } {
  const causes = listCauses(error)
  const messages = causes.map(({ message }) => message)
  const authentication = causes.find(({ code }) => code === 'PLT_KFK_AUTHENTICATION')
  if (authentication !== undefined) {
    const detail = messages.find((message) => /mechanism/i.test(message)) ?? 'authentication failed'
    return { text: `${detail.replace(/\.$/, '')}, see --sasl`, isPassing: false }
  }
  const certificate = causes.find(({ code = '' }) => CERTIFICATE.test(code))
  if (certificate !== undefined) {
    return { text: `TLS: ${certificate.code}, see --tls-ca`, isPassing: false }
  }
  const system = causes.find(({ code = '' }) => /^E[A-Z_]+$/.test(code))
  return { text: system?.code ?? messages.at(-1) ?? String(error), isPassing: true }
}

function listCauses(error: unknown): (Error & { code?: string })[] {
  const causes: (Error & { code?: string })[] = []
  const left = [error]
  while (left.length > 0 && causes.length < 20) {
    const next = left.shift()
    if (!(next instanceof Error)) continue
    causes.push(next)
    left.push(next.cause)
    if (next instanceof AggregateError) left.push(...next.errors)
  }
  return causes
}
