/** Scanned files as a build takes them: their records in place of a pass over the input, their rows from the store. */
import { join } from 'node:path'
import type { Digest } from '../../contract/digest.ts'
import type { Table } from '../../contract/schema.ts'
import { mapAtOnce } from '../base/at-once.ts'
import { PipelineError } from '../base/errors.ts'
import type { Progress } from '../base/progress.ts'
import type { InputObject, ScannedRows } from '../build/options.ts'
import { type Cache, type CacheEntry, saveEntry } from '../cache/entries.ts'
import { type KnownFile, readIntactEntry } from '../cache/known-files.ts'
import { readPath } from '../input/names.ts'
import type { Rename } from '../input/renames.ts'
import { fileStamp } from '../input/scan/inspect.ts'
import type { SourceFile } from '../input/sources.ts'
import { type CutRecord, joinParquet, readCutRecord } from './cut-file.ts'
import { readRecord } from './find.ts'
import { isWhole } from './folder-input.ts'
import { identifyByEtag, identifyByStamp, type ScannedRecord } from './record.ts'
import type { DataKind, ScannedStore } from './store.ts'

/** How scanned files are taken. */
export interface TakeOptions {
  readonly renames: readonly Rename[]
  /** Files that nobody scanned are read here. */
  readonly readsMissing: boolean
  readonly progress: Progress
}

/** Files that are named in a message. */
const SHOWN = 3

/** Takes scanned files from a store. */
export function takeScanned(store: ScannedStore, options: TakeOptions): ScannedRows {
  const records = new Map<KnownFile, CutRecord>()
  const objects = new Map<string, InputObject>()
  const fetch = async (path: string) => {
    await objects.get(path)?.fetch()
    objects.delete(path)
  }
  return {
    fetch,
    async knows(object) {
      const { path, etag } = object
      const table = findTable(path)
      if (table === null) return false
      const record = await readRecord({ path, table }, identifyByEtag(etag), store, options)
      if (record === null) return false
      objects.set(path, object)
      return true
    },
    async find(files, known) {
      const all = await mapAtOnce(files, async (source, index) => {
        const cached = known[index] ?? null
        if (cached !== null) return cached
        const identity = await identify(source, objects.get(source.path))
        const found = identity && (await readAnyRecord(source, identity, store, options))
        if (!found) return null
        const file = await nameKnown(source, found.record)
        records.set(file, found)
        return file
      })
      const missing = files.filter((_, index) => all[index] === null)
      if (!options.readsMissing) assertNone(missing, files.length, store)
      return all
    },
    async bring(known, to) {
      const all: (KnownFile | null)[] = []
      for (const file of known) {
        const record = file === null ? undefined : records.get(file)
        const isTaken = file === null || record === undefined
        all.push(
          isTaken ? file : await bringFile(file, record, { ...options, ...to, store, fetch }),
        )
      }
      return all
    },
  }
}

/** A file that was scanned whole is its only part. */
async function readAnyRecord(
  source: SourceFile,
  identity: string,
  store: ScannedStore,
  options: TakeOptions,
): Promise<CutRecord | null> {
  const record = await readRecord(source, identity, store, options)
  if (record !== null) return { record, parts: [record] }
  return readCutRecord(source, identity, store, options)
}

function findTable(path: string): Table | null {
  const meaning = readPath(path)
  return meaning?.kind === 'log' ? meaning.table : null
}

/** What a file is now; null if somebody is writing it. */
async function identify(
  source: SourceFile,
  object: InputObject | undefined,
): Promise<string | null> {
  if (object !== undefined) return identifyByEtag(object.etag)
  if (!isWhole(source)) return null
  const stamp = await fileStamp(source.fullPath).catch(() => null)
  return stamp && identifyByStamp(stamp)
}

/** The stamp is that of the file on this machine: later builds know it by that. */
async function nameKnown({ fullPath }: SourceFile, record: ScannedRecord): Promise<KnownFile> {
  const { key, counts, rows, rejects } = record
  const stamp = await fileStamp(fullPath)
  const entry = { counts, rows, rejects, lines: null }
  return { key, entry, inspection: { ...record.inspection, stamp }, scan: null }
}

function assertNone(missing: readonly SourceFile[], all: number, { place }: ScannedStore): void {
  if (missing.length === 0) return
  const names = missing.slice(0, SHOWN).map(({ path }) => path)
  const others = missing.length > SHOWN ? ` and ${missing.length - SHOWN} more` : ''
  throw new PipelineError(
    `${missing.length} of ${all} files are not scanned as they are now, scan them or add --scan-missing: ${names.join(', ')}${others} (in ${place})`,
  )
}

interface BringOptions extends TakeOptions {
  readonly store: ScannedStore
  readonly cache: Cache
  readonly workFolder: string
  readonly fetch: (path: string) => Promise<void>
}

/** Null: what the record names is not to be had, and the file is read here. */
async function bringFile(
  file: KnownFile,
  found: CutRecord,
  options: BringOptions,
): Promise<KnownFile | null> {
  const { cache, progress, readsMissing, store } = options
  const { record } = found
  const entry =
    (await readIntactEntry(cache, file.key, progress)) ?? (await bringEntry(found, options))
  const pairsPath = entry && (await bringPairs(found, options))
  if (entry !== null && pairsPath !== 'lost') {
    const { isClean } = record.inspection
    const scan = { keys: record.keys, pairsPath, wantedPath: null, written: null }
    return { ...file, entry, scan: isClean ? scan : null }
  }
  const message = `${record.path}: what was scanned of it is missing or altered`
  if (!readsMissing) throw new PipelineError(`${message}, scan it again: ${store.place}`)
  progress.warn(`${message}, so it is read here: ${store.place}`)
  await options.fetch(record.path)
  return null
}

async function bringEntry(
  { record: { key, counts, rejects }, parts }: CutRecord,
  options: BringOptions,
): Promise<CacheEntry | null> {
  const rows = parts.flatMap((part) => part.rows ?? [])
  const rowsPath = await bringJoined(rows, 'rows.parquet', { ...options, name: `${key}.rows` })
  const rejectsPath = rejects === null ? null : await bringData(rejects, 'rejects.json', options)
  if (rowsPath === 'lost' || rejectsPath === 'lost') return null
  return saveEntry(options.cache, key, { counts, rowsPath, rejectsPath })
}

/** Counts of pairs are of use if they are there for all rows. */
async function bringPairs(
  { record: { key }, parts }: CutRecord,
  options: BringOptions,
): Promise<string | 'lost' | null> {
  const filled = parts.filter(({ rows }) => rows !== null)
  const pairs = filled.flatMap((part) => part.pairs ?? [])
  if (pairs.length < filled.length) return null
  return bringJoined(pairs, 'pairs.parquet', { ...options, name: `${key}.pairs` })
}

async function bringJoined(
  digests: readonly Digest[],
  kind: DataKind,
  options: BringOptions & { readonly name: string },
): Promise<string | 'lost' | null> {
  const paths = await mapAtOnce(digests, (digest) => bringData(digest, kind, options))
  const found = paths.filter((path) => path !== 'lost')
  if (found.length < paths.length) return 'lost'
  return found.length > 1 ? joinParquet(found, options) : (found[0] ?? null)
}

/** Gives the path of the copy. */
async function bringData(
  digest: Digest,
  kind: DataKind,
  { store, workFolder }: BringOptions,
): Promise<string | 'lost'> {
  const path = join(workFolder, `${digest.sha256}.${kind}`)
  return (await store.get(digest, kind, path)) ? path : 'lost'
}
