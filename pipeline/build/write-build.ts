import type { DuckDBConnection } from '@duckdb/node-api'
import type { Manifest } from '../../contract/schema.ts'
import type { Progress } from '../base/progress.ts'
import type { Build } from '../publish/builds.ts'
import { writeManifest, writeOutputs } from '../publish/outputs.ts'
import { createBuildFolder } from '../publish/publish.ts'
import type { EvaluateTables, TableOptions, WriteReport } from './options.ts'

/** What is written, and where. */
export interface WriteBuildOptions extends Pick<TableOptions, 'input' | 'window'> {
  /** Artifacts folder. */
  readonly out: string
  /** All but what the files themselves add to it. */
  readonly manifest: Omit<Manifest, 'outputs'>
  /** The build to compare with, intact; null if there is none. */
  readonly previous: Build | null
  readonly evaluate: EvaluateTables | null
  readonly writeReport: Promise<WriteReport>
  readonly progress: Progress
}

/**
 * Writes the files of a build into a folder that is not published yet, the manifest last.
 *
 * @param connection - Has the tables of the build.
 */
export async function writeBuild(
  connection: DuckDBConnection,
  options: WriteBuildOptions,
): Promise<Manifest> {
  const { out, manifest, previous, evaluate, writeReport, progress } = options
  const buildId = manifest.build_id
  const folder = await createBuildFolder(out, buildId)
  const outputs = await progress.step('write', () => writeOutputs(connection, folder, manifest))
  const evaluation = evaluate && (await evaluate(connection, { ...options, folder, buildId }))
  const report = await progress.step('report', async () => {
    const write = await writeReport
    return write(connection, { out, folder, manifest, previous, evaluation })
  })
  const complete = { ...manifest, outputs: [...outputs, report] }
  await writeManifest(folder, complete)
  return complete
}
