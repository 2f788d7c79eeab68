/** Which days of logs count: a file whose name holds a date is of that day. */

/** The last so many days, in UTC. */
export interface Window {
  /** 1 or more. */
  readonly days: number
  /** The last one, such as `2026-11-25`; later ones count, too. */
  readonly day: string
}

/** Hours, minutes and seconds of a day, in milliseconds. */
const DAY_MS = 86_400_000

/** Opens a window at a moment. Files that come later are taken or not by the same day. */
export function openWindow(days: number, now: Date): Window {
  return { days, day: formatDay(now) }
}

/** Tells whether a file's lines count. One without a date always does. */
export function isInWindow(path: string, window: Window | null): boolean {
  const day = window === null ? null : findDay(path)
  if (window === null || day === null) return true
  return day >= formatDay(new Date(Date.parse(window.day) - (window.days - 1) * DAY_MS))
}

/** Finds the first valid date in a path. */
export function findDay(path: string): string | null {
  for (const [text] of path.matchAll(/\d{4}-\d{2}-\d{2}/g)) {
    const time = Date.parse(text)
    if (!Number.isNaN(time) && formatDay(new Date(time)) === text) return text
  }
  return null
}

function formatDay(time: Date): string {
  return time.toISOString().slice(0, 10)
}
