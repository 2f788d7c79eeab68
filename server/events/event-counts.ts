/** How many events came to what, since the start. */
import {
  type CollectedEvent,
  type EventOutcome,
  type RejectedEvent,
  UNKEPT,
  type Unkept,
} from './event.ts'

/** Counts the events of a collector. */
export class EventCounts {
  /** What is counted only. */
  readonly unkept = Object.fromEntries(Object.keys(UNKEPT).map((name) => [name, 0])) as Record<
    Unkept,
    number
  >
  readonly totals = {
    counted: { impression: 0, view: 0, click: 0, conversion: 0 },
    rejected: {} as Partial<Record<string, number>>,
  }

  /** Counts what is not kept. */
  note(counts: Readonly<Partial<Record<Unkept, number>>>): void {
    for (const [name, count] of Object.entries(counts)) this.unkept[name as Unkept] += count
  }

  /** Counts events by their outcomes, in the same order. */
  add(events: readonly CollectedEvent[], outcomes: readonly EventOutcome[]): void {
    for (const [i, { status }] of outcomes.entries()) {
      const event = events[i]
      if (status === 'lost') this.addLost(event)
      else if (status === 'counted' && event !== undefined && event.kind !== 'rejected') {
        this.totals.counted[event.kind]++
      }
    }
  }

  addRejected({ reason }: RejectedEvent): void {
    this.totals.rejected[reason] = (this.totals.rejected[reason] ?? 0) + 1
  }

  addLost(event: CollectedEvent | undefined): void {
    if (event === undefined || event.kind === 'rejected') return
    this.unkept[`lost_${event.kind}`]++
  }
}
