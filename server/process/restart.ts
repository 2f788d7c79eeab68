/** When a worker that ended is replaced. */

/** Milliseconds: doubled each time one ends within a minute of its start. */
export const FIRST_DELAY_MS = 100
const GREATEST_DELAY_MS = 10_000
const STABLE_MS = 60_000

/** Milliseconds, where nobody else serves: visitors wait for the new one. */
const GREATEST_LAST_DELAY_MS = 1_000

/** Milliseconds of serving after which the last one is replaced at once: whatever ended it, it can serve. */
const SERVED_MS = 500

/** A worker that ended. */
export interface EndedWorker {
  /** What the last one waited. */
  readonly delayMs: number
  /** How long it served; 0: it never did. */
  readonly servedMs: number
  /** Nobody else serves. */
  readonly isLast: boolean
}

/** Finds the milliseconds to wait now, and those that the next one waits. */
export function findRestartDelay({ delayMs, servedMs, isLast }: EndedWorker) {
  const nowMs = servedMs > STABLE_MS ? FIRST_DELAY_MS : delayMs
  const nextDelayMs = Math.min(2 * nowMs, GREATEST_DELAY_MS)
  if (!isLast) return { waitMs: nowMs, nextDelayMs }
  const waitMs = servedMs > SERVED_MS ? 0 : Math.min(nowMs, GREATEST_LAST_DELAY_MS)
  return { waitMs, nextDelayMs }
}
