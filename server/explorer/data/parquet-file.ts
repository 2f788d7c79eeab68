/**
 * A published Parquet file of which a few rows are wanted: it is checked as a whole once, then read a row group at a time.
 *
 * Runs in a thread of its own, see details.ts: decoding a row group takes some tens of milliseconds.
 */
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { ArtifactError, openVerified } from '../../../contract/read.ts'
import type { ManifestOutput } from '../../../contract/schema.ts'
import { ParquetError } from '../../parquet/fault.ts'
import { openTable, type ParquetTable } from '../../parquet/table.ts'
import { fingerprintOf } from '../../process/watch.ts'

/** Which file is wanted. */
export interface PublishedFile {
  /** The folder of one build. */
  readonly folder: string
  /** What its manifest says of the file. */
  readonly listed: ManifestOutput
}

/** Rows `start` to `end - 1` of the file. */
export interface RowRange {
  readonly start: number
  readonly end: number
}

interface OpenFile {
  readonly key: string
  readonly handle: FileHandle
  readonly table: ParquetTable
}

/** By name: one of each, since a server serves one build at a time. */
const openFiles = new Map<string, OpenFile>()

/**
 * Gives `fn` a file of a build, opened for it or open already: it is hashed again only if it, or its build, has changed.
 *
 * @throws {ArtifactError} If it is missing, truncated, altered, or damaged though the manifest vouches for it.
 */
export async function withParquet<T>(
  { folder, listed }: PublishedFile,
  fn: (table: ParquetTable) => Promise<T>,
): Promise<T> {
  const path = join(folder, listed.file)
  try {
    return await fn(await openParquet(path, { folder, listed }))
  } catch (error) {
    if (!(error instanceof ParquetError)) throw error
    throw new ArtifactError(`${error.message}, build again: ${path}`, { cause: error })
  }
}

async function openParquet(path: string, { folder, listed }: PublishedFile): Promise<ParquetTable> {
  const key = [path, listed.sha256, await fingerprintOf(path)].join(' ')
  const known = openFiles.get(listed.file)
  if (known?.key === key) return known.table
  openFiles.delete(listed.file)
  await known?.handle.close()
  const handle = await openVerified(folder, listed)
  try {
    const table = await openTable({ bytes: listed.bytes, read: readerOf(handle) }, listed.rows)
    openFiles.set(listed.file, { key, handle, table })
    return table
  } catch (error) {
    await handle.close()
    throw error
  }
}

function readerOf(handle: FileHandle): (start: number, end: number) => Promise<Uint8Array> {
  return async (start, end) => {
    const bytes = new Uint8Array(end - start)
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
    if (bytesRead < bytes.length) throw new ParquetError(`ends before byte ${end}`)
    return bytes
  }
}
