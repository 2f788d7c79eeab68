/**
 * A published Parquet file of which a few rows are wanted: it is checked as a whole once, then read a row group at a time.
 *
 * Runs in a thread of its own, see details.ts: decoding a row group takes some tens of milliseconds.
 */
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { type DecodedArray, type FileMetaData, parquetMetadataAsync, parquetScan } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { openVerified } from '../../../contract/read.ts'
import type { ManifestOutput } from '../../../contract/schema.ts'
import { fingerprintOf } from '../../process/watch.ts'

/** Which file is wanted. */
export interface PublishedFile {
  /** The folder of one build. */
  readonly folder: string
  /** What its manifest says of the file. */
  readonly listed: ManifestOutput
}

/** A row group, or a part of one: rows `start` to `end - 1` of the file. */
export interface RowRange {
  readonly start: number
  readonly end: number
}

/** A checked file. */
export interface ParquetFile {
  readonly metadata: FileMetaData
  /** Of each row group. */
  readonly groups: readonly RowRange[]
  /** Starts reading; columns of the last row group stay decoded until the next, and go with the reader. */
  readonly read: () => Promise<ColumnReader>
}

/** Reads rows of a column. The range lies in one row group. */
export type ColumnReader = (column: string, range: RowRange) => Promise<DecodedArray>

interface OpenFile {
  readonly key: string
  readonly handle: FileHandle
  readonly file: ParquetFile
}

/** By name: one of each, since a server serves one build at a time. */
const openFiles = new Map<string, OpenFile>()

/**
 * Opens a file of a build, or gives the one that is open: it is hashed again only if it, or its build, has changed.
 *
 * @throws {ArtifactError} If it is missing, truncated or altered.
 */
export async function openParquet({ folder, listed }: PublishedFile): Promise<ParquetFile> {
  const path = join(folder, listed.file)
  const key = [path, listed.sha256, await fingerprintOf(path)].join(' ')
  const known = openFiles.get(listed.file)
  if (known?.key === key) return known.file
  openFiles.delete(listed.file)
  await known?.handle.close()
  const handle = await openVerified(folder, listed)
  const file = await describeFile(handle, listed.bytes).catch(async (error) => {
    await handle.close()
    throw error
  })
  openFiles.set(listed.file, { key, handle, file })
  return file
}

async function describeFile(handle: FileHandle, byteLength: number): Promise<ParquetFile> {
  const slice = async (start: number, end = byteLength) => {
    const bytes = new Uint8Array(end - start)
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
    if (bytesRead < bytes.length) throw new RangeError(`the file ends before byte ${end}`)
    return bytes.buffer
  }
  const file = { byteLength, slice }
  const metadata = withPlainDecimals(await parquetMetadataAsync(file))
  return {
    metadata,
    groups: rangesOf(metadata),
    read: async () => {
      const scan = await parquetScan({ file, metadata, compressors })
      return (column, { start, end }) => scan.readColumn({ column, rowStart: start, rowEnd: end })
    },
  }
}

/** Decimals as the whole numbers that are stored: hyparquet would make floating ones of them, which are not exact. */
function withPlainDecimals(metadata: FileMetaData): FileMetaData {
  const schema = metadata.schema.map((element) => {
    if (element.converted_type !== 'DECIMAL') return element
    const { converted_type: _, logical_type: __, ...plain } = element
    return plain
  })
  return { ...metadata, schema }
}

function rangesOf({ row_groups }: FileMetaData): RowRange[] {
  let end = 0
  return row_groups.map((group) => {
    const start = end
    end += Number(group.num_rows)
    return { start, end }
  })
}
