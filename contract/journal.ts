/**
 * Journals of the programs that write segments: one record a line, each with a checksum of itself. A record is valid if it
 * is whole; what was written behind the last whole one never happened.
 *
 *     <sha256 of the JSON, 16 hexadecimal digits> <JSON object>
 *
 * A record's field `lengths` holds, by the path of each segment that is open, the bytes that are on disk for good. A writer
 * adds what else it needs. It names a segment here, with 0 bytes, before it makes the file: a reader that finds the file
 * then always finds how far it may read.
 */
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

/** A record, as far as readers know it. */
export interface JournalRecord {
  /** Bytes by path below the input folder, with `/`, of the segments that are open. */
  readonly lengths: Readonly<Record<string, number>>
}

/** Bytes at the end of a journal that hold its last record: thousands of open segments take less. */
const LAST_BYTES = 1 << 20
const CHECKSUM_DIGITS = 16

/** Writes a record as a line, its line end included. */
export function formatJournalRecord(record: JournalRecord): string {
  const json = JSON.stringify(record)
  return `${checksumOf(json)} ${json}\n`
}

/**
 * Reads a line of a journal.
 *
 * @param line - Without its line end.
 * @returns Null if it is not whole.
 */
export function parseJournalRecord(line: string): JournalRecord | null {
  const json = line.slice(CHECKSUM_DIGITS + 1)
  if (json === '' || line.slice(0, CHECKSUM_DIGITS) !== checksumOf(json)) return null
  const record = JSON.parse(json) as Partial<JournalRecord>
  return typeof record.lengths === 'object' ? (record as JournalRecord) : null
}

/**
 * Reads the lengths of the last whole record of a journal.
 *
 * @returns Empty if there is no journal, or no whole record in it.
 */
export async function readJournalLengths(path: string): Promise<ReadonlyMap<string, number>> {
  const lines = (await readEnd(path)).split('\n').slice(0, -1)
  for (const line of lines.reverse()) {
    const record = parseJournalRecord(line)
    if (record !== null) return new Map(Object.entries(record.lengths))
  }
  return new Map()
}

async function readEnd(path: string): Promise<string> {
  const file = await open(path).catch(() => null)
  if (file === null) return ''
  try {
    const { size } = await file.stat()
    const start = Math.max(0, size - LAST_BYTES)
    const buffer = Buffer.alloc(size - start)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

function checksumOf(json: string): string {
  return createHash('sha256').update(json).digest('hex').slice(0, CHECKSUM_DIGITS)
}
