/** Loads builds in a thread of their own, so that parsing neither stalls requests nor meets their memory. */
import { Worker } from 'node:worker_threads'
import { ArtifactError } from '../../contract/read.ts'
import { findWorkerFile } from '../../contract/worker-file.ts'
import type { LoadedBuild } from './load.ts'
import type { LoadReply, LoadRequest } from './load-worker.ts'

/** Milliseconds; ten million rows take some seconds. A thread that is still at it then never ends. */
const TIMEOUT_MS = 120_000

/**
 * Loads a build as `loadBuild` does, in a worker thread that ends with it.
 *
 * @throws {ArtifactError} If the build is bad, or loading it takes two minutes.
 * @throws {Error} If the thread fails, for example for want of memory.
 */
export async function loadInThread(
  folder: string,
  known?: string,
): Promise<LoadedBuild | undefined> {
  const request: LoadRequest = { folder, known }
  const worker = new Worker(findWorkerFile('load-worker', import.meta.url), { workerData: request })
  const timer = setTimeout(() => worker.terminate(), TIMEOUT_MS)
  try {
    const reply = await replyOf(worker)
    if ('fault' in reply) throw new ArtifactError(reply.fault)
    return reply.build
  } finally {
    clearTimeout(timer)
    await worker.terminate()
  }
}

function replyOf(worker: Worker): Promise<LoadReply> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    // After a reply this changes nothing.
    worker.once('exit', () => reject(new ArtifactError('loading the build ended without a result')))
  })
}
