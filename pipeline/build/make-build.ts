/** From inspected files to a published build: cache, models, accounting, checks, files, publish. */
import { join } from 'node:path'
import { type DuckDBConnection, version } from '@duckdb/node-api'
import type { Evaluation } from '../../contract/evaluation.ts'
import { FORMAT_VERSION, type Manifest, type ManifestInput, TABLES } from '../../contract/schema.ts'
import { PROGRAM_VERSION } from '../../contract/version.ts'
import { databaseShareOf, withDatabase } from '../base/database.ts'
import type { Progress } from '../base/progress.ts'
import { cacheFiles, loadedFileOf } from '../cache/cache-files.ts'
import { type Cache, type CacheEntry, removeUnneeded } from '../cache/entries.ts'
import { findKeyedLines } from '../cache/found-lines.ts'
import { createLoadedViews } from '../cache/loaded.ts'
import { writeStamps } from '../cache/stamps.ts'
import { audit } from '../checks/gate.ts'
import { accountForLines } from '../checks/reconcile.ts'
import type { InspectedFile } from '../input/classify.ts'
import { assertRejectShare, type IntakeOptions } from '../input/intake.ts'
import type { InspectedList } from '../lists/inspect.ts'
import { loadLists } from '../lists/load.ts'
import { type Build, listBuilds, readIfWhole, removeOldBuilds } from '../publish/builds.ts'
import { writeManifest, writeOutputs } from '../publish/outputs.ts'
import { createBuildFolder, publishBuild } from '../publish/publish.ts'
import { type Ranked, rankThere } from '../rank/cluster/rank-there.ts'
import { readMeasures } from '../rank/measures.ts'
import { type PoolSizes, runModels } from '../rank/models.ts'
import type { BuildOptions } from './build.ts'

/** What the tables of a build are made of. */
export interface TableOptions extends BuildOptions, IntakeOptions {
  readonly cache: Cache
  /** When the reading of the files began, in milliseconds since 1970. */
  readonly startMs: number
  readonly files: readonly InspectedFile[]
  /** None where only the pools are asked for. */
  readonly lists: readonly InspectedList[]
  /** What earlier builds cached and is intact, by key. */
  readonly whole: ReadonlyMap<string, CacheEntry>
  /** Of pools; by default those of the business rules. A build that is published has no others. */
  readonly sizes?: PoolSizes
}

/** A build under way. */
export interface Work extends Omit<TableOptions, 'sizes'> {
  readonly buildId: string
  /** What a person should look at and belongs to no single file. */
  readonly warnings: readonly string[]
  /** The build to compare with; null if there is none. */
  readonly previous: string | null
}

/**
 * Stages what is new, makes the build, checks and publishes it, and removes what no kept build needs.
 *
 * @throws {PipelineError} If an input or a check does not allow it; what was current stays so.
 */
export async function makeBuild(work: Work): Promise<Build> {
  const { out, cache, buildId, progress } = work
  const manifest = await writeBuild(work)
  return progress.step('publish', async () => {
    const folder = await publishBuild(out, buildId)
    for (const old of await removeOldBuilds(out, work.keep)) progress.note(`removed build ${old}`)
    const kept = (await listBuilds(out)).flatMap(({ inputs }) => inputs)
    const keys = kept.flatMap(({ table, lines_sha256 }) => {
      // Lists are read anew each time.
      const log = TABLES.find((one) => one === table)
      return log === undefined ? [] : [cache.keyOf(log, lines_sha256)]
    })
    await removeUnneeded(cache, new Set(keys))
    return { folder, manifest }
  })
}

/** Who ranked, and what became of the lines, for the manifest and the checks. */
export type Accounts = Pick<Manifest, 'engine' | 'inputs' | 'measures'>

/**
 * Makes all tables of a build in a database of its own, and gives `fn` a connection to it and the accounts.
 *
 * @param rank - {@link rankHere}, or its counterpart on a cluster.
 * @throws {PipelineError} If an input does not allow it.
 */
export function withTables<T>(
  options: TableOptions,
  rank: (connection: DuckDBConnection) => Promise<Ranked>,
  fn: (connection: DuckDBConnection, accounts: Accounts) => Promise<T>,
): Promise<T> {
  const { workFolder, threads } = options
  const memoryLimit = databaseShareOf(options.memoryLimit)
  const database = join(workFolder, 'build.duckdb')
  const spillFolder = join(workFolder, 'spill')
  return withDatabase(database, { threads, memoryLimit, spillFolder }, async (connection) => {
    const { engine, measures, ...accounted } = await rank(connection)
    const inputs = await accountFor(connection, options, accounted)
    return fn(connection, { engine, inputs, measures })
  })
}

async function writeBuild(work: Work): Promise<Manifest> {
  const { cluster, progress } = work
  const rank = (connection: DuckDBConnection) =>
    cluster === null ? rankHere(connection, work) : rankThere(connection, cluster, work)
  // The library of the charts loads while the models run: it takes a quarter of a second, and drawing a tenth of that.
  const reporter = import('../report/report.ts')
  return withTables(work, rank, async (connection, accounts) => {
    const previous = work.previous === null ? null : await readIfWhole(work.out, work.previous)
    const checks = await audit(connection, { ...accounts, previous, progress })
    const folder = await createBuildFolder(work.out, work.buildId)
    const outputs = await progress.step('write', () => writeOutputs(connection, folder, accounts))
    const manifest = {
      format_version: FORMAT_VERSION,
      build_id: work.buildId,
      version: PROGRAM_VERSION,
      created_at: work.now().toISOString(),
      seed: work.seed,
      previous_build_id: work.previous,
      keep_equal_files: work.keepEqualFiles,
      renames: work.renames,
      window: work.window,
      warnings: work.warnings,
      ...accounts,
      checks,
    }
    const evaluation = work.evaluate ? await evaluateInto(connection, { ...work, folder }) : null
    const report = await progress.step('report', async () => {
      const { writeReport } = await reporter
      return writeReport(connection, { folder, manifest, previous, evaluation })
    })
    const sealed: Manifest = { ...manifest, outputs: [...outputs, report] }
    await writeManifest(folder, sealed)
    return sealed
  })
}

/** Evaluates the tables of a build into its folder. What it needs is loaded only here. */
export async function evaluateInto(
  connection: DuckDBConnection,
  options: { folder: string; buildId: string; progress: Progress },
): Promise<Evaluation> {
  const { addEvaluation } = await import('../evaluate/add.ts')
  return addEvaluation(connection, options)
}

/** From files to ranked rows, in this process. */
export async function rankHere(connection: DuckDBConnection, work: TableOptions): Promise<Ranked> {
  const { seed, progress, sizes } = work
  const files = await cacheFiles(connection, work.files, work)
  await keepStamps(work)
  await createLoadedViews(connection, files.flatMap(loadedFileOf))
  await runModels(connection, { seed, progress, ...(sizes !== undefined && { sizes }) })
  return {
    engine: { name: 'duckdb', version: version() },
    measures: await readMeasures(connection),
    files,
    async findLines(index, keys) {
      const file = files[index]
      if (file === undefined) throw new Error(`no such file: ${index}`)
      return findKeyedLines(file, keys, work)
    },
  }
}

/** Keeps what the next build recognises the files by. */
export async function keepStamps({
  cache,
  startMs,
  files,
}: Pick<TableOptions, 'cache' | 'startMs' | 'files'>): Promise<void> {
  const stamps = files.map(({ source, inspection }) => {
    const key = cache.keyOf(source.table, inspection.linesSha256)
    return [source.fullPath, { key, inspection }] as const
  })
  await writeStamps(cache, new Map(stamps), startMs)
}

async function accountFor(
  connection: DuckDBConnection,
  work: TableOptions,
  accounted: Pick<Ranked, 'files' | 'findLines'>,
): Promise<ManifestInput[]> {
  const { maxRejectShare, progress, workFolder } = work
  const inputs = await progress.step(
    'account for lines',
    async () => {
      const logs = await accountForLines(connection, { ...accounted, workFolder })
      return [...logs, ...(await loadLists(connection, work))]
    },
    (accounts) => accounts.reduce((sum, { rows }) => sum + rows, 0),
  )
  for (const file of accounted.files) {
    const { rejected = 0, duplicates = 0 } = inputs[file.index] ?? {}
    assertRejectShare(file, rejected, maxRejectShare)
    const { fullPath } = file.source
    if (rejected > 0) progress.warn(`${fullPath}: ${rejected} rows rejected, see rejects.parquet`)
    if (duplicates > 0 && file.status === 'loaded') {
      progress.warn(`${fullPath}: ${duplicates} rows came before, they count once`)
    }
  }
  for (const { path, dataset, rejected } of inputs) {
    if (dataset !== null || rejected === 0) continue
    progress.warn(`${join(work.input, path)}: ${rejected} rows rejected, see rejects.parquet`)
  }
  return inputs
}
