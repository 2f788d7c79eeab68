/** Where collected events are sent: `kafka://HOST:PORT,…` and, behind a slash, what stands before the topics' names. */
export interface KafkaAddress {
  /** `HOST:PORT` of the brokers that are asked first. */
  readonly brokers: readonly string[]
  readonly prefix: string
}

const ADDRESS = /^kafka:\/\/([^/,\s]+:\d{1,5}(?:,[^/,\s]+:\d{1,5})*)(?:\/([\w.-]{0,200}))?$/

/** Reads an address; null = it is none. */
export function parseKafkaAddress(text: string): KafkaAddress | null {
  const [, brokers, prefix = ''] = ADDRESS.exec(text) ?? []
  return brokers === undefined ? null : { brokers: brokers.split(','), prefix }
}
