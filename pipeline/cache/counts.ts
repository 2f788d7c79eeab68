/**
 * What a build counted, kept so that the next one needs to count only what was added:
 *
 *     out/stage/counts/counts.json     the files that were counted and the digests of the others; written last
 *     out/stage/counts/pairs.parquet   the counts of each pair
 *     out/stage/counts/unfit.parquet   the keys of conflicts and orphans, by file
 *
 * As all of the cache it is not trusted: it is sealed, and what was altered or is missing is counted anew.
 */
import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { formatWithChecksum, matchesChecksum } from '../../contract/checksum.ts'
import { type Digest, digestFile } from '../../contract/digest.ts'
import type { Dataset, InputStatus, Table } from '../../contract/schema.ts'
import { quotedString } from '../base/database.ts'
import type { InspectedFile } from '../input/classify.ts'
import { withoutPacking } from '../input/packing.ts'
import type { KeyRange } from '../input/scan/key-order.ts'
import { type Cache, isSame, writeWhole } from './entries.ts'

/** To be raised with every change of what is in the files. */
const COUNTS_VERSION = 2

const CHECKSUM_FIELD = 'counts_sha256'

/** A file that was counted; its place in the list is the number that rows of `unfit.parquet` carry. */
export interface CountedFile {
  readonly dataset: Dataset
  readonly table: Table
  /** Without its packing. */
  readonly path: string
  /** In the cache: of its lines, and of what they mean. */
  readonly key: string
  readonly status: InputStatus
}

/** Counts that were kept. */
export interface KeptCounts {
  readonly files: readonly CountedFile[]
  /** Rows of each file that repeat one that counts. */
  readonly duplicates: readonly number[]
  /** Of each file its least and its greatest key; null if it has none, or they are not known. */
  readonly ranges: readonly (KeyRange | null)[]
  readonly measures: Readonly<Record<string, number>>
  /** Of `pairsPath`. */
  readonly pairsBytes: number
  /** Parquet: dataset, campaign_id, banner_id, impressions, clicks, conversions, millionths. */
  readonly pairsPath: string
  /** Parquet: file, log, key, reason, line_count. */
  readonly unfitPath: string
}

/** What is in `counts.json`. */
interface Document extends Pick<KeptCounts, 'files' | 'duplicates' | 'ranges' | 'measures'> {
  readonly version: number
  readonly meaning: string
  readonly pairs: Digest
  readonly unfit: Digest
}

/** Names a file as the counts do. */
export function nameCounted(
  cache: Cache,
  { source, inspection, status }: InspectedFile,
): CountedFile {
  const { dataset, table, path } = source
  const key = cache.keyOf(table, inspection.linesSha256)
  return { dataset, table, path: withoutPacking(path), key, status }
}

/**
 * Reads the counts of the last build.
 *
 * @param meaning - Of what counts rows; counts of another meaning are of no use.
 * @returns Null if there are none to rely on.
 */
export async function readKeptCounts(cache: Cache, meaning: string): Promise<KeptCounts | null> {
  const text = await readFile(join(folderOf(cache), 'counts.json'), 'utf8').catch(() => null)
  if (text === null || !matchesChecksum(text, CHECKSUM_FIELD)) return null
  const { pairs, unfit, ...kept } = JSON.parse(text) as Document
  if (kept.version !== COUNTS_VERSION || kept.meaning !== meaning) return null
  const paths = pathsIn(folderOf(cache))
  const isIntact = (await isSame(paths.pairsPath, pairs)) && (await isSame(paths.unfitPath, unfit))
  return isIntact ? { ...kept, ...paths, pairsBytes: pairs.bytes } : null
}

/**
 * Keeps counts in place of those before.
 *
 * @param connection - Its tables `kept_pairs` and `kept_unfit` have the columns of {@link KeptCounts}.
 * @param workFolder - On the same disk.
 */
export async function keepCounts(
  connection: DuckDBConnection,
  kept: Pick<KeptCounts, 'files' | 'duplicates' | 'ranges' | 'measures'>,
  { cache, workFolder, meaning }: { cache: Cache; workFolder: string; meaning: string },
): Promise<void> {
  const from = pathsIn(workFolder)
  const to = pathsIn(folderOf(cache))
  await mkdir(folderOf(cache), { recursive: true })
  for (const [table, path] of [
    ['kept_pairs', from.pairsPath],
    ['kept_unfit', from.unfitPath],
  ] as const) {
    await connection.run(`copy ${table} to ${quotedString(path)} (format parquet)`)
  }
  const pairs = await digestFile(from.pairsPath)
  const unfit = await digestFile(from.unfitPath)
  await rename(from.pairsPath, to.pairsPath)
  await rename(from.unfitPath, to.unfitPath)
  const document: Document = { version: COUNTS_VERSION, meaning, ...kept, pairs, unfit }
  await writeWhole(
    join(folderOf(cache), 'counts.json'),
    formatWithChecksum(document, CHECKSUM_FIELD),
  )
}

function folderOf({ folder }: Cache): string {
  return join(folder, 'counts')
}

function pathsIn(folder: string) {
  return { pairsPath: join(folder, 'pairs.parquet'), unfitPath: join(folder, 'unfit.parquet') }
}
