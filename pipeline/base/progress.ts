import { formatCount } from '../../contract/format-count.ts'
import { printable } from '../../contract/printable.ts'
import type { Meter } from './meter.ts'

/** Tells how far a build is, one line a step. */
export interface Progress {
  /**
   * Runs a step and reports its name, rows and time.
   *
   * @param rowsOf - How many rows it dealt with; absent where rows make no sense.
   * @param meter - Tells meanwhile how far it is, where that can be known.
   */
  step<T>(
    name: string,
    fn: () => Promise<T>,
    rowsOf?: (result: T) => number,
    meter?: Meter,
  ): Promise<T>
  /** Reports something to look at. */
  warn(message: string): void
  /** Reports something that was done on the way. */
  note(message: string): void
}

/**
 * Makes a {@link Progress} of plain lines: `stg_clicks          12,480 rows      84 ms`. Names of files in them are
 * made printable.
 *
 * @param write - Takes a line without its line end.
 * @param now - Milliseconds of a clock that never goes back.
 * @param warningLabel - Stands before a warning, as it is: it may have a colour.
 */
export function createProgress(
  write: (line: string) => void,
  now: () => number = () => performance.now(),
  warningLabel = 'warning:',
): Progress {
  return {
    async step(name, fn, rowsOf) {
      const startMs = now()
      const result = await fn()
      const rows = rowsOf === undefined ? '' : `${formatCount(rowsOf(result))} rows`
      const elapsed = `${formatCount(Math.round(now() - startMs))} ms`
      write(`${printable(name).padEnd(28)}${rows.padStart(20)}${elapsed.padStart(12)}`)
      return result
    },
    warn(message) {
      write(`${warningLabel} ${printable(message)}`)
    },
    note(message) {
      write(printable(message))
    },
  }
}

/** Says nothing: for tests and for callers that only want the result. */
export const SILENT: Progress = createProgress(() => {})
