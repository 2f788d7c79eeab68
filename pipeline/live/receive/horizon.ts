/** How long events of messages are remembered. */
import type { ReadPartition } from './topics.ts'

/** Milliseconds: a token counts a day, two at most where --click-hours says so; an hour for clocks and for what waits. */
const LIFE_MS = 49 * 3_600_000

/**
 * The time before which events are forgotten: by the messages that were read, never by a clock. A partition with a backlog
 * holds it back, since repeats may wait there; one that is read to its end does not.
 */
export function findHorizon(partitions: Iterable<ReadPartition>): number {
  let newest = Number.NEGATIVE_INFINITY
  let least = Number.POSITIVE_INFINITY
  for (const { newestMs, offset, lastStableOffset } of partitions) {
    newest = Math.max(newest, newestMs)
    if (lastStableOffset === null || offset < lastStableOffset) least = Math.min(least, newestMs)
  }
  return Math.min(newest, least) - LIFE_MS
}
