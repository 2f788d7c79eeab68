/** The client of Kafka, loaded where it is needed, and how it connects. */

/** What the client's package gives. */
export type Kafka = typeof import('@platformatic/kafka')

/**
 * Loads the client.
 *
 * @throws {Error} If it is not installed: the command line says what to install.
 */
export function loadKafka(): Promise<Kafka> {
  return import('@platformatic/kafka')
}

/** A host and a port. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** How connections are made; plain data, so that a thread may have it. */
export interface BrokerSettings {
  readonly bootstrap: readonly Address[]
  /** Null = without TLS. PEM texts; without `ca` the authorities that Node.js knows. */
  readonly tls: {
    readonly ca?: string
    readonly cert?: string
    readonly key?: string
    readonly passphrase?: string
  } | null
  /** Null = nobody in particular. */
  readonly sasl: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
    readonly username: string
    readonly password: string
  } | null
}
