/** Loads builds in a thread of their own, so that parsing neither stalls requests nor meets their memory. */
import { Worker } from 'node:worker_threads'
import { ArtifactError } from '../../contract/read.ts'
import { findWorkerFile } from '../../contract/worker-file.ts'
import type { KnownBuild } from './changes/load-live.ts'
import type { LoadedBuild } from './load.ts'
import type { LoadReply, LoadRequest } from './load-worker.ts'

/** Milliseconds; ten million rows take some seconds. A thread that is still at it then hangs. */
const TIMEOUT_MS = 120_000

/** Megabytes of heap, beside the arrays: sixteen million campaigns take 600. Without it the process would end, too. */
const THREAD_MEMORY_MB = 1024

/** How {@link loadInThread} loads. */
export interface LoadOptions {
  readonly known?: KnownBuild | undefined
  readonly signal?: AbortSignal | undefined
  readonly memoryMb?: number
}

/**
 * Loads a build and its changes as `loadLiveBuild` does, in a worker thread that ends with it.
 *
 * @param options - `known`: the build in memory. `signal`: ends the thread. `memoryMb`: its heap, 1,024 by
 * default.
 * @throws {ArtifactError} If the build is bad or cannot be read, or loading it takes two minutes or more memory.
 * @throws {Error} If the thread cannot be started or fails otherwise.
 */
export async function loadInThread(
  folder: string,
  { known, signal, memoryMb = THREAD_MEMORY_MB }: LoadOptions = {},
): Promise<LoadedBuild | undefined> {
  signal?.throwIfAborted()
  const request: LoadRequest = { folder, known }
  const worker = new Worker(findWorkerFile('load-worker', import.meta.url), {
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  })
  const end = () => void worker.terminate()
  const timer = setTimeout(end, TIMEOUT_MS)
  signal?.addEventListener('abort', end)
  try {
    const reply = await replyOf(worker).catch((error) => {
      if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') throw error
      const message = `loading the build takes more than ${memoryMb} MB of heap: ${folder}`
      throw new ArtifactError(message, { fault: 'unreadable' })
    })
    if ('fault' in reply) throw new ArtifactError(reply.message, { fault: reply.fault })
    return reply.build
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
    await worker.terminate()
  }
}

function replyOf(worker: Worker): Promise<LoadReply> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    // After a reply this changes nothing.
    worker.once('exit', () => {
      const message = 'loading the build ended without a result'
      reject(new ArtifactError(message, { fault: 'unreadable' }))
    })
  })
}
