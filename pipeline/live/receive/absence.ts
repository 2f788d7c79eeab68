/** Brokers that do not answer, or do not know a topic yet: they are waited for, and a person is told once. */
import { PipelineError } from '../../base/errors.ts'
import { type BrokerAwayError, TopicMissingError } from './faults.ts'
import type { ReceiverContext } from './receiver-context.ts'

/** Milliseconds in which brokers that start, or make a topic, come to know it. */
const MISSING_MS = 10_000

/** Since when no broker answers. */
export class Absence {
  readonly #context: Pick<ReceiverContext, 'status' | 'note' | 'now'>
  #missingDueMs: number | null = null

  constructor(context: Pick<ReceiverContext, 'status' | 'note' | 'now'>) {
    this.#context = context
  }

  /** A broker answered. */
  end(): void {
    const { status, note } = this.#context
    if (status.away !== null) note('Kafka answers again')
    status.away = null
    status.awaySinceMs = null
    this.#missingDueMs = null
  }

  /**
   * None answered, or a topic is not there.
   *
   * @throws {PipelineError} If the topic has been missing for ten seconds.
   */
  note(error: BrokerAwayError): void {
    const { status, note, now } = this.#context
    const { message } = error
    if (error instanceof TopicMissingError) {
      this.#missingDueMs ??= performance.now() + MISSING_MS
      if (performance.now() > this.#missingDueMs) throw new PipelineError(message)
    }
    if (status.away === null) {
      note(`waiting for Kafka: ${message}`)
      status.awaySinceMs = now().getTime()
    }
    status.away = message
  }
}
