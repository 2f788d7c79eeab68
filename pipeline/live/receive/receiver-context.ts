import type { Kafka } from '../../base/kafka.ts'
import type { ReceiveSettings } from './settings.ts'
import type { ReceiveStatus } from './status.ts'
import type { Store } from './store.ts'

/** What a receiver has of the world. */
export interface ReceiverContext {
  readonly settings: ReceiveSettings
  readonly kafka: Kafka
  readonly store: Store
  readonly status: ReceiveStatus
  readonly stop: AbortSignal
  readonly now: () => Date
  readonly note: (line: string) => void
  /** Told of segments that get no more lines. */
  readonly onClosed: (paths: readonly string[]) => void
}
