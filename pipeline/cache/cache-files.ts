/** From files as text to cached rows: what no earlier build cached is cached now. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { TABLES } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import type { Progress } from '../base/progress.ts'
import type { InspectedFile } from '../input/classify.ts'
import { copyRows, type PrepareOptions, prepareFile, type ReadyFile } from '../input/intake.ts'
import { assertDiskSpace } from '../input/limits.ts'
import { assertRejectShare, describeSorted } from '../input/reject-share.ts'
import { type Cache, type CacheEntry, rejectsPathOf, rowsPathOf, saveEntry } from './entries.ts'
import { readIntactEntry } from './known-files.ts'
import type { LoadedFile } from './loaded.ts'
import { writeRows } from './rows.ts'

/** A file whose accepted rows and rejects are in the cache. */
export interface CachedFile extends InspectedFile, Pick<CacheEntry, 'counts'> {
  readonly key: string
  /** Parquet; null if no row was accepted. */
  readonly rowsPath: string | null
  /** JSON lines; null if no line was rejected. */
  readonly rejectsPath: string | null
}

/** What caching needs. */
export interface CacheFilesOptions extends PrepareOptions {
  readonly cache: Cache
  readonly progress: Progress
}

/**
 * Caches the files; each is kept from then on, whatever becomes of the build.
 *
 * @returns In the order of `files`.
 * @throws {PipelineError} If a file cannot be trusted, has too many rejects, or changed since it was inspected.
 */
export async function cacheFiles(
  connection: DuckDBConnection,
  files: readonly InspectedFile[],
  options: CacheFilesOptions,
): Promise<CachedFile[]> {
  const { cache, progress, maxRejectShare } = options
  const entries = await findEntries(files, options)
  for (const file of files) {
    const entry = entries.get(keyOf(cache, file))
    if (entry !== undefined && file.status !== 'duplicate') {
      const rejectsPath = entry.rejects && rejectsPathOf(cache, keyOf(cache, file))
      const sorted = { ...file, counts: entry.counts, rejectsPath }
      assertRejectShare(describeSorted(sorted), maxRejectShare)
    }
  }
  const fresh = await progress.step(
    'normalise files',
    () => prepareFiles(files, entries, options),
    (ready) => ready.filter(isNormalised).reduce((sum, { inspection }) => sum + inspection.rows, 0),
  )
  for (const file of fresh) assertRejectShare(describeSorted(file), maxRejectShare)
  // The order of cached rows means nothing, and keeping it costs a tenth of the time.
  await connection.run('set preserve_insertion_order = false')
  for (const table of TABLES) {
    await progress.step(
      `cache ${table}`,
      () =>
        cacheTable(
          connection,
          fresh.filter(({ source }) => source.table === table),
          entries,
          options,
        ),
      (rows) => rows,
    )
  }
  await connection.run('set preserve_insertion_order = true')
  return files.map((file) => cachedFile(cache, file, entries))
}

/** A cached file as the views need it; nothing if it has no rows. */
export function loadedFileOf({ source, index, rowsPath }: CachedFile): LoadedFile[] {
  const { dataset, table } = source
  return rowsPath === null ? [] : [{ dataset, table, index, rowsPath }]
}

/** Finds what earlier builds cached, by key. */
async function findEntries(
  files: readonly InspectedFile[],
  { cache, progress }: CacheFilesOptions,
): Promise<Map<string, CacheEntry>> {
  const entries = new Map<string, CacheEntry>()
  if (cache.isRenewed) return entries
  for (const key of new Set(files.map((file) => keyOf(cache, file)))) {
    const entry = await readIntactEntry(cache, key, progress)
    if (entry !== null) entries.set(key, entry)
  }
  return entries
}

/** Prepares the files that are not cached yet, one for each key. */
async function prepareFiles(
  files: readonly InspectedFile[],
  entries: ReadonlyMap<string, CacheEntry>,
  options: CacheFilesOptions,
): Promise<ReadyFile[]> {
  const fresh = new Map<string, InspectedFile>()
  for (const file of files) {
    const key = keyOf(options.cache, file)
    if (!entries.has(key) && !fresh.has(key)) fresh.set(key, file)
  }
  await assertDiskSpace([...fresh.values()], options.workFolder)
  return Promise.all([...fresh.values()].map((file) => prepareFile(file, options)))
}

/** Caches files of one table; returns how many rows that were. */
async function cacheTable(
  connection: DuckDBConnection,
  files: readonly ReadyFile[],
  entries: Map<string, CacheEntry>,
  options: CacheFilesOptions,
): Promise<number> {
  let rows = 0
  for (const file of files) {
    const entry = await cacheFile(connection, file, options)
    entries.set(keyOf(options.cache, file), entry)
    rows += file.counts.accepted
  }
  return rows
}

async function cacheFile(
  connection: DuckDBConnection,
  file: ReadyFile,
  options: CacheFilesOptions,
): Promise<CacheEntry> {
  const { cache, workFolder } = options
  const { text, counts, rejectsPath } = file
  const rowsPath = text === null ? null : join(workFolder, `${file.index}.parquet`)
  if (text !== null && rowsPath !== null) {
    await writeRows(connection, { ...file, text }, rowsPath).catch(async (error) => {
      if (!text.isInput || !(error instanceof PipelineError)) throw error
      // It may only have grown: then its copy is what was inspected, else making that fails.
      const copy = await copyRows(file, options)
      if (copy.text !== null) await writeRows(connection, { ...copy, text: copy.text }, rowsPath)
    })
  }
  return saveEntry(cache, keyOf(cache, file), { counts, rowsPath, rejectsPath })
}

function cachedFile(
  cache: Cache,
  file: InspectedFile,
  entries: ReadonlyMap<string, CacheEntry>,
): CachedFile {
  const key = keyOf(cache, file)
  const entry = entries.get(key)
  if (entry === undefined) throw new Error(`not cached: ${file.source.path}`)
  if (file.status === 'duplicate') {
    return { ...file, key, counts: NOTHING, rowsPath: null, rejectsPath: null }
  }
  return {
    ...file,
    key,
    counts: entry.counts,
    rowsPath: entry.rows && rowsPathOf(cache, key),
    rejectsPath: entry.rejects && rejectsPathOf(cache, key),
  }
}

/** What a duplicate file adds. */
const NOTHING: CacheEntry['counts'] = { accepted: 0, rejected: 0, rounded: 0, example: null }

function keyOf(cache: Cache, { source, inspection }: InspectedFile): string {
  return cache.keyOf(source.table, inspection.linesSha256)
}

function isNormalised({ text, inspection }: ReadyFile): boolean {
  return text !== null && !text.isInput && !inspection.isClean
}
