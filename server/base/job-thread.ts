/** A thread that does one job after the other, and is there only while there are some. */
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'

/** What a thread runs, and what it may take. */
export interface JobThreadOptions {
  /** Exports the jobs by name; from `findWorkerFile`. */
  readonly file: URL
  /** Milliseconds without a job, after which it ends. */
  readonly idleMs: number
  /** Milliseconds, its wait not counted. A job that takes longer is ended with its thread, and another thread takes over. */
  readonly limitMs: number
  /** Starts the time of a job; another one in tests. */
  readonly startLimit?: (limitMs: number) => AbortSignal
}

/** A thread for jobs. */
export interface JobThread {
  /** Jobs that wait. */
  readonly queueSize: () => number
  /**
   * Runs a job when those before it are done.
   *
   * @param signal - Ends it, or keeps it from being begun.
   * @throws {Error} What it throws; of the name `AbortError` if it takes too long or is not wanted any more.
   */
  readonly run: (name: string, job: unknown, signal?: AbortSignal) => Promise<unknown>
  readonly stop: () => Promise<void>
}

/** Megabytes of heap, beside the arrays: a decoded row group has some tens. */
const MEMORY_MB = 512

/** Makes a thread for jobs. It starts when it is wanted. */
export function createJobThread({
  file,
  idleMs,
  limitMs,
  startLimit = AbortSignal.timeout,
}: JobThreadOptions): JobThread {
  const threads = new Piscina({
    filename: fileURLToPath(file),
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: idleMs,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  })
  let waiting = 0
  let last: Promise<unknown> = Promise.resolve()
  let isStopped = false
  const runInTurn = async (turn: Promise<unknown>, job: unknown, { name, signal }: Wanted) => {
    await turn
    waiting -= 1
    signal?.throwIfAborted()
    if (isStopped) throw new Error('the thread was stopped')
    const limit = startLimit(limitMs)
    return threads.run(job, { name, signal: signal ? AbortSignal.any([signal, limit]) : limit })
  }
  return {
    queueSize: () => waiting,
    run: (name, job, signal) => {
      waiting += 1
      const answer = runInTurn(last, job, { name, signal })
      last = answer.catch(() => undefined)
      return answer
    },
    stop: () => {
      isStopped = true
      return threads.destroy()
    },
  }
}

interface Wanted {
  readonly name: string
  readonly signal: AbortSignal | undefined
}
