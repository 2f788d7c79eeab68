/** Tells of refused connections and requests, at most once a minute: who floods a server must not fill its disk. */
import type { EventLog } from '../base/log-events.ts'

/** Counts refusals for the log. */
export interface RefusalLog {
  /** @param reason - As in the metrics. */
  readonly count: (what: 'connections' | 'requests', reason: string) => void
}

const MINUTE_MS = 60_000

/**
 * Makes the count. The first refusal starts a minute, at whose end there is a line for each reason.
 *
 * @param periodMs - A minute, but for tests.
 */
export function createRefusalLog(log: EventLog, periodMs = MINUTE_MS): RefusalLog {
  const counts = new Map<string, { what: string; reason: string; count: number }>()
  const tell = () => {
    for (const { what, reason, count } of counts.values()) {
      const line = `refused ${count} ${what} in the last minute: ${reason}`
      log.warn({ event: 'refused', what, reason, count }, line)
    }
    counts.clear()
  }
  return {
    count: (what, reason) => {
      if (counts.size === 0) setTimeout(tell, periodMs).unref()
      const key = `${what} ${reason}`
      const found = counts.get(key)
      if (found === undefined) counts.set(key, { what, reason, count: 1 })
      else found.count++
    },
  }
}
