/**
 * A published Parquet file of which a few rows are wanted: it is checked as a whole once, then read a row group at a time.
 *
 * Runs in a thread of its own, see details.ts: decoding a row group takes some tens of milliseconds.
 */
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { ArtifactError, openVerified } from '../../../contract/read.ts'
import type { ManifestOutput } from '../../../contract/schema.ts'
import { readFingerprint } from '../../base/watch.ts'
import { ParquetError } from '../../parquet/fault.ts'
import { openTable, type ParquetTable } from '../../parquet/table.ts'

/** Which file is wanted. */
export interface PublishedFile {
  /** The folder of one build, or of a change on top of it. */
  readonly folder: string
  /** What its manifest, or the change, says of the file. */
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

/** By path. */
const openFiles = new Map<string, OpenFile>()

/** Two of the build, those of the last changes on top of it, and of the history. */
const MAX_OPEN_FILES = 64

/**
 * Gives `fn` a file of a build, opened for it or open already: it is hashed again only if it, or its build, has changed.
 *
 * @throws {ArtifactError} If it is missing, truncated, altered, or damaged though its checksum is that of the manifest.
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
  const key = [path, listed.sha256, await readFingerprint(path)].join(' ')
  const known = openFiles.get(path)
  // A map keeps its order: what is wanted now goes last.
  openFiles.delete(path)
  if (known?.key === key) {
    openFiles.set(path, known)
    return known.table
  }
  await known?.handle.close()
  const handle = await openVerified(folder, listed)
  try {
    const table = await openTable({ bytes: listed.bytes, read: readerOf(handle) }, listed.rows)
    openFiles.set(path, { key, handle, table })
    await closeOldest()
    return table
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function closeOldest(): Promise<void> {
  const [oldest] = openFiles
  if (openFiles.size <= MAX_OPEN_FILES || oldest === undefined) return
  const [path, { handle }] = oldest
  openFiles.delete(path)
  await handle.close()
}

function readerOf(handle: FileHandle): (start: number, end: number) => Promise<Uint8Array> {
  return async (start, end) => {
    const bytes = new Uint8Array(end - start)
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
    if (bytesRead < bytes.length) throw new ParquetError(`ends before byte ${end}`)
    return bytes
  }
}
