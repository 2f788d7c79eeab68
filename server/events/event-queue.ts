/** Events that wait to be written: those that arrive while a batch is being written make up the next one. */
import type { CollectedEvent, EventOutcome } from './event.ts'

/** Events that are written together. */
const BATCH_SIZE = 4_096
/** Events that wait; more are lost at once. */
const MAX_WAITING = 100_000

interface Waiting {
  readonly events: readonly CollectedEvent[]
  readonly resolve: (outcomes: readonly EventOutcome[]) => void
}

/** Hands events to their writer, one batch after the other. */
export class EventQueue {
  readonly #write: (events: readonly CollectedEvent[]) => Promise<readonly EventOutcome[]>
  readonly #queue: Waiting[] = []
  #waiting = 0
  #isRunning = false

  /** @param write - Gives an outcome for each event, in their order. Must not fail. */
  constructor(write: (events: readonly CollectedEvent[]) => Promise<readonly EventOutcome[]>) {
    this.#write = write
  }

  /** Whether so many more events may wait. */
  hasRoom(count: number): boolean {
    return this.#waiting + count <= MAX_WAITING
  }

  /** Takes events; resolves when they are written. */
  add(events: readonly CollectedEvent[]): Promise<readonly EventOutcome[]> {
    return new Promise((resolve) => {
      this.#queue.push({ events, resolve })
      this.#waiting += events.length
      // In the next turn: what comes together is written together.
      if (!this.#isRunning) setImmediate(() => void this.#run())
      this.#isRunning = true
    })
  }

  /** Resolves when nothing waits. */
  async drain(): Promise<void> {
    while (this.#isRunning) await new Promise((resolve) => setImmediate(resolve))
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const taken: Waiting[] = []
      let size = 0
      while (this.#queue.length > 0 && size < BATCH_SIZE) {
        const next = this.#queue.shift() as Waiting
        taken.push(next)
        size += next.events.length
      }
      this.#waiting -= size
      const outcomes = await this.#write(taken.flatMap(({ events }) => events))
      let at = 0
      for (const { events, resolve } of taken) {
        resolve(outcomes.slice(at, at + events.length))
        at += events.length
      }
    }
    this.#isRunning = false
  }
}
