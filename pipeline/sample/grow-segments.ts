/**
 * Files that grow, as a writer of live events makes them:
 *
 *     <dataset>/<table>_<day>_<writer>-<n>.csv        header, then whole lines that begin with the column `event`
 *
 * A file gets its name once its header is on disk, so that no reader meets half of one.
 */

import { type FileHandle, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolders } from '../../contract/folders.ts'
import type { Dataset, Table } from '../../contract/schema.ts'
import { COLUMNS } from '../input/columns.ts'

/** Bytes of a file after which the next one begins. */
const MAX_BYTES = 256_000_000

/** Where lines go. */
interface SegmentName {
  readonly dataset: Dataset
  readonly table: Table
  /** UTC, as `2026-11-30`. */
  readonly day: string
}

/** The files of one writer. */
export interface Segments {
  /** Appends whole lines, each with its line end. */
  readonly append: (name: SegmentName, lines: string) => Promise<void>
  /** Puts all of it on disk and closes the files. */
  readonly close: () => Promise<void>
}

interface Segment {
  readonly day: string
  readonly handle: FileHandle
  bytes: number
}

/**
 * Opens the files of a writer, each with its first lines.
 *
 * @param folder - The input folder.
 * @param writer - Tells its files from those of all others.
 */
export function openSegments(folder: string, writer: string, maxBytes = MAX_BYTES): Segments {
  const segments = new Map<string, Segment>()
  let count = 0
  const find = async (name: SegmentName): Promise<Segment> => {
    const key = `${name.dataset} ${name.table}`
    const known = segments.get(key)
    if (known !== undefined && known.day === name.day && known.bytes < maxBytes) return known
    if (known !== undefined) await finish(known)
    const segment = await createSegment(folder, name, `${writer}-${++count}`)
    segments.set(key, segment)
    return segment
  }
  return {
    append: async (name, lines) => {
      const segment = await find(name)
      const bytes = Buffer.from(lines)
      await segment.handle.appendFile(bytes)
      segment.bytes += bytes.length
    },
    close: async () => {
      for (const segment of segments.values()) await finish(segment)
      segments.clear()
    },
  }
}

async function createSegment(
  folder: string,
  { dataset, table, day }: SegmentName,
  suffix: string,
): Promise<Segment> {
  const parent = join(folder, String(dataset))
  await makeFolders(parent)
  const name = `${table}_${day}_${suffix}.csv`
  const hidden = join(parent, `.${name}`)
  const handle = await open(hidden, 'ax')
  const columns = COLUMNS[table].map((column) => column.name)
  await handle.appendFile(`${['event', ...columns].join()}\n`)
  await handle.sync()
  await rename(hidden, join(parent, name))
  await syncFolder(parent)
  return { day, handle, bytes: 0 }
}

async function finish({ handle }: Segment): Promise<void> {
  await handle.sync()
  await handle.close()
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
