import { Worker } from 'node:worker_threads'

/** How a thread is run. */
export interface ThreadOptions {
  /** Ends the thread. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds after which it is ended; by default never. */
  readonly limitMs?: number
  /** Megabytes of its heap, arrays excluded; by default what Node decides. Without it the process would end, too. */
  readonly memoryMb?: number
}

/** The thread has ended without a result: it was stopped, or took too long. */
export class ThreadEndedError extends Error {
  override name = 'ThreadEndedError'
}

/**
 * Runs a worker thread for one task. Its first message is the result, and it ends with it.
 *
 * @param file - From `findWorkerFile`.
 * @param workerData - What it is told; data only.
 * @throws {ThreadEndedError} If it ends without a message.
 * @throws {Error} What it throws; with the code `ERR_WORKER_OUT_OF_MEMORY` if it takes more memory.
 */
export async function runThread<Result>(
  file: URL,
  workerData: unknown,
  { signal, limitMs, memoryMb }: ThreadOptions = {},
): Promise<Result> {
  signal?.throwIfAborted()
  const worker = new Worker(file, {
    workerData,
    ...(memoryMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: memoryMb } }),
  })
  const end = () => void worker.terminate()
  const timer = limitMs === undefined ? undefined : setTimeout(end, limitMs)
  signal?.addEventListener('abort', end)
  try {
    return await new Promise<Result>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
      // After a message this changes nothing.
      worker.once('exit', (code) => {
        reject(
          new ThreadEndedError(`the thread ended without a result, exit code ${code}: ${file}`),
        )
      })
    })
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
    await worker.terminate()
  }
}
