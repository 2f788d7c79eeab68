/**
 * Journals of the programs that write segments: one record a line, each with a checksum of itself. A record is valid if it
 * is whole; what was written behind the last whole one never happened.
 *
 *     <sha256 of the JSON, 16 hexadecimal digits> <JSON object>
 *
 * A record's field `lengths` holds, by the path of each segment that is open, the bytes that are on disk for good. A writer
 * adds what else it needs. It names a segment here, with 0 bytes, before it makes the file: a reader that finds the file
 * then always finds how far it may read. Writers: journal-writer.ts, and segments/ for the files.
 */
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'

/** A record, as far as readers know it; a writer adds fields of its own. */
export interface JournalRecord {
  /** Bytes by path below the input folder, with `/`, of the segments that are open. */
  readonly lengths: Readonly<Record<string, number>>
  /** Sentences about lines that are lost, for the manifest of each build. */
  readonly warnings?: readonly string[]
  readonly [field: string]: unknown
}

/** Bytes at the end of a journal that are read first: most records take less. */
const FIRST_BYTES = 1 << 14
const CHECKSUM_DIGITS = 16
const LINE_FEED = 10

/** Writes a record as a line, its line end included. */
export function formatJournalRecord(record: JournalRecord): string {
  const json = JSON.stringify(record)
  return `${computeChecksum(json)} ${json}\n`
}

/**
 * Reads a line of a journal.
 *
 * @param line - Without its line end.
 * @returns Null if it is not whole.
 */
export function parseJournalRecord(line: string): JournalRecord | null {
  const json = line.slice(CHECKSUM_DIGITS + 1)
  if (json === '' || line.slice(0, CHECKSUM_DIGITS) !== computeChecksum(json)) return null
  const record = JSON.parse(json) as Partial<JournalRecord>
  return typeof record.lengths === 'object' && record.lengths !== null
    ? (record as JournalRecord)
    : null
}

/**
 * Reads the lengths of the last whole record of a journal.
 *
 * @returns Empty if there is no journal, or no whole record in it.
 */
export async function readJournalLengths(path: string): Promise<ReadonlyMap<string, number>> {
  const { record } = await readLastRecord(path)
  return new Map(Object.entries(record?.lengths ?? {}))
}

/** The last record of a journal that is whole. */
export interface LastRecord {
  /** Null if there is none. Fields beside `lengths` are as they stand there. */
  readonly record: JournalRecord | null
  /** Bytes of the journal up to the end of that record. */
  readonly end: number
}

/** Reads the last whole record of a journal, which may be missing. */
export async function readLastRecord(path: string): Promise<LastRecord> {
  const file = await open(path).catch(() => null)
  if (file === null) return { record: null, end: 0 }
  try {
    const { size } = await file.stat()
    for (let bytes = FIRST_BYTES; ; bytes *= 4) {
      const start = Math.max(0, size - bytes)
      const found = findLastRecord(await readFrom(file, start, size - start), start === 0)
      if (found !== null) return { record: found.record, end: start + found.end }
      if (start === 0) return { record: null, end: 0 }
    }
  } finally {
    await file.close()
  }
}

/** @param isWhole - The block begins with a record; else in the midst of one. */
function findLastRecord(block: Buffer, isWhole: boolean): LastRecord | null {
  for (let end = block.lastIndexOf(LINE_FEED); end !== -1; ) {
    const before = end === 0 ? -1 : block.lastIndexOf(LINE_FEED, end - 1)
    if (before === -1 && !isWhole) return null
    const record = parseJournalRecord(block.toString('utf8', before + 1, end))
    if (record !== null) return { record, end: end + 1 }
    end = before
  }
  return null
}

async function readFrom(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, start)
  return buffer.subarray(0, bytesRead)
}

function computeChecksum(json: string): string {
  return createHash('sha256').update(json).digest('hex').slice(0, CHECKSUM_DIGITS)
}
