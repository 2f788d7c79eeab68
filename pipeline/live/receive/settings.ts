/** Where to read, and as whom. */
import type { Table } from '../../../contract/schema.ts'

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

/** A topic and the log that it is. */
export interface TopicSetting {
  readonly name: string
  readonly table: Table
}

/** Offsets by topic and partition. */
export type Offsets = Readonly<Record<string, Readonly<Record<string, number>>>>

/** What a receiver is told; plain data. */
export interface ReceiveSettings {
  /** The input folder. */
  readonly input: string
  readonly brokers: BrokerSettings
  readonly topics: readonly TopicSetting[]
  /** Where topics without a place in the journal begin; null = at their earliest offset. */
  readonly start: Offsets | null
  /** Go on behind lines that are lost, and record it. */
  readonly acceptGap: boolean
}
