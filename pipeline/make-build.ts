/** From inspected files to a published build: stage, models, accounting, checks, files, publish. */
import { join } from 'node:path'
import { type DuckDBConnection, version } from '@duckdb/node-api'
import { FORMAT_VERSION, type Manifest, type ManifestInput } from '../artifacts/schema.ts'
import { accountForLines } from './account.ts'
import { audit } from './audit.ts'
import type { BuildOptions } from './build.ts'
import { type Build, listBuilds, readIfWhole, removeOldBuilds } from './builds.ts'
import { withDatabase } from './database.ts'
import { assertRejectShare, type InspectedFile } from './intake.ts'
import { readMeasures } from './measures.ts'
import { type PoolSizes, runModels } from './models.ts'
import { writeManifest, writeOutputs } from './outputs.ts'
import { createBuildFolder, publishBuild } from './publish.ts'
import type { Scanner } from './scan/scanner.ts'
import { createLoadedViews } from './stage/loaded.ts'
import { loadedFileOf, type StagedFile, stageFiles } from './stage/stage.ts'
import { writeStamps } from './stage/stamps.ts'
import { type Stage, type StageEntry, sweepStage } from './stage/store.ts'

/** What the tables of a build are made of. */
export interface TableOptions extends BuildOptions {
  readonly stage: Stage
  readonly scanner: Scanner
  /** Empty at the start, gone at the end. */
  readonly workFolder: string
  /** When the reading of the files began, in milliseconds since 1970. */
  readonly startMs: number
  readonly files: readonly InspectedFile[]
  /** What earlier builds staged and is whole, by key. */
  readonly whole: ReadonlyMap<string, StageEntry>
  /** Of pools; by default those of the business rules. A build that is published has no others. */
  readonly sizes?: PoolSizes
}

/** A build under way. */
export interface Work extends Omit<TableOptions, 'sizes'> {
  readonly buildId: string
  /** The build to compare with; null if there is none. */
  readonly previous: string | null
}

/**
 * Stages what is new, makes the build, checks and publishes it, and removes what no kept build needs.
 *
 * @throws {PipelineError} If an input or a check does not allow it; what was current stays so.
 */
export async function makeBuild(work: Work): Promise<Build> {
  const { out, stage, buildId, progress } = work
  const manifest = await writeBuild(work)
  return progress.step('publish', async () => {
    const folder = await publishBuild(out, buildId)
    for (const old of await removeOldBuilds(out, work.keep)) progress.note(`removed build ${old}`)
    const kept = (await listBuilds(out)).flatMap(({ inputs }) => inputs)
    await sweepStage(stage, new Set(kept.map(({ table, sha256 }) => stage.keyOf(table, sha256))))
    return { folder, manifest }
  })
}

/** What became of the lines, for the manifest and the checks. */
export type Accounts = Pick<Manifest, 'inputs' | 'measures'>

/**
 * Makes all tables of a build in a database of its own, and gives `fn` a connection to it and the accounts.
 *
 * @throws {PipelineError} If an input does not allow it.
 */
export function withTables<T>(
  options: TableOptions,
  fn: (connection: DuckDBConnection, accounts: Accounts) => Promise<T>,
): Promise<T> {
  const { workFolder, threads, memoryLimit, seed, progress, sizes } = options
  const database = join(workFolder, 'build.duckdb')
  const spillFolder = join(workFolder, 'spill')
  return withDatabase(database, { threads, memoryLimit, spillFolder }, async (connection) => {
    const files = await stageFiles(connection, options.files, options)
    await keepStamps(options)
    await createLoadedViews(connection, files.flatMap(loadedFileOf))
    await runModels(connection, { seed, progress, ...(sizes !== undefined && { sizes }) })
    const inputs = await accountFor(connection, options, files)
    return fn(connection, { inputs, measures: await readMeasures(connection) })
  })
}

async function writeBuild(work: Work): Promise<Manifest> {
  const { progress } = work
  // The library of the charts loads while DuckDB works: it takes a quarter of a second, and drawing a tenth of that.
  const reporter = import('./report/report.ts')
  return withTables(work, async (connection, accounts) => {
    const previous = work.previous === null ? null : await readIfWhole(work.out, work.previous)
    const checks = await audit(connection, { ...accounts, previous, progress })
    const folder = await createBuildFolder(work.out, work.buildId)
    const outputs = await progress.step('write', () => writeOutputs(connection, folder))
    const manifest = {
      format_version: FORMAT_VERSION,
      build_id: work.buildId,
      created_at: work.now().toISOString(),
      engine: { name: 'duckdb', version: version() },
      seed: work.seed,
      previous_build_id: work.previous,
      ...accounts,
      checks,
    }
    const report = await progress.step('report', async () => {
      const { writeReport } = await reporter
      return writeReport(connection, { folder, manifest, previous })
    })
    const sealed: Manifest = { ...manifest, outputs: [...outputs, report] }
    await writeManifest(folder, sealed)
    return sealed
  })
}

/** Keeps what the next build recognises the files by. */
export async function keepStamps({
  stage,
  startMs,
  files,
}: Pick<TableOptions, 'stage' | 'startMs' | 'files'>): Promise<void> {
  const stamps = files.map(({ source, inspection: { stamp, sha256 } }) => {
    return [source.fullPath, { stamp, sha256 }] as const
  })
  await writeStamps(stage, new Map(stamps), startMs)
}

async function accountFor(
  connection: DuckDBConnection,
  work: TableOptions,
  files: readonly StagedFile[],
): Promise<ManifestInput[]> {
  const { maxRejectShare, progress } = work
  const inputs = await progress.step(
    'account for lines',
    () => accountForLines(connection, { ...work, files }),
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
