/**
 * What was learnt of an input file by whoever scanned it, and what is needed to rank it elsewhere:
 *
 *     files/<name>.json     one record for each input file, written last
 *     data/<sha256>.…       what records name: accepted rows, counts of pairs (Parquet), rejected lines (JSON lines)
 *
 * A record counts as long as the input file has the size and the time of change, or the ETag, that were read.
 */
import { createHash } from 'node:crypto'
import { formatWithChecksum, matchesChecksum } from '../../contract/checksum.ts'
import type { Digest } from '../../contract/digest.ts'
import { nameRows } from '../cache/entries.ts'
import type { Rename } from '../input/renames.ts'
import type { Inspection } from '../input/scan/inspect.ts'
import type { KeyRange } from '../input/scan/key-order.ts'
import type { NormaliseCounts } from '../input/scan/normalise.ts'
import type { SourceFile } from '../input/sources.ts'

/** To be raised with every change of what is in a scanned folder. Other versions are passed over. */
const RECORD_VERSION = 1

const CHECKSUM_FIELD = 'record_sha256'

/** Hexadecimal digits of a record's name. */
const NAME_LENGTH = 32

/** A file that was scanned. */
export interface ScannedRecord {
  /** Of the input file, below the input folder. */
  readonly path: string
  /** What the file was when it was read: see {@link identifyByStamp}. */
  readonly identity: string
  /** Of its rows, as the cache names them. */
  readonly key: string
  /** Without its stamp, which means nothing on another machine. */
  readonly inspection: Inspection
  readonly counts: NormaliseCounts
  /** Null if no row was accepted. */
  readonly rows: Digest | null
  /** Null if no line was rejected. */
  readonly rejects: Digest | null
  /** Counts of the pairs of clicks; null if they were not counted. */
  readonly pairs: Digest | null
  /** Of clicks and conversions; null if they do not ascend. */
  readonly keys: KeyRange | null
  /** Of a file that was cut: first bytes and ends of its ranges, which have records of their own. */
  readonly ranges?: readonly (readonly [number, number])[]
}

/** Names the record of an input file: by its path, and by the versions and renames that decide what its lines mean. */
export function nameRecord(
  { path, table }: Pick<SourceFile, 'path' | 'table'>,
  renames: readonly Rename[],
): string {
  const meaning = JSON.stringify([RECORD_VERSION, path, nameRows(renames, table, '')])
  return createHash('sha256').update(meaning).digest('hex').slice(0, NAME_LENGTH)
}

/** Size and time of change (nanoseconds) of a file, from its stamp: the rest of that differs by machine. */
export function identifyByStamp(stamp: string): string {
  const [size, modified] = stamp.split('-')
  return `${size} ${modified}`
}

/** ETag of an object in a bucket. */
export function identifyByEtag(etag: string): string {
  return `etag ${etag}`
}

/** Writes a record as text. */
export function formatRecord(record: ScannedRecord): string {
  return formatWithChecksum(record, CHECKSUM_FIELD)
}

/** Reads a record; null if it is not as it was written. */
export function parseRecord(text: string): ScannedRecord | null {
  // The checksum, and the versions in its name, guarantee its shape.
  return matchesChecksum(text, CHECKSUM_FIELD) ? (JSON.parse(text) as ScannedRecord) : null
}
