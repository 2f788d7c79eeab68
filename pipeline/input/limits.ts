/** What unpacking may take: a packed file says nothing of how much is in it. */
import { statfs } from 'node:fs/promises'
import { formatCount } from '../../contract/format-count.ts'
import { PipelineError } from '../base/errors.ts'
import type { InspectedFile } from './classify.ts'
import { isPacked } from './packing.ts'

/** Any packed file may be as long as this, in bytes: that much is unpacked in a second or two. */
const SMALL_BYTES = 256 << 20
/** A longer one may have this many times its packed size: logs with ids reach 3 to 10, sorted ones some 30. */
const MOST_TIMES = 100

/** How long a packed file may be when unpacked, in bytes. */
export function findUnpackedLimit(packedBytes: number): number {
  return Math.max(SMALL_BYTES, packedBytes * MOST_TIMES)
}

/**
 * Makes sure that there is room for the rows that are copied on their way: those of packed files, and of files with lines
 * that do not fit. Impressions are counted and take none.
 *
 * @param files - That are not in the cache.
 * @param folder - Where the copies go.
 * @throws {PipelineError} If the disk has less room than their lines take.
 */
export async function assertDiskSpace(
  files: readonly InspectedFile[],
  folder: string,
  readFree: (folder: string) => Promise<number> = readFreeBytes,
): Promise<void> {
  const needed = files
    .filter(isCopied)
    .reduce((sum, { inspection: { linesBytes } }) => sum + linesBytes, 0)
  if (needed === 0) return
  const free = await readFree(folder)
  if (needed <= free) return
  throw new PipelineError(
    `disk full, unpacking the logs takes ${megabytes(needed)} and ${megabytes(free)} are free: ${folder}`,
  )
}

function isCopied({ source, inspection, status }: InspectedFile): boolean {
  if (status !== 'loaded' || source.table === 'impressions') return false
  return isPacked(source.path) || !inspection.isClean || inspection.header.isSegment
}

async function readFreeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

function megabytes(bytes: number): string {
  return `${formatCount(Math.ceil(bytes / 1e6))} MB`
}
