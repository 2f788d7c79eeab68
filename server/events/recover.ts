/** Making the segments of a collector whole after a kill: what it wrote was answered, so whole lines stay. */
import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { JournalRecord } from '../../contract/journal.ts'
import type { Table } from '../../contract/schema.ts'
import { cutSegmentFile, ignoreMissing } from '../../contract/segments/files.ts'
import { parseSegmentPath } from '../../contract/segments/name.ts'
import { syncToDisk } from '../../contract/sync.ts'

/** Columns of the segments. */
export const COLUMNS: Readonly<Record<Table, readonly string[]>> = {
  impressions: ['event', 'banner_id', 'campaign_id'],
  clicks: ['event', 'click_id', 'banner_id', 'campaign_id'],
  conversions: ['event', 'conversion_id', 'click_id', 'revenue'],
}

const EVENT = '[0-9a-f]{18}:\\d+'
const LINES: Readonly<Record<Table, RegExp>> = {
  impressions: new RegExp(`^${EVENT},\\d+,\\d+$`),
  clicks: new RegExp(`^${EVENT},\\d+,\\d+,\\d+$`),
  conversions: new RegExp(`^${EVENT},\\d+,\\d+,\\d+(\\.\\d+)?$`),
}

const LINE_FEED = 10
/** Lines that are not committed are those of a second. */
const CHUNK_BYTES = 1 << 20

/**
 * Cuts the segments that the journal's last record names to their last whole line, and puts them on disk. None is gone on
 * with: they are whole files from now on.
 *
 * @returns Paths of segments that have lost lines which had been on disk.
 * @throws {NodeJS.ErrnoException} If the file system refuses.
 */
export async function recoverCollected(
  input: string,
  { lengths }: JournalRecord,
): Promise<string[]> {
  const damaged: string[] = []
  for (const [path, committed] of Object.entries(lengths)) {
    const table = parseSegmentPath(path)?.table
    const full = join(input, path)
    const size = (await stat(full).catch(ignoreMissing))?.size
    if (table === undefined || size === undefined) continue
    if (size < committed) damaged.push(path)
    const from = size < committed ? 0 : committed
    await cutSegmentFile(input, path, await findWholeEnd(full, from, table))
    await syncToDisk(full).catch(ignoreMissing)
  }
  return damaged
}

/** Bytes up to the end of the last line that is whole, as are all before it. */
async function findWholeEnd(path: string, from: number, table: Table): Promise<number> {
  const file = await open(path)
  try {
    let end = from
    for (;;) {
      const chunk = Buffer.alloc(CHUNK_BYTES)
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, end)
      const whole = countWhole(chunk.subarray(0, bytesRead), end === 0, table)
      end += whole
      if (whole === 0 || bytesRead < CHUNK_BYTES) return end
    }
  } finally {
    await file.close()
  }
}

function countWhole(bytes: Buffer, hasHeader: boolean, table: Table): number {
  let end = 0
  for (;;) {
    const next = bytes.indexOf(LINE_FEED, end)
    if (next === -1) return end
    const line = bytes.toString('latin1', end, next)
    const isWhole =
      hasHeader && end === 0 ? line === COLUMNS[table].join() : LINES[table].test(line)
    if (!isWhole) return end
    end = next + 1
  }
}
