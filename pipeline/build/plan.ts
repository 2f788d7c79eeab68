import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Progress } from '../base/progress.ts'
import { classifyFiles } from '../input/classify.ts'
import { inspectSources, prepareFile } from '../input/intake.ts'
import type { Rename } from '../input/renames.ts'
import { withScanner } from '../input/scan/scanner.ts'
import { findSources } from '../input/sources.ts'
import type { Window } from '../input/window.ts'
import { inspectLists } from '../lists/inspect.ts'
import { type Plan, type PlanOptions, planBuild } from '../rank/cluster/plan.ts'
import { buildIdOf } from './build-id.ts'

/** What a plan is made of: all that decides what a build asks of a cluster. */
export interface PlanPoolsOptions extends Omit<PlanOptions, 'buildId' | 'files'> {
  /** Folder with the CSV files. */
  readonly input: string
  readonly allowMissing: boolean
  readonly keepEqualFiles: boolean
  readonly followLinks: boolean
  readonly window: Window | null
  readonly renames: readonly Rename[]
  readonly threads: number
  readonly progress: Progress
}

/**
 * Plans a build on a cluster, without asking it anything.
 *
 * @throws {PipelineError} If the input does not allow a build.
 */
export async function planPools(options: PlanPoolsOptions): Promise<Plan> {
  const { input, seed, renames, threads, progress } = options
  const sources = await findSources(resolve(input), options)
  for (const warning of sources.warnings) progress.warn(warning)
  const lists = await inspectLists(sources.lists, options)
  const bytes = sources.files.reduce((sum, file) => sum + file.bytes, 0)
  const workFolder = await mkdtemp(join(tmpdir(), 'pools-plan-'))
  try {
    return await withScanner({ bytes, threads }, async (scanner) => {
      // A plan is made whatever is rejected.
      const intake = { scanner, workFolder, isForCluster: true, renames, maxRejectShare: 1 }
      const none = sources.files.map(() => null)
      const inspections = await inspectSources(sources.files, none, intake)
      const inspected = classifyFiles(sources.files, inspections, options)
      const buildId = await buildIdOf(inspected, {
        seed,
        renames,
        keepEqualFiles: options.keepEqualFiles,
        lists,
        window: options.window,
      })
      // Whether a file that is not clean has a row to place is known when its lines are sorted.
      const files = await Promise.all(inspected.map((file) => prepareFile(file, intake)))
      return planBuild({ ...options, buildId, files })
    })
  } finally {
    await rm(workFolder, { recursive: true, force: true })
  }
}
