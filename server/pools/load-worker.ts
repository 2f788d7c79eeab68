/** The worker thread of {@link file://./load-thread.ts}: loads one build, hands over its arrays, ends. */
import { parentPort, workerData } from 'node:worker_threads'
import { ArtifactError, type ArtifactFault } from '../../contract/read.ts'
import { stepBehindRequests } from '../base/thread-priority.ts'
import { loadCandidates } from './candidates.ts'
import { type KnownBuild, loadLiveBuild } from './changes/load-live.ts'
import type { LoadedBuild } from './load.ts'

/** What the thread is told. */
export interface LoadRequest {
  readonly folder: string
  readonly known: KnownBuild | undefined
  readonly withCandidates: boolean
}

/** What it says: a build, nothing because it is the known one, or why the build cannot be used. */
export type LoadReply =
  | { readonly build: LoadedBuild | undefined }
  | { readonly fault: ArtifactFault; readonly message: string }

const { folder, known, withCandidates } = workerData as LoadRequest

// The first build is waited for, any other one is not.
if (known !== undefined) stepBehindRequests()

try {
  const build = await loadLiveBuild(folder, known)
  reply({ build: withCandidates && build !== undefined ? await addCandidates(build) : build })
} catch (error) {
  if (!(error instanceof ArtifactError)) throw error
  reply({ fault: error.fault, message: error.message })
}

async function addCandidates(build: LoadedBuild): Promise<LoadedBuild> {
  return { ...build, candidates: await loadCandidates(build) }
}

function reply(message: LoadReply): void {
  parentPort?.postMessage(message, 'build' in message ? listBuffers(message.build) : [])
}

/** These are handed over, not copied: the receiving thread, which serves, is not held up. */
function listBuffers(build: LoadedBuild | undefined): ArrayBuffer[] {
  const values = [
    ...Object.values(build?.pools ?? {}),
    ...Object.values(build?.candidates ?? {}),
    ...Object.values(build?.changes?.live ?? {}),
  ]
  const buffers = values
    .filter((value) => ArrayBuffer.isView(value))
    .map((view) => view.buffer as ArrayBuffer)
  return [...new Set(buffers)]
}
