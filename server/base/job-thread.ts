/** A thread that does one job after the other, and is there only while there are some. */
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'

/** What a thread runs, and what it may take. */
export interface JobThreadOptions {
  /** Exports the jobs by name; from `findWorkerFile`. */
  readonly file: URL
  /** Milliseconds without a job, after which it ends. */
  readonly idleMs: number
  /** Milliseconds. A job that takes longer is ended with its thread, and another thread takes over. */
  readonly limitMs: number
}

/** A thread for jobs. */
export interface JobThread {
  /** Jobs that wait. */
  readonly queueSize: () => number
  /**
   * Runs a job.
   *
   * @throws {Error} What it throws; of the name `AbortError` if it takes too long or is not wanted any more.
   */
  readonly run: (name: string, job: unknown, signal?: AbortSignal) => Promise<unknown>
  readonly stop: () => Promise<void>
}

/** Megabytes of heap, beside the arrays: a decoded row group has some tens. */
const MEMORY_MB = 512

/** Makes a thread for jobs. It starts when it is wanted. */
export function createJobThread({ file, idleMs, limitMs }: JobThreadOptions): JobThread {
  const threads = new Piscina({
    filename: fileURLToPath(file),
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: idleMs,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  })
  return {
    queueSize: () => threads.queueSize,
    run: (name, job, signal) => {
      const limit = AbortSignal.timeout(limitMs)
      return threads.run(job, { name, signal: signal ? AbortSignal.any([signal, limit]) : limit })
    },
    stop: () => threads.destroy(),
  }
}
