/** Progress for someone who watches: the lines of progress.ts, and below them one that tells what goes on now. */
import { formatCount } from '../../contract/format-count.ts'
import { printable } from '../../contract/printable.ts'
import { type Meter, readMeter } from './meter.ts'
import { createProgress, type Progress } from './progress.ts'

/** Milliseconds between two looks: often enough to seem steady. */
const INTERVAL_MS = 100
/** Steps that are over sooner show no line of their own: it would only flicker. */
const PATIENCE_MS = 400
/** An estimate from less is a guess. */
const LEAST_SHARE = 0.02

/** The escape sequence of a terminal that empties the line, from its beginning. */
const CLEAR_LINE = '\r\u001b[2K'
const YELLOW = '\u001b[33m'
const PLAIN = '\u001b[39m'

/** A terminal to write to. */
export interface TerminalOptions {
  readonly write: (text: string) => void
  /** Characters in a line; read anew each time, since a window may be resized. */
  readonly columns: () => number
  readonly isColoured: boolean
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

/** Makes a {@link Progress} for a terminal. */
export function createTerminalProgress(options: TerminalOptions): Progress {
  const { write, columns, isColoured, now = () => performance.now() } = options
  const label = isColoured ? `${YELLOW}warning:${PLAIN}` : 'warning:'
  const plain = createProgress((line) => write(`${CLEAR_LINE}${line}\n`), now, label)
  return {
    ...plain,
    async step(name, fn, rowsOf, meter) {
      const startMs = now()
      const timer = setInterval(() => {
        const elapsedMs = now() - startMs
        if (elapsedMs < PATIENCE_MS) return
        const line = describeNow(printable(name), elapsedMs, meter)
        write(`${CLEAR_LINE}${line.slice(0, columns() - 1)}`)
      }, INTERVAL_MS)
      try {
        return await plain.step(name, fn, rowsOf)
      } finally {
        clearInterval(timer)
        write(CLEAR_LINE)
      }
    },
  }
}

/**
 * Words what a step is at: `inspect files   42 %   8,100,000 rows   3,900,000 rows/s   3 s left`.
 *
 * Without a meter only the time is known.
 */
export function describeNow(name: string, elapsedMs: number, meter?: Meter): string {
  const elapsed = `${name.padEnd(16)} ${Math.floor(elapsedMs / 1000)} s`
  if (meter === undefined || meter.totalBytes === 0) return elapsed
  const { bytes, rows } = readMeter(meter)
  const share = Math.min(1, bytes / meter.totalBytes)
  const parts = [
    `${name.padEnd(16)} ${Math.floor(100 * share)} %`,
    `${formatCount(rows)} rows`,
    `${formatCount((rows * 1000) / elapsedMs)} rows/s`,
  ]
  if (share >= LEAST_SHARE) {
    parts.push(`${Math.ceil((elapsedMs * (1 - share)) / share / 1000)} s left`)
  }
  return parts.join('   ')
}
