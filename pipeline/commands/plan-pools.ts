import { withTemporaryFolder } from '../base/temporary-folder.ts'
import type { IdentityOptions } from '../build/build-id.ts'
import { findLogs, type LogOptions, withInspectedLogs } from '../build/logs.ts'
import { prepareFile } from '../input/intake.ts'
import { type Plan, type PlanOptions, planBuild } from '../rank/cluster/plan.ts'

/** What a plan is made of: all that decides what a build asks of a cluster. */
export interface PlanPoolsOptions
  extends LogOptions,
    IdentityOptions,
    Omit<PlanOptions, 'buildId' | 'files'> {
  readonly threads: number
}

/**
 * Plans a build on a cluster, without asking it anything.
 *
 * @throws {PipelineError} If the input does not allow a build.
 */
export async function planPools(options: PlanPoolsOptions): Promise<Plan> {
  const found = await findLogs(options)
  const known = found.files.map(() => null)
  return withTemporaryFolder((workFolder) =>
    withInspectedLogs(
      found,
      { ...options, known, workFolder, readsCleanFiles: true },
      async (logs) => {
        // A plan is made whatever is rejected. Whether a file that is not clean has a row to place is known when its lines
        // are sorted.
        const intake = { ...logs, maxRejectShare: 1 }
        const ready = await Promise.all(logs.files.map((file) => prepareFile(file, intake)))
        return planBuild({ ...options, buildId: logs.buildId, files: ready })
      },
    ),
  )
}
