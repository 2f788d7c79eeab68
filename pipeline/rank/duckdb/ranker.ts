import type { DuckDBConnection } from '@duckdb/node-api'
import { readRows } from '../../base/database.ts'
import { loadDuckDb } from '../../base/duckdb.ts'
import {
  assureRows,
  type CachedFile,
  cacheFiles,
  listLoadedFiles,
} from '../../cache/cache-files.ts'
import {
  type CountedFile,
  type KeptCounts,
  keepCounts,
  nameCounted,
  readKeptCounts,
} from '../../cache/counts.ts'
import { findKeyedLines } from '../../cache/found-lines.ts'
import { createLoadedViews } from '../../cache/loaded.ts'
import { rememberFiles } from '../../cache/stamps.ts'
import type { Ranker, RankInput } from '../ranker.ts'
import { countAddedFiles, readCountsMeaning } from './added-files.ts'
import { type AddedFiles, listNewFiles } from './affected-rows.ts'
import { findKeyRanges } from './key-ranges.ts'
import { readMeasures } from './measures.ts'
import { preparePairModels } from './pair-models.ts'
import { runModels } from './run-models.ts'

/** Beyond this share of all rows, counting all of them costs no more than counting some of them twice. */
const MOST_ADDED_SHARE = 0.25

/**
 * Up to so much, one thread does it all: statements of milliseconds are most of a build, and waking another thread for each
 * costs an eighth of the processor time of the whole.
 */
const ONE_THREAD = { addedRows: 1_000_000, pairsBytes: 4 << 20 }

/** Ranks in this process: files to cached rows, cached rows to models. */
export const DUCKDB_RANKER: Ranker = {
  readsCleanFiles: false,
  async rank(connection, input) {
    const { cache } = input
    const files = await cacheFiles(input.files, input)
    await rememberFiles(cache, input.files)
    const measures = await count(connection, files, input)
    const { version } = loadDuckDb()
    return {
      engine: { name: 'duckdb', version: version() },
      measures,
      files,
      async findLines(index, keys) {
        const file = files[index]
        if (file === undefined) throw new Error(`no such file: ${index}`)
        return findKeyedLines(file, keys, input)
      },
    }
  },
}

/** Makes all tables that a ranker makes; counts only what was added, if that is all that is asked for. */
async function count(
  connection: DuckDBConnection,
  files: readonly CachedFile[],
  input: RankInput,
): Promise<Record<string, number>> {
  const { cache, seed, sizes, scans, progress } = input
  const meaning = await readCountsMeaning()
  const counted = files.map((file) => nameCounted(cache, file))
  const isKept = input.isCountsOnly && sizes === undefined
  const kept = isKept && !cache.isRenewed ? await readKeptCounts(cache, meaning) : null
  const places = kept && findAdded(kept, counted, files)
  const known = files.map(({ index }) => scans[index]?.keys ?? null)
  for (const [index, place] of (places ?? []).entries()) {
    known[place] = kept?.ranges[index] ?? null
  }
  const assure = (needed: readonly CachedFile[]) => assureRows(needed, input)
  const ranges = isKept ? await findKeyRanges(connection, files, { known, assure }) : []
  const measures =
    kept === null || places === null
      ? await countAll()
      : await countAdded({ kept, places, files, ranges, scans, assure })
  if (isKept) {
    await createKeptTables(connection)
    const duplicates = await readDuplicates(connection, files.length)
    const all = { files: counted, duplicates, ranges, measures }
    await keepCounts(connection, all, { ...input, meaning })
  }
  return measures

  async function countAll(): Promise<Record<string, number>> {
    await assure(files)
    await createLoadedViews(connection, files.flatMap(listLoadedFiles))
    const scanned = files.flatMap((file) =>
      listLoadedFiles(file).map((loaded) => ({ ...loaded, scan: scans[file.index] ?? null })),
    )
    await runModels(connection, { seed, sizes, progress, scanned })
    return readMeasures(connection, scanned)
  }

  async function countAdded(added: AddedFiles): Promise<Record<string, number>> {
    const rows = sumOfRows(listNewFiles(added))
    const isLittle = rows < ONE_THREAD.addedRows && added.kept.pairsBytes < ONE_THREAD.pairsBytes
    if (isLittle) await connection.run('set threads = 1')
    const rank = await preparePairModels(connection, seed)
    const all = await progress.step(
      'count added rows',
      () => countAddedFiles(connection, added),
      () => rows,
    )
    await progress.step('rank', rank, () => files.length)
    return all
  }
}

/** Finds for each kept file its place among those of this build; null if one is gone, or much was added. */
function findAdded(
  kept: KeptCounts,
  counted: readonly CountedFile[],
  files: readonly CachedFile[],
): number[] | null {
  const places = new Map(counted.map((file, index) => [JSON.stringify(file), index]))
  const found = kept.files.map((file) => places.get(JSON.stringify(file)) ?? -1)
  if (found.includes(-1)) return null
  const known = new Set(found)
  const added = sumOfRows(files.filter((_, index) => !known.has(index)))
  return added > MOST_ADDED_SHARE * sumOfRows(files) ? null : found
}

function sumOfRows(files: readonly CachedFile[]): number {
  return files.reduce((sum, { counts }) => sum + counts.accepted, 0)
}

/** What is kept for the next build, as {@link keepCounts} takes it. */
async function createKeptTables(connection: DuckDBConnection): Promise<void> {
  await connection.run(`
    create view kept_pairs as
    select
      dataset, campaign_id, banner_id, impression_count as impressions, click_count as clicks,
      conversion_count as conversions, cast(cast(revenue as decimal(38,6)) * 1000000 as bigint) as millionths
    from banner_counts;
    create view kept_unfit as select file, key, reason, line_count from unfit_rows`)
}

async function readDuplicates(connection: DuckDBConnection, files: number): Promise<number[]> {
  const rows = await readRows<{ file: number; row_count: number }>(
    connection,
    'from duplicate_rows',
  )
  const ofFile = new Map(rows.map(({ file, row_count }) => [file, row_count]))
  return Array.from({ length: files }, (_, file) => ofFile.get(file) ?? 0)
}
