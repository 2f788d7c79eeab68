/** The thread in which a follower makes its builds: makes one build and answers where it is. */
import { parentPort, workerData } from 'node:worker_threads'
import { PipelineError } from '../base/errors.ts'
import { buildPools } from '../build/build.ts'
import type { FullBuildAnswer, FullBuildOptions } from '../live/full-build.ts'
import { BUILD_DEFAULTS } from './features.ts'

/** Builds that stay in the follower's own folder: the last one is what the next is compared with. */
const KEEP = 2

async function answer(): Promise<FullBuildAnswer> {
  try {
    const options = workerData as FullBuildOptions
    // How much may be rejected is for people to watch here, and what is missing may come.
    const lenient = { allowMissing: true, maxRejectShare: 1, keep: KEEP }
    const summary = await buildPools({ ...BUILD_DEFAULTS, ...options, ...lenient })
    return { buildId: summary.build_id, folder: summary.folder }
  } catch (error) {
    if (error instanceof PipelineError) return { failure: error.message }
    throw error
  }
}

parentPort?.postMessage(await answer())
