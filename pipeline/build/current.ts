/** The current build: whether the logs would make it again, and what is done if they would. */
import { readEvaluation } from '../../contract/evaluation.ts'
import type { KnownFile } from '../cache/known-files.ts'
import { rememberFiles } from '../cache/stamps.ts'
import { classifyFiles } from '../input/classify.ts'
import { type Build, isComplete, readCurrent } from '../publish/builds.ts'
import { makeCurrent } from '../publish/publish.ts'
import { computeBuildId, type IdentityOptions } from './build-id.ts'
import { type FoundLogs, type InspectedLogs, warnOfFiles } from './logs.ts'
import type { BuildOptions } from './options.ts'
import { type MakeTablesOptions, withTables } from './tables.ts'

/** Tells whether a build has this id and all files that builds have now. */
export function isSameBuild(build: Build, buildId: string): boolean {
  return build.manifest.build_id === buildId && isComplete(build)
}

/**
 * Names the build before one; null if there is none. Building the current build once more does not make it its own
 * predecessor.
 */
export function nameBuildBefore(current: Build | null, buildId: string): string | null {
  if (current === null) return null
  const { build_id, previous_build_id } = current.manifest
  return build_id === buildId ? previous_build_id : build_id
}

/** What tables are made of if the build lacks an evaluation, and where the build is. */
interface KeepOptions
  extends MakeTablesOptions,
    Pick<BuildOptions, 'input' | 'window' | 'out' | 'evaluate'> {}

/** What makes a build another one, and where the current one is. */
interface UnchangedOptions
  extends IdentityOptions,
    Pick<BuildOptions, 'out' | 'evaluate' | 'progress'> {}

/** Evaluates a build that is current, if that is wanted and was not done; no file of the build changes. */
export async function keepCurrent(
  current: Build,
  logs: InspectedLogs,
  target: KeepOptions,
): Promise<void> {
  const { out, evaluate } = target
  const { folder } = current
  if (evaluate === null || !(await lacksEvaluation(current, target))) {
    return rememberFiles(target.cache, logs.files)
  }
  const { buildId } = logs
  await withTables(logs, target, (connection) =>
    evaluate(connection, { ...target, folder, buildId }),
  )
  await makeCurrent(out, buildId)
}

/** Where no input has changed, the current build is known to be current without reading a byte of them. */
export async function findUnchanged(
  { files: sources, lists }: FoundLogs,
  known: readonly (KnownFile | null)[],
  options: UnchangedOptions,
): Promise<Build | null> {
  const inspections = known.flatMap((file) => (file === null ? [] : [file.inspection]))
  if (inspections.length < known.length) return null
  const input = { files: classifyFiles(sources, inspections, options), lists }
  const current = await readCurrent(options.out)
  if (current === null || !isSameBuild(current, await computeBuildId(input, options))) return null
  if (await lacksEvaluation(current, options)) return null
  warnOfFiles(input, options.progress)
  return current
}

async function lacksEvaluation(
  { folder, manifest }: Build,
  { evaluate }: Pick<BuildOptions, 'evaluate'>,
): Promise<boolean> {
  return evaluate !== null && (await readEvaluation(folder, manifest.build_id)) === null
}
