/** The rows that the scanner has parsed, to cached ones: what no earlier build cached is cached now. */
import { TABLES } from '../../contract/schema.ts'
import type { Progress } from '../base/progress.ts'
import type { InspectedFile } from '../input/classify.ts'
import { copyRows, type PrepareOptions, prepareFile, type ReadyFile } from '../input/intake.ts'
import { assertDiskSpace } from '../input/limits.ts'
import { assertRejectShare, describeSorted } from '../input/reject-share.ts'
import {
  buildRejectsPath,
  type Cache,
  type CacheEntry,
  isSame,
  rowsPathOf,
  saveEntry,
} from './entries.ts'
import { readPresentEntry, warnOfAltered } from './known-files.ts'
import type { LoadedFile } from './loaded.ts'

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
  files: readonly InspectedFile[],
  options: CacheFilesOptions,
): Promise<CachedFile[]> {
  const { cache, progress, maxRejectShare } = options
  const entries = await findEntries(files, options)
  for (const file of files) {
    const entry = entries.get(findKey(cache, file))
    if (entry !== undefined && file.status !== 'duplicate') {
      const rejectsPath = entry.rejects && buildRejectsPath(cache, findKey(cache, file))
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
  for (const table of TABLES) {
    await progress.step(
      `cache ${table}`,
      () =>
        cacheTable(
          fresh.filter(({ source }) => source.table === table),
          entries,
          options,
        ),
      (rows) => rows,
    )
  }
  return files.map((file) => cachedFile(cache, file, entries))
}

/**
 * Makes sure that cached rows are as they were written, before they are read; what was altered is made again.
 *
 * @throws {PipelineError} If an input file that has to be read again changed since it was inspected.
 */
export async function assureRows(
  files: readonly CachedFile[],
  options: CacheFilesOptions,
): Promise<void> {
  const { cache, progress } = options
  for (const file of files) {
    const entry = cache.present.get(file.key)
    const isSure = entry === undefined || cache.intact.has(file.key) || file.rowsPath === null
    if (isSure) continue
    if (await isSame(file.rowsPath, entry.rows)) {
      cache.intact.set(file.key, entry)
      continue
    }
    warnOfAltered(cache, file.key, progress)
    await options.fetchFile?.(file.source.path)
    const { counts, rows, rejectsPath } = await copyRows(file, options)
    const fresh = { counts, rowsPath: rows?.path ?? null, rejectsPath }
    cache.intact.set(file.key, await saveEntry(cache, file.key, fresh))
  }
}

/** A cached file as the views need it; nothing if it has no rows. */
export function listLoadedFiles({ source, index, rowsPath }: CachedFile): LoadedFile[] {
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
  for (const key of new Set(files.map((file) => findKey(cache, file)))) {
    const entry = await readPresentEntry(cache, key, progress)
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
    const key = findKey(options.cache, file)
    if (!entries.has(key) && !fresh.has(key)) fresh.set(key, file)
  }
  await assertDiskSpace([...fresh.values()], options.workFolder)
  return Promise.all([...fresh.values()].map((file) => prepareFile(file, options)))
}

/** Caches files of one table; returns how many rows that were. */
async function cacheTable(
  files: readonly ReadyFile[],
  entries: Map<string, CacheEntry>,
  options: CacheFilesOptions,
): Promise<number> {
  let rows = 0
  for (const file of files) {
    const { counts, rejectsPath } = file
    const { path: rowsPath = null, written: rowsDigest = null } = file.rows ?? {}
    const key = findKey(options.cache, file)
    const entry = { counts, rowsPath, rowsDigest, rejectsPath }
    entries.set(key, await saveEntry(options.cache, key, entry))
    rows += file.counts.accepted
  }
  return rows
}

function cachedFile(
  cache: Cache,
  file: InspectedFile,
  entries: ReadonlyMap<string, CacheEntry>,
): CachedFile {
  const key = findKey(cache, file)
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
    rejectsPath: entry.rejects && buildRejectsPath(cache, key),
  }
}

/** What a duplicate file adds. */
const NOTHING: CacheEntry['counts'] = { accepted: 0, rejected: 0, rounded: 0, example: null }

function findKey(cache: Cache, { source, inspection }: InspectedFile): string {
  return cache.keyOf(source.table, inspection.linesSha256)
}

function isNormalised({ rows, inspection }: ReadyFile): boolean {
  return rows !== null && !inspection.isClean
}
