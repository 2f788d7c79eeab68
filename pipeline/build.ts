import { join, resolve } from 'node:path'
import { type DuckDBConnection, version } from '@duckdb/node-api'
import { FORMAT_VERSION, type Manifest, type ManifestInput, TABLES } from '../artifacts/schema.ts'
import { accountForLines } from './account.ts'
import { audit } from './audit.ts'
import { buildIdOf } from './build-id.ts'
import { type Build, readCurrent, removeOldBuilds } from './builds.ts'
import { withDatabase } from './database.ts'
import {
  assertRejectShare,
  type InspectedFile,
  inspectSources,
  normaliseFiles,
  type ReadyFile,
} from './intake.ts'
import { readMeasures } from './measures.ts'
import { runModels } from './models.ts'
import { writeManifest, writeOutputs } from './outputs.ts'
import { type Progress, SILENT } from './progress.ts'
import { createBuildFolder, publishBuild, withWorkFolder } from './publish.ts'
import type { Rename } from './renames.ts'
import { type Scanner, withScanner } from './scan/scanner.ts'
import { findSources } from './sources.ts'
import { loadTable } from './stage.ts'
import { type BuildSummary, summariseBuild } from './summary.ts'

/** What a build is made of and where it goes. */
export interface BuildOptions {
  /** Folder with the CSV files. */
  readonly input: string
  /** Artifacts folder. */
  readonly out: string
  /** Decides the random order; the same seed always gives the same pools. */
  readonly seed: number
  /** Columns that have other names in the files. */
  readonly renames: readonly Rename[]
  /** Builds even what is current already. */
  readonly force: boolean
  /** A missing dataset or table is a warning. */
  readonly allowMissing: boolean
  /** Share of a file's rows, 0 to 1, that may be rejected. */
  readonly maxRejectShare: number
  /** How many builds stay in the artifacts folder. */
  readonly keep: number
  readonly threads: number
  /** As DuckDB reads it: `4GB`. */
  readonly memoryLimit: string
  /** The time of the build, for the manifest. */
  readonly now: () => Date
  readonly progress: Progress
}

/** All but the two folders. */
export const BUILD_DEFAULTS: Omit<BuildOptions, 'input' | 'out'> = {
  seed: 0,
  renames: [],
  force: false,
  allowMissing: false,
  maxRejectShare: 0.05,
  keep: 5,
  threads: 2,
  memoryLimit: '4GB',
  now: () => new Date(),
  progress: SILENT,
}

/**
 * Builds the pools from the logs and publishes them, unless they are current already.
 *
 * @throws {PipelineError} If an input, a check or the output folder does not allow it; what was current stays so.
 */
export async function buildPools(options: BuildOptions): Promise<BuildSummary> {
  const { progress, seed, renames } = options
  const out = resolve(options.out)
  const sources = await findSources(resolve(options.input), options.allowMissing)
  for (const warning of sources.warnings) progress.warn(warning)
  const bytes = sources.files.reduce((sum, file) => sum + file.bytes, 0)
  return withScanner({ bytes, threads: options.threads }, async (scanner) => {
    const files = await progress.step(
      'inspect files',
      () => inspectSources(scanner, sources.files, renames),
      (inspected) => inspected.reduce((sum, { inspection }) => sum + inspection.rows, 0),
    )
    warnOfFiles(files, progress)
    const buildId = await buildIdOf(files, { seed, renames })
    const current = await readCurrent(out)
    if (current?.manifest.build_id === buildId && !options.force) {
      return summariseBuild(current, 'current')
    }
    const work = {
      ...options,
      out,
      scanner,
      files,
      buildId,
      previous: previousOf(current, buildId),
    }
    const built = await withWorkFolder(out, (workFolder) => makeBuild({ ...work, workFolder }))
    return summariseBuild(built, 'built')
  })
}

/** A build under way. */
interface Work extends BuildOptions {
  readonly scanner: Scanner
  readonly files: readonly InspectedFile[]
  readonly buildId: string
  readonly previous: string | null
  readonly workFolder: string
}

/** Building the current build once more does not make it its own predecessor. */
function previousOf(current: Build | null, buildId: string): string | null {
  if (current === null) return null
  const { build_id, previous_build_id } = current.manifest
  return build_id === buildId ? previous_build_id : build_id
}

async function makeBuild(work: Work): Promise<Build> {
  const { out, buildId, progress } = work
  const manifest = await writeBuild(work)
  return progress.step('publish', async () => {
    const folder = await publishBuild(out, buildId)
    for (const old of await removeOldBuilds(out, work.keep)) progress.note(`removed build ${old}`)
    return { folder, manifest }
  })
}

async function writeBuild(work: Work): Promise<Manifest> {
  const { scanner, workFolder, threads, memoryLimit, progress } = work
  const files = await progress.step(
    'normalise files',
    () => normaliseFiles(scanner, work.files, workFolder),
    (ready) => ready.filter((file) => file.isNormalised).reduce(sumOfRows, 0),
  )
  for (const file of files) assertRejectShare(file, file.counts.rejected, work.maxRejectShare)
  const database = join(workFolder, 'build.duckdb')
  const spillFolder = join(workFolder, 'spill')
  return withDatabase(database, { threads, memoryLimit, spillFolder }, async (connection) => {
    await loadTables(connection, files, progress)
    await runModels(connection, work.seed, progress)
    const inputs = await accountFor(connection, work, files)
    const measures = await readMeasures(connection)
    const audited = { inputs, measures, previous_build_id: work.previous }
    const checks = await audit(connection, { ...work, ...audited })
    const folder = await createBuildFolder(work.out, work.buildId)
    const outputs = await progress.step('write', () => writeOutputs(connection, folder))
    const manifest: Manifest = {
      format_version: FORMAT_VERSION,
      build_id: work.buildId,
      created_at: work.now().toISOString(),
      engine: { name: 'duckdb', version: version() },
      seed: work.seed,
      ...audited,
      outputs,
      checks,
    }
    await writeManifest(folder, manifest)
    return manifest
  })
}

async function loadTables(
  connection: DuckDBConnection,
  files: readonly ReadyFile[],
  progress: Progress,
): Promise<void> {
  for (const table of TABLES) {
    await progress.step(
      `load ${table}`,
      () => loadTable(connection, table, files),
      (rows) => rows,
    )
  }
}

async function accountFor(
  connection: DuckDBConnection,
  { scanner, workFolder, maxRejectShare, progress }: Work,
  files: readonly ReadyFile[],
): Promise<ManifestInput[]> {
  const inputs = await progress.step(
    'account for lines',
    () => accountForLines(connection, { scanner, files, workFolder }),
    (accounts) => accounts.reduce((sum, { rows }) => sum + rows, 0),
  )
  for (const file of files) {
    const { rejected = 0, duplicates = 0 } = inputs[file.index] ?? {}
    assertRejectShare(file, rejected, maxRejectShare)
    const { fullPath } = file.source
    if (rejected > 0) progress.warn(`${fullPath}: ${rejected} rows rejected, see rejects.parquet`)
    if (duplicates > 0 && file.status === 'loaded') {
      progress.warn(`${fullPath}: ${duplicates} rows came before, they count once`)
    }
  }
  return inputs
}

function sumOfRows(sum: number, { inspection }: ReadyFile): number {
  return sum + inspection.rows
}

function warnOfFiles(files: readonly InspectedFile[], progress: Progress): void {
  for (const { source, warnings } of files) {
    for (const warning of warnings) progress.warn(`${source.fullPath}: ${warning}`)
  }
}
