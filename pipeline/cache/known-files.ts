/** What earlier builds know of the input files of this one. */
import type { Progress } from '../base/progress.ts'
import type { FileScan } from '../input/inspect-sources.ts'
import { fileStamp, type Inspection } from '../input/scan/inspect.ts'
import type { SourceFile } from '../input/sources.ts'
import {
  type Cache,
  type CacheEntry,
  isIntact,
  isPresent,
  readEntry,
  rowsPathOf,
} from './entries.ts'
import { readStamps, type Stamp } from './stamps.ts'

/** An input file that has not changed since it was cached. */
export interface KnownFile {
  readonly key: string
  readonly entry: CacheEntry
  readonly inspection: Inspection
  /** What was learnt of it beside its rows, where that is still there. */
  readonly scan: FileScan | null
}

/**
 * Recognises files by their stamps, without reading them or their cached rows.
 *
 * @returns In the order of `sources`; null = not known.
 */
export async function recogniseFiles(
  cache: Cache,
  sources: readonly SourceFile[],
): Promise<(KnownFile | null)[]> {
  if (cache.isRenewed) return sources.map(() => null)
  const stamps = await readStamps(cache)
  return Promise.all(
    sources.map((source) => recogniseFile(cache, source, stamps.get(source.fullPath))),
  )
}

async function recogniseFile(
  cache: Cache,
  { fullPath, table }: SourceFile,
  known: Stamp | undefined,
): Promise<KnownFile | null> {
  if (known === undefined) return null
  const stamp = await fileStamp(fullPath).catch(() => null)
  const { key, inspection } = known
  // With other renames, or by another version, its header was read otherwise.
  const isSame = stamp === inspection.stamp && key === cache.keyOf(table, inspection.linesSha256)
  if (!isSame) return null
  const entry = await readEntry(cache, key)
  if (entry === null || entry === 'altered') return null
  cache.recognised.set(key, entry)
  return { key, entry, inspection, scan: null }
}

/**
 * Leaves out the files whose cached rows are not there; these are reported.
 *
 * @param isRead - All rows will be read, so that their bytes are looked at now: see {@link readPresentEntry}.
 */
export async function findUsable(
  cache: Cache,
  known: readonly (KnownFile | null)[],
  { isRead, progress }: { readonly isRead: boolean; readonly progress: Progress },
): Promise<(KnownFile | null)[]> {
  const read = isRead ? readIntactEntry : readPresentEntry
  const usable: (KnownFile | null)[] = []
  for (const file of known) {
    const entry = file && (await read(cache, file.key, progress))
    usable.push(entry && file)
  }
  const count = usable.filter((file) => file !== null).length
  if (count > 0) progress.note(`${count} of ${known.length} files are cached already`)
  return usable
}

/**
 * Reads an entry and makes sure of its files, once a build.
 *
 * @returns Null if there is none to rely on; the reason is reported if it is not just missing.
 */
export function readIntactEntry(
  cache: Cache,
  key: string,
  progress: Progress,
): Promise<CacheEntry | null> {
  return readSure(cache, key, { sure: cache.intact, isSure: isIntact, progress })
}

/**
 * As {@link readIntactEntry}, but of the rows only that they are there. Whoever reads them makes sure of them first: a
 * build after one new file needs few of them (cache-files.ts).
 */
export function readPresentEntry(
  cache: Cache,
  key: string,
  progress: Progress,
): Promise<CacheEntry | null> {
  return readSure(cache, key, { sure: cache.present, isSure: isPresent, progress })
}

interface SureOptions {
  /** Entries that were looked at before. */
  readonly sure: Map<string, CacheEntry>
  readonly isSure: (cache: Cache, key: string, entry: CacheEntry) => Promise<boolean>
  readonly progress: Progress
}

async function readSure(
  cache: Cache,
  key: string,
  { sure, isSure, progress }: SureOptions,
): Promise<CacheEntry | null> {
  const known = cache.intact.get(key) ?? sure.get(key)
  if (known !== undefined) return known
  const entry = cache.recognised.get(key) ?? (await readEntry(cache, key))
  if (entry === null) return null
  if (entry !== 'altered' && (await isSure(cache, key, entry))) {
    sure.set(key, entry)
    return entry
  }
  warnOfAltered(cache, key, progress)
  return null
}

/** Says that a file of the cache is not as it was written. */
export function warnOfAltered(cache: Cache, key: string, progress: Progress): void {
  progress.warn(`cached file was altered, so its input is read again: ${rowsPathOf(cache, key)}`)
}
