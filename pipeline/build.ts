import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type DuckDBConnection, version } from '@duckdb/node-api'
import {
  FORMAT_VERSION,
  MANIFEST_FILE,
  type Manifest,
  type ManifestInput,
  type ManifestOutput,
  TABLES,
} from '../artifacts/schema.ts'
import { accountForLines } from './account.ts'
import { buildIdOf } from './build-id.ts'
import { type CheckResult, createCheckTables, describeFailure, runChecks } from './checks.ts'
import { countRows, quotedString, withDatabase } from './database.ts'
import { PipelineError } from './errors.ts'
import {
  assertRejectShare,
  type InspectedFile,
  inspectSources,
  normaliseFiles,
  type ReadyFile,
} from './intake.ts'
import { readSql, runModels } from './models.ts'
import { type Progress, SILENT } from './progress.ts'
import {
  createBuildFolder,
  digestFile,
  OUTPUTS,
  publishBuild,
  readCurrent,
  withWorkFolder,
} from './publish.ts'
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
  /** Builds even what is current already. */
  readonly force: boolean
  /** A missing dataset or table is a warning. */
  readonly allowMissing: boolean
  /** Share of a file's rows, 0 to 1, that may be rejected. */
  readonly maxRejectShare: number
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
  force: false,
  allowMissing: false,
  maxRejectShare: 0.05,
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
  const { progress } = options
  const out = resolve(options.out)
  const sources = await findSources(resolve(options.input), options.allowMissing)
  for (const warning of sources.warnings) progress.warn(warning)
  const bytes = sources.files.reduce((sum, file) => sum + file.bytes, 0)
  return withScanner({ bytes, threads: options.threads }, async (scanner) => {
    const files = await progress.step(
      'inspect files',
      () => inspectSources(scanner, sources.files),
      (inspected) => inspected.reduce((sum, { inspection }) => sum + inspection.rows, 0),
    )
    warnOfFiles(files, progress)
    const buildId = await buildIdOf(files, options.seed)
    const current = options.force ? null : await readCurrent(out, buildId)
    if (current !== null) return summariseBuild(out, current, 'current')
    const manifest = await withWorkFolder(out, (workFolder) =>
      writeBuild({ ...options, out, scanner, files, buildId, workFolder }),
    )
    return summariseBuild(out, manifest, 'built')
  })
}

/** A build under way. */
interface Work extends BuildOptions {
  readonly scanner: Scanner
  readonly files: readonly InspectedFile[]
  readonly buildId: string
  readonly workFolder: string
}

async function writeBuild(work: Work): Promise<Manifest> {
  const { progress, scanner, workFolder, threads, memoryLimit } = work
  const files = await progress.step(
    'normalise files',
    () => normaliseFiles(scanner, work.files, workFolder),
    (ready) =>
      ready.reduce(
        (sum, { counts, isNormalised }) => sum + (isNormalised ? counts.accepted : 0),
        0,
      ),
  )
  for (const file of files) assertRejectShare(file, file.counts.rejected, work.maxRejectShare)
  const database = join(workFolder, 'build.duckdb')
  const spillFolder = join(workFolder, 'spill')
  return withDatabase(database, { threads, memoryLimit, spillFolder }, async (connection) => {
    await loadTables(connection, files, progress)
    await runModels(connection, work.seed, progress)
    const inputs = await accountFor(connection, work, files)
    const checks = await audit(connection, inputs, progress)
    return publish(connection, work, { inputs, checks })
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
  work: Work,
  files: readonly ReadyFile[],
): Promise<ManifestInput[]> {
  const { scanner, workFolder, maxRejectShare } = work
  const inputs = await work.progress.step(
    'account for lines',
    () => accountForLines(connection, { scanner, files, workFolder }),
    (accounts) => accounts.reduce((sum, { rows }) => sum + rows, 0),
  )
  for (const file of files) {
    assertRejectShare(file, inputs[file.index]?.rejected ?? 0, maxRejectShare)
  }
  return inputs
}

/** Runs the checks on what will be published; an error stops the build, a warning is reported. */
async function audit(
  connection: DuckDBConnection,
  inputs: readonly ManifestInput[],
  progress: Progress,
): Promise<CheckResult[]> {
  await createCheckTables(connection, inputs)
  const results = await progress.step(
    'check',
    () => runChecks(connection),
    (checks) => checks.length,
  )
  const failed = results.filter(({ passed }) => !passed)
  const [error] = failed.filter(({ severity }) => severity === 'error')
  if (error !== undefined) {
    throw new PipelineError(`check failed, nothing published: ${describeFailure(error)}`)
  }
  for (const warning of failed) progress.warn(describeFailure(warning))
  return results
}

/** What a manifest says beside its files. */
interface Audited {
  readonly inputs: readonly ManifestInput[]
  readonly checks: readonly CheckResult[]
}

async function publish(
  connection: DuckDBConnection,
  { out, buildId, seed, now, progress }: Work,
  { inputs, checks }: Audited,
): Promise<Manifest> {
  return progress.step('publish', async () => {
    const folder = await createBuildFolder(out, buildId)
    const outputs: ManifestOutput[] = []
    for (const { name, file } of OUTPUTS)
      outputs.push(await writeParquet(connection, name, join(folder, file)))
    const manifest: Manifest = {
      format_version: FORMAT_VERSION,
      build_id: buildId,
      created_at: now().toISOString(),
      engine: { name: 'duckdb', version: version() },
      seed,
      inputs,
      outputs,
      checks: checks.map(({ name, severity, failing_rows, passed }) => {
        return { name, severity, failing_rows, passed }
      }),
    }
    await writeFile(join(folder, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`)
    await publishBuild(out, buildId, folder)
    return manifest
  })
}

async function writeParquet(
  connection: DuckDBConnection,
  name: string,
  path: string,
): Promise<ManifestOutput> {
  const select = await readSql('publish', name)
  const compression = `format parquet, compression zstd`
  await connection.run(`copy (${select}\n) to ${quotedString(path)} (${compression})`)
  const rows = await countRows(connection, name)
  return { file: `${name}.parquet`, ...(await digestFile(path)), rows }
}

function warnOfFiles(files: readonly InspectedFile[], progress: Progress): void {
  for (const { source, warnings } of files) {
    for (const warning of warnings) progress.warn(`${source.fullPath}: ${warning}`)
  }
}
