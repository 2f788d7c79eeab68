/** Input files, and what is known of them: in a folder by size and time of change, in a bucket by ETag. */

import type { Digest } from '../../contract/digest.ts'
import type { Rename } from '../input/renames.ts'
import type { SourceFile } from '../input/sources.ts'
import { nameRecord, parseRecord, type ScannedRecord } from './record.ts'
import type { DataKind, ScannedStore } from './store.ts'

/** An input file that was found, wherever it lies. */
export interface FoundFile {
  readonly source: SourceFile
  /** See {@link ScannedRecord}. */
  readonly identity: string
  /**
   * Gives `fn` the file on this machine.
   *
   * @param folder - For a copy, if it has to be fetched.
   */
  readonly withFile: <T>(folder: string, fn: (source: SourceFile) => Promise<T>) => Promise<T>
  /** Part of a file that was cut: one of its ranges, or, with `ranges`, its hash. */
  readonly cut?: {
    readonly whole: FoundFile
    readonly ranges: readonly (readonly [number, number])[] | null
    readonly header: Buffer
  }
}

/** Reads the record of a file; null if there is none for the file as it is now. */
export async function readRecord(
  source: Pick<SourceFile, 'path' | 'table'>,
  identity: string,
  store: ScannedStore,
  { renames }: { readonly renames: readonly Rename[] },
): Promise<ScannedRecord | null> {
  const text = await store.readRecord(nameRecord(source, renames))
  const record = text === null ? null : parseRecord(text)
  return record?.path === source.path && record.identity === identity ? record : null
}

/** As {@link readRecord}; also null if something that the record names is missing or altered. */
export async function readUsableRecord(
  { source, identity }: Pick<FoundFile, 'source' | 'identity'>,
  store: ScannedStore,
  options: { readonly renames: readonly Rename[] },
): Promise<ScannedRecord | null> {
  const record = await readRecord(source, identity, store, options)
  if (record === null) return null
  for (const { digest, kind } of listData(record)) {
    if (!(await store.has(digest, kind))) return null
  }
  return record
}

/** What a record names. */
function listData({ rows, rejects, pairs }: ScannedRecord) {
  const all: readonly { digest: Digest | null; kind: DataKind }[] = [
    { digest: rows, kind: 'rows.parquet' },
    { digest: rejects, kind: 'rejects.json' },
    { digest: pairs, kind: 'pairs.parquet' },
  ]
  return all.flatMap(({ digest, kind }) => (digest === null ? [] : [{ digest, kind }]))
}
