/** Reads changes in a thread, so that requests are not held up. */
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { findWorkerFile } from '../../../contract/worker-file.ts'
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

/** Megabytes of heap, beside the arrays. */
const THREAD_MEMORY_MB = 512

/** Makes a reader. Its thread starts when it is wanted. */
export function createChangeReader(): ChangeReader {
  const threads = new Piscina({
    filename: fileURLToPath(findWorkerFile('jobs', import.meta.url)),
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_MS,
    resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MB },
  })
  return {
    read: (place, signal) => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)])
      return threads.run(place, { name: 'readNext', signal: limit })
    },
    start: () => {
      // If that fails, the first change says so.
      threads.run(undefined, { name: 'getReady' }).catch(() => {})
    },
    stop: () => void threads.destroy(),
  }
}
