/** Files that were cut into ranges: the hash by one shard, and the ranges joined again where a build takes them. */
import { join } from 'node:path'
import { digestFile } from '../../contract/digest.ts'
import { literalPath, quotedString, withDatabase } from '../base/database.ts'
import { PipelineError } from '../base/errors.ts'
import { nameRows } from '../cache/entries.ts'
import { findRenames, type Rename } from '../input/renames.ts'
import { parseHeader } from '../input/scan/header.ts'
import { fileStamp } from '../input/scan/inspect.ts'
import type { KeyRange } from '../input/scan/key-order.ts'
import type { SourceFile } from '../input/sources.ts'
import { type FoundFile, readRecord } from './find.ts'
import { nameCut, nameRange } from './ranges.ts'
import { formatRecord, identifyByStamp, nameRecord, type ScannedRecord } from './record.ts'
import type { ScannedStore } from './store.ts'

/** A file that was cut, and what is known of its ranges. */
export interface CutRecord {
  /** Its lines, rows and keys are those of all ranges. */
  readonly record: ScannedRecord
  readonly parts: readonly ScannedRecord[]
}

/**
 * Hashes a file that others parse in ranges.
 *
 * @returns 0: no row was parsed.
 * @throws {PipelineError} If its header cannot be trusted, or it changed meanwhile.
 */
export async function hashCutFile(
  { source, identity, cut }: FoundFile,
  { store, renames }: { readonly store: ScannedStore; readonly renames: readonly Rename[] },
): Promise<number> {
  const { fullPath, table } = source
  if (!cut?.ranges) throw new Error(`not cut: ${source.path}`)
  const header = readHeader(source, cut.header, renames)
  const { bytes, sha256 } = await digestFile(fullPath)
  if (identifyByStamp(await fileStamp(fullPath)) !== identity) {
    throw new PipelineError(
      `${fullPath}: changed while it was read, scan again when it is complete`,
    )
  }
  const lines = { linesBytes: bytes, linesSha256: sha256, readLength: bytes, stamp: '' }
  const inspection = { bytes, sha256, ...lines, header, rows: 0, isClean: true, isFinished: true }
  const record = {
    ...{ path: source.path, identity, key: nameRows(renames, table, sha256), inspection },
    counts: { accepted: 0, rejected: 0, rounded: 0, example: null },
    ...{ rows: null, rejects: null, pairs: null, keys: null, ranges: cut.ranges },
  }
  await store.writeRecord(nameRecord(source, renames), formatRecord(record))
  return 0
}

function readHeader({ fullPath, table }: SourceFile, line: Buffer, renames: readonly Rename[]) {
  try {
    return parseHeader(line, table, findRenames(table, renames))
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    throw new PipelineError(`${fullPath}: ${error.message}`)
  }
}

/** Reads what is known of a file that was cut; null if a range is missing. */
export async function readCutRecord(
  source: Pick<SourceFile, 'path' | 'table'>,
  identity: string,
  store: ScannedStore,
  options: { readonly renames: readonly Rename[] },
): Promise<CutRecord | null> {
  const { path, table } = source
  const cut = await readRecord({ path: nameCut(path), table }, identity, store, options)
  if (!cut?.ranges) return null
  const parts: ScannedRecord[] = []
  for (const range of cut.ranges) {
    const part = await readRecord({ path: nameRange(path, range), table }, identity, store, options)
    if (part === null) return null
    parts.push(part)
  }
  const rows = parts.reduce((sum, { inspection }) => sum + inspection.rows, 0)
  const inspection = { ...cut.inspection, rows }
  const counts = { ...cut.counts, accepted: rows }
  return { record: { ...cut, path, inspection, counts, keys: joinKeys(parts) }, parts }
}

/** The keys of all ranges, if they ascend through all of them. */
function joinKeys(parts: readonly ScannedRecord[]): KeyRange | null {
  const filled = parts.filter(({ rows }) => rows !== null)
  const ranges = filled.flatMap(({ keys }) => keys ?? [])
  const isAscending = ranges.every(
    ({ first }, place) => place === 0 || BigInt(first) > BigInt(ranges[place - 1]?.last ?? 0),
  )
  const [first, last] = [ranges[0]?.first, ranges.at(-1)?.last]
  const isKnown = ranges.length === filled.length && isAscending
  return isKnown && first !== undefined && last !== undefined ? { first, last } : null
}

/** Joins Parquet files of the same columns; null if there are none. */
export async function joinParquet(
  paths: readonly string[],
  { workFolder, name }: { readonly workFolder: string; readonly name: string },
): Promise<string | null> {
  if (paths.length === 0) return null
  const to = join(workFolder, `${name}.joined.parquet`)
  const list = paths.map((path) => quotedString(literalPath(path))).join(', ')
  await withDatabase(':memory:', { threads: 1, memoryLimit: '1GB' }, async (connection) => {
    await connection.run(
      `copy (from read_parquet([${list}])) to ${quotedString(to)} (format parquet)`,
    )
  })
  return to
}
