/** Loads builds in a thread of their own, so that parsing neither stalls requests nor meets their memory. */
import { ArtifactError } from '../../contract/read.ts'
import { runThread, ThreadEndedError } from '../../contract/run-thread.ts'
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
  /** Reads the candidates of each campaign, too. */
  readonly withCandidates?: boolean | undefined
}

/**
 * Loads a build and its changes as `loadLiveBuild` does, in a worker thread that ends with it.
 *
 * @param options - `known`: the build in memory. `signal`: ends the thread. `memoryMb`: its heap, 1,024 by
 * default. `withCandidates`: for exploring.
 * @throws {ArtifactError} If the build is bad or cannot be read, or loading it takes two minutes or more memory.
 * @throws {Error} If the thread cannot be started or fails otherwise.
 */
export async function loadInThread(
  folder: string,
  { known, signal, memoryMb = THREAD_MEMORY_MB, withCandidates = false }: LoadOptions = {},
): Promise<LoadedBuild | undefined> {
  const request: LoadRequest = { folder, known, withCandidates }
  const limits = { signal, memoryMb, limitMs: TIMEOUT_MS }
  const file = findWorkerFile('load-worker', import.meta.url)
  const reply = await runThread<LoadReply>(file, request, limits).catch((error) => {
    throw describeFailure(error, folder, memoryMb)
  })
  if ('fault' in reply) throw new ArtifactError(reply.message, { fault: reply.fault })
  return reply.build
}

/** What says nothing about the build but that it could not be read. */
function describeFailure(error: NodeJS.ErrnoException, folder: string, memoryMb: number): Error {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const message = `loading the build takes more than ${memoryMb} MB of heap: ${folder}`
    return new ArtifactError(message, { fault: 'unreadable' })
  }
  if (!(error instanceof ThreadEndedError)) return error
  return new ArtifactError('loading the build ended without a result', { fault: 'unreadable' })
}
