/** What is read, and from where on. */
import type { Table } from '../../../contract/schema.ts'
import type { BrokerSettings } from '../../base/kafka.ts'

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
