/**
 * What a build learnt of an input file, kept so that no later build parses the same bytes again:
 *
 *     out/stage/<key>.json           the entry, written last: without it the others do not count
 *     out/stage/<key>.parquet        accepted rows; of impressions, the count of each pair
 *     out/stage/<key>.rejects.json   rejected lines, one JSON object a line
 *     out/stage/<key>.lines.json     see found-lines.ts
 *     out/stage/stamps.json          see stamps.ts
 *     out/stage/counts/              see counts.ts
 *
 * The key is made of the sha256 of the file's lines, so that packing a file changes nothing, and of all that decides what
 * they mean. Nothing here is trusted: an entry
 * is sealed and holds the digests of its files, and what was altered is made again from the input.
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatWithChecksum, matchesChecksum } from '../../contract/checksum.ts'
import { type Digest, digestFile } from '../../contract/digest.ts'
import { STAGE_FOLDER, type Table } from '../../contract/schema.ts'
import type { Rename } from '../input/renames.ts'
import type { NormaliseCounts } from '../input/scan/normalise.ts'
import { SCAN_VERSION } from '../input/scan/version.ts'

/** Version of what is in the files of a cache. To be raised with every change of it. */
const CACHE_VERSION = 3

/** Hexadecimal digits of a key: too many for two files to share one by chance. */
const KEY_LENGTH = 32

const CHECKSUM_FIELD = 'entry_sha256'

/** The cache of an artifacts folder, as one build with certain renames uses it. */
export interface Cache {
  readonly folder: string
  /** All files are parsed anew. */
  readonly isRenewed: boolean
  /** When the build began, in milliseconds since 1970: what was changed shortly before may change again unseen. */
  readonly startMs: number
  /** Entries whose files this build found to be as they were written, by key. */
  readonly intact: Map<string, CacheEntry>
  /** Entries as they were read when files were recognised, by key; of their files nothing is known. */
  readonly recognised: Map<string, CacheEntry>
  /** As `intact`, but of the rows only that they are there. */
  readonly present: Map<string, CacheEntry>
  /** Names the files of all input files with the same lines in the folder. */
  keyOf(table: Table, linesSha256: string): string
}

/** What is known of an input file whose rows are cached. */
export interface CacheEntry {
  readonly counts: NormaliseCounts
  /** Of `<key>.parquet`; null if no row was accepted. */
  readonly rows: Digest | null
  /** Of `<key>.rejects.json`; null if no line was rejected. */
  readonly rejects: Digest | null
  /** Of `<key>.lines.json`; null if no line was looked up. */
  readonly lines: Digest | null
}

/** What a build wants of its cache. */
export interface CacheOptions {
  readonly renames: readonly Rename[]
  /** Parses all files anew. */
  readonly force: boolean
  /** When the build began, in milliseconds since 1970. */
  readonly startMs: number
}

/** Names the cache of an artifacts folder. The folder need not exist. */
export function openCache(out: string, { renames, force, startMs }: CacheOptions): Cache {
  // Each file is named several times, and there may be thousands.
  const keys = new Map<string, string>()
  return {
    folder: join(out, STAGE_FOLDER),
    isRenewed: force,
    startMs,
    intact: new Map(),
    present: new Map(),
    recognised: new Map(),
    keyOf(table, linesSha256) {
      const lines = `${table} ${linesSha256}`
      const key = keys.get(lines) ?? nameRows(renames, table, linesSha256)
      keys.set(lines, key)
      return key
    },
  }
}

/** Names the rows of lines: by the lines, and by all that decides what they mean and how they are kept. */
export function nameRows(renames: readonly Rename[], table: Table, linesSha256: string): string {
  const own = renames.filter((rename) => rename.table === table)
  const names = own.map(({ from, to }) => `${from}=${to}`).sort()
  const meaning = JSON.stringify([CACHE_VERSION, SCAN_VERSION, table, linesSha256, names])
  return createHash('sha256').update(meaning).digest('hex').slice(0, KEY_LENGTH)
}

export function rowsPathOf({ folder }: Cache, key: string): string {
  return join(folder, `${key}.parquet`)
}

export function buildRejectsPath({ folder }: Cache, key: string): string {
  return join(folder, `${key}.rejects.json`)
}

export function buildLinesPath({ folder }: Cache, key: string): string {
  return join(folder, `${key}.lines.json`)
}

function entryPathOf({ folder }: Cache, key: string): string {
  return join(folder, `${key}.json`)
}

/**
 * Reads the entry of an input file, without a look at its other files.
 *
 * @returns Null if there is none; `'altered'` if it is not as it was written.
 */
export async function readEntry(cache: Cache, key: string): Promise<CacheEntry | 'altered' | null> {
  const text = await readFile(entryPathOf(cache, key), 'utf8').catch(() => null)
  if (text === null) return null
  if (!matchesChecksum(text, CHECKSUM_FIELD)) return 'altered'
  // The checksum and the versions in the key guarantee its shape.
  return JSON.parse(text) as CacheEntry
}

/** Tells whether the files of an entry are as they were written. */
export async function isIntact(cache: Cache, key: string, entry: CacheEntry): Promise<boolean> {
  return (await isPresent(cache, key, entry)) && (await isSame(rowsPathOf(cache, key), entry.rows))
}

/** As {@link isIntact}, but of the rows only that they are there, with as many bytes. */
export async function isPresent(cache: Cache, key: string, entry: CacheEntry): Promise<boolean> {
  const rows = await stat(rowsPathOf(cache, key)).catch(() => null)
  const hasRows = entry.rows === null || rows?.size === entry.rows.bytes
  return hasRows && (await isSame(buildRejectsPath(cache, key), entry.rejects))
}

/** Tells whether a file is as its entry says; null = it has none. */
export async function isSame(path: string, expected: Digest | null): Promise<boolean> {
  if (expected === null) return true
  const actual = await digestFile(path).catch(() => null)
  return actual?.sha256 === expected.sha256
}

/** Files of an entry that were written elsewhere on the same disk. */
export interface NewEntry extends Pick<CacheEntry, 'counts'> {
  readonly rowsPath: string | null
  /** Of the rows; they are read for it if it is not known. */
  readonly rowsDigest?: Digest | null
  readonly rejectsPath: string | null
}

/** Moves the files of a new entry into the cache; a build that is killed meanwhile leaves no entry. */
export async function saveEntry(
  cache: Cache,
  key: string,
  { counts, rowsPath, rowsDigest = null, rejectsPath }: NewEntry,
): Promise<CacheEntry> {
  await mkdir(cache.folder, { recursive: true })
  const rows = await moveIn(rowsPath, rowsPathOf(cache, key), rowsDigest)
  const rejects = await moveIn(rejectsPath, buildRejectsPath(cache, key))
  const entry = { counts, rows, rejects, lines: null }
  await writeEntry(cache, key, entry)
  return entry
}

/** Moves found lines into the cache, and has the entry record their checksum. */
export async function saveLines(
  cache: Cache,
  key: string,
  entry: CacheEntry,
  linesPath: string,
): Promise<void> {
  const lines = await moveIn(linesPath, buildLinesPath(cache, key))
  await writeEntry(cache, key, { ...entry, lines })
}

function writeEntry(cache: Cache, key: string, entry: CacheEntry): Promise<void> {
  cache.recognised.delete(key)
  return writeWhole(entryPathOf(cache, key), formatWithChecksum(entry, CHECKSUM_FIELD))
}

async function moveIn(
  from: string | null,
  to: string,
  known: Digest | null = null,
): Promise<Digest | null> {
  if (from === null) return null
  const digest = known ?? (await digestFile(from))
  await rename(from, to)
  return digest
}

/** Writes a small file that is there whole or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
}

/**
 * Removes the entries of input files that no build needs, and what a killed build left.
 *
 * @param needed - Keys that stay.
 */
export async function removeUnneeded(
  { folder }: Cache,
  needed: ReadonlySet<string>,
): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  const doomed = names.filter((name) => {
    const key = name.slice(0, name.indexOf('.'))
    return name.endsWith('.new') || (key.length === KEY_LENGTH && !needed.has(key))
  })
  for (const name of doomed) await rm(join(folder, name), { force: true })
}
