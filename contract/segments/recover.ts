/** Making the segments of a writer fit its journal, before it goes on: after a kill, or with an older copy of the journal. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { JournalRecord } from '../journal.ts'
import { DATASETS } from '../schema.ts'
import { cutSegmentFile, ignoreMissing } from './files.ts'
import { parseSegmentPath, type SegmentName } from './name.ts'
import { unpackSegment } from './pack.ts'

const PACKED = /\.gz$/

/**
 * Cuts the segments that the journal's last record names to its lengths, and removes those of this writer that were begun
 * later: nothing in the journal stands for their lines.
 *
 * @param isOwn - Tells the segments of this journal from those of others.
 * @throws {ShortSegmentError} If one is shorter than the journal says.
 * @throws {NodeJS.ErrnoException} If the file system refuses.
 */
export async function recoverSegments(
  input: string,
  { lengths, next = 1 }: JournalRecord,
  isOwn: (name: SegmentName) => boolean,
): Promise<void> {
  for (const path of await listSegments(input, isOwn)) {
    const plain = path.replace(PACKED, '')
    if ((parseSegmentPath(plain)?.number ?? 0) >= Number(next)) await rm(join(input, path))
  }
  for (const [path, bytes] of Object.entries(lengths)) {
    await unpackSegment(input, path)
    await cutSegmentFile(input, path, bytes)
  }
}

/**
 * Lists the segments of a writer, packed or not.
 *
 * @returns Paths below the input folder, in order.
 */
export async function listSegments(
  input: string,
  isOwn: (name: SegmentName) => boolean,
): Promise<string[]> {
  const paths: string[] = []
  for (const dataset of DATASETS) {
    for (const file of (await readdir(join(input, String(dataset))).catch(ignoreMissing)) ?? []) {
      const name = parseSegmentPath(`${dataset}/${file.replace(PACKED, '')}`)
      if (name !== null && isOwn(name)) paths.push(`${dataset}/${file}`)
    }
  }
  return paths.sort()
}
