/** Ctrl-C and SIGTERM for the batch job. */
import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** As shells tell it: 130 after Ctrl-C, 143 after SIGTERM. */
const SIGNAL_BASE = 128

/** What of the process is needed. */
export interface SignalProcess {
  on(signal: (typeof SIGNALS)[number], listener: () => void): unknown
  exit(code: number): unknown
}

/**
 * Ends the process with one line when it is told to stop. What is half-written has a temporary name; the next build
 * removes it.
 *
 * @param report - Takes the line, without its line end.
 * @returns A function for commands that go on until they are stopped: from its call on, the first signal aborts what
 *   it returned, and the second ends the process.
 */
export function obeySignals(
  target: SignalProcess,
  report: (line: string) => void,
): () => AbortSignal {
  let graceful: AbortController | null = null
  for (const signal of SIGNALS) {
    target.on(signal, () => {
      if (graceful !== null && !graceful.signal.aborted) return graceful.abort()
      report(`stopped by ${signal}`)
      target.exit(SIGNAL_BASE + constants.signals[signal])
    })
  }
  return () => {
    graceful ??= new AbortController()
    return graceful.signal
  }
}
