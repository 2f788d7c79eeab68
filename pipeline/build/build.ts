import { resolve } from 'node:path'
import { FORMAT_VERSION } from '../../contract/schema.ts'
import { PROGRAM_VERSION } from '../../contract/version.ts'
import { type Cache, openCache } from '../cache/entries.ts'
import { findUsable, type KnownFile, recogniseFiles } from '../cache/known-files.ts'
import { runGate } from '../checks/gate.ts'
import { startWorkers } from '../input/scan/scanner.ts'
import { type Build, readCurrent, readIfIntact } from '../publish/builds.ts'
import { removeFailed } from '../publish/failed.ts'
import { withWorkFolder } from '../publish/publish.ts'
import { findUnchanged, isSameBuild, keepCurrent, nameBuildBefore } from './current.ts'
import { countUnread, findLogs, type InspectedLogs, withInspectedLogs } from './logs.ts'
import type { BuildOptions } from './options.ts'
import { publishAndTidy } from './publish.ts'
import { type BuildSummary, countForSummary, summariseBuild } from './summary.ts'
import { withTables } from './tables.ts'
import { writeBuild } from './write-build.ts'

/**
 * Builds the pools from the logs and publishes them, unless they are current already:
 *
 *     find logs ──► inspect ──► cache, models ──► reconcile ──► check ──► write ──► publish
 *                   new bytes   (the ranker)      each line     in SQL              one rename
 *
 * @throws {PipelineError} If an input, a check or the output folder does not allow it; what was current stays so.
 */
export async function buildPools(options: BuildOptions): Promise<BuildSummary> {
  const { readsCleanFiles } = options.ranker
  const out = resolve(options.out)
  const cache = openCache(out, { ...options, startMs: options.now().getTime() })
  const found = await findLogs(options)
  const cached = await recogniseFiles(cache, found.files)
  const known = (await options.scanned?.find(found.files, cached)) ?? cached
  const current = await findUnchanged(found, known, { ...options, out })
  if (current !== null) {
    await removeFailed(out)
    return summariseBuild(current, { status: 'current', ...found })
  }
  // Threads take a while to start; meanwhile this one locks the folder.
  const workers = await startWorkers({ ...options, bytes: countUnread(found.files, known) })
  return withWorkFolder(out, async (workFolder) => {
    const usable = await findRows(known, { ...options, cache, workFolder })
    const reading = { ...options, known: usable, workFolder, readsCleanFiles, workers }
    return withInspectedLogs(found, reading, async (logs) => {
      const target = { ...options, out, rejectsOut: out, cache, warnings: found.warnings }
      const before = await readCurrent(out)
      if (before !== null && isSameBuild(before, logs.buildId) && !options.force) {
        await keepCurrent(before, logs, target)
        await removeFailed(out)
        return summariseBuild(before, { status: 'current', ...found })
      }
      return summariseBuild(await makeBuild(before, logs, target), { status: 'built', ...found })
    })
  }).finally(() => workers?.end())
}

/** Finds the files of which there are rows to rank. A ranker that reads clean files takes those that were scanned elsewhere. */
async function findRows(
  known: readonly (KnownFile | null)[],
  {
    cache,
    workFolder,
    scanned,
    ranker,
    progress,
  }: BuildOptions & { readonly cache: Cache; readonly workFolder: string },
): Promise<(KnownFile | null)[]> {
  if (scanned === null && ranker.readsCleanFiles) return known.map(() => null)
  const brought = (await scanned?.bring(known, { cache, workFolder })) ?? known
  return findUsable(cache, brought, { isRead: ranker.readsCleanFiles, progress })
}

/** Where a build goes, and what it knows beside its logs. */
interface Target extends BuildOptions {
  readonly cache: Cache
  /** About what is missing or passed over in the input. */
  readonly warnings: readonly string[]
}

/**
 * Logs below this size, in bytes, are ranked by one thread: their models take milliseconds each, and waking another
 * thread for each costs an eighth of the processor time of the whole.
 */
const WORTH_THREADS_BYTES = 32 << 20

function findModelThreads({ files }: InspectedLogs, { threads, evaluate }: Target): number {
  const bytes = files.reduce((sum, { source }) => sum + source.bytes, 0)
  return evaluate === null && bytes < WORTH_THREADS_BYTES ? 1 : threads
}

/** Ranks, reconciles, checks, writes and publishes. */
async function makeBuild(
  before: Build | null,
  logs: InspectedLogs,
  target: Target,
): Promise<Build> {
  const { out, now, evaluate, progress } = target
  const { buildId } = logs
  const previousId = nameBuildBefore(before, buildId)
  // The library of the charts takes a quarter of a second to load; meanwhile the models run.
  const writeReport = target.loadReport()
  writeReport.catch(() => undefined)
  const isCountsOnly = evaluate === null
  const tables = { ...target, isCountsOnly, threads: findModelThreads(logs, target) }
  const manifest = await withTables(logs, tables, async (connection, reconciled) => {
    const previous = previousId === null ? null : await readIfIntact(out, previousId)
    const checks = await runGate(connection, { ...reconciled, previous, progress })
    const facts = {
      format_version: FORMAT_VERSION,
      build_id: buildId,
      version: PROGRAM_VERSION,
      created_at: now().toISOString(),
      seed: target.seed,
      previous_build_id: previousId,
      keep_equal_files: target.keepEqualFiles,
      renames: target.renames,
      window: target.window,
      warnings: target.warnings,
      ...reconciled,
      checks,
      summary: await countForSummary(connection),
    }
    const written = { ...target, manifest: facts, previous, writeReport }
    return writeBuild(connection, written)
  })
  const folder = await progress.step('publish', () => publishAndTidy(buildId, target))
  return { folder, manifest }
}
