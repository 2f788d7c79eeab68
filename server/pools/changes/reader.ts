/** Reads changes in a thread, so that requests are not held up. */
import { findWorkerFile } from '../../../contract/worker-file.ts'
import { createJobThread } from '../../base/job-thread.ts'
import type { Chain, ChainPlace } from './read-chain.ts'

/** Reads the changes that come next. */
export interface ChangeReader {
  /** @throws {Error} If the thread cannot be started, has too little memory, or takes too long. */
  readonly read: (place: ChainPlace, signal: AbortSignal) => Promise<Chain>
  /** Starts the thread before it is asked, so that the first change does not wait for it. */
  readonly start: () => void
  /** Ends the thread. */
  readonly stop: () => void
}

/** Milliseconds. A change takes some; what takes so long hangs, and another thread takes over. */
const LIMIT_MS = 60_000

/** Milliseconds without a change. A new thread takes some hundred to start, which the next change would wait for. */
const IDLE_MS = 600_000

/** Makes a reader. Its thread starts when it is wanted. */
export function createChangeReader(): ChangeReader {
  const thread = createJobThread({
    file: findWorkerFile('jobs', import.meta.url),
    idleMs: IDLE_MS,
    limitMs: LIMIT_MS,
  })
  return {
    read: (place, signal) => thread.run('readNext', place, signal) as Promise<Chain>,
    start: () => {
      // If that fails, the first change says so.
      thread.run('getReady', undefined).catch(() => {})
    },
    stop: () => void thread.stop(),
  }
}
