/** What the state knows of one file: how far it was read, and what became of its lines. */
import type { Dataset, Table } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import { describeForeignFile } from '../input/scan/file-kind.ts'
import { type Header, headerEnd, parseHeader } from '../input/scan/header.ts'
import { type LinesDigest, LinesHash } from '../input/scan/lines-digest.ts'
import type { Blob, BlobFile } from './blobs.ts'
import { LineScanner } from './scan-lines.ts'
import type { LineReject, ScannedRows } from './scanned-rows.ts'

const LINE_FEED = 10

/** Which file lines are from. */
export interface FileName {
  readonly dataset: Dataset
  readonly table: Table
  /** Below the input folder, with `/`, without the ending of its packing: packing a file changes nothing. */
  readonly path: string
}

/** How far a file was read. */
export interface Place extends FileName, LinesDigest {
  readonly header: Header
  /** The line that comes next; the header is line 1. */
  readonly nextLine: number
  /** Bytes that were read of the unpacked file, the header included. */
  readonly bytes: number
  /** False if the last line had no line end: then nothing may be added any more. */
  readonly isFinished: boolean
  /** Its lines are those of another file: they were read, and do not count. */
  readonly isDuplicate: boolean
}

/** A file as it was saved. */
export interface SavedFile extends Place {
  readonly accepted: number
  readonly rounded: number
  readonly secondHeader: LineReject | null
  /** JSON. */
  readonly rejects: Blob
}

/** A file that is read batch by batch. */
export class FileCounts {
  readonly name: FileName
  readonly header: Header
  readonly isDuplicate: boolean
  nextLine = 2
  bytes = 0
  isFinished = true
  accepted = 0
  rounded = 0
  rejects: LineReject[] = []
  #scanner: LineScanner
  /** Null in a file of a saved state until {@link resume}. */
  #hash: LinesHash | null
  #digest: LinesDigest = { linesBytes: 0, linesSha256: '' }

  constructor(name: FileName, header: Header, isDuplicate: boolean) {
    this.name = name
    this.header = header
    this.isDuplicate = isDuplicate
    this.#scanner = new LineScanner(name.table, header)
    this.#hash = new LinesHash(header.lineEnd)
  }

  static load(saved: SavedFile, file: BlobFile): FileCounts {
    const { dataset, table, path, header, linesBytes, linesSha256 } = saved
    const loaded = new FileCounts({ dataset, table, path }, header, saved.isDuplicate)
    loaded.nextLine = saved.nextLine
    loaded.bytes = saved.bytes
    loaded.isFinished = saved.isFinished
    loaded.accepted = saved.accepted
    loaded.rounded = saved.rounded
    loaded.rejects = JSON.parse(Buffer.from(file.read(saved.rejects)).toString()) as LineReject[]
    loaded.#scanner = new LineScanner(table, header, saved.secondHeader)
    loaded.#hash = null
    loaded.#digest = { linesBytes, linesSha256 }
    return loaded
  }

  get place(): Place {
    const { header, nextLine, bytes, isFinished, isDuplicate } = this
    const digest = this.#hash?.finish() ?? this.#digest
    return { ...this.name, ...digest, header, nextLine, bytes, isFinished, isDuplicate }
  }

  /** Lines may be added; after a saved state was opened, not before {@link resume}. */
  get isOpen(): boolean {
    return this.#hash !== null && this.isFinished
  }

  /**
   * Makes sure that a file has the lines that were read of it, and lets more be added.
   *
   * @param blocks - The first {@link bytes} of the file, unpacked.
   * @returns False if the file has other lines.
   */
  async resume(blocks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<boolean> {
    const hash = new LinesHash(this.header.lineEnd)
    for await (const block of blocks) hash.add(block)
    const { linesBytes, linesSha256 } = hash.finish()
    const { place } = this
    if (linesBytes !== place.linesBytes || linesSha256 !== place.linesSha256) return false
    this.#hash = hash
    return true
  }

  /**
   * Scans lines; nothing of the file's figures changes until {@link keep}.
   *
   * @throws {PipelineError} If the file cannot be trusted. The message lacks the file's name.
   */
  scan(lines: Buffer, into: ScannedRows): number {
    return this.#scanner.scan(lines, this.nextLine, into)
  }

  /**
   * Counts lines that were scanned.
   *
   * @param block - As it stands in the file, at the beginning with the header.
   */
  keep(block: Buffer, lines: number, rows: ScannedRows): void {
    this.#hash?.add(block)
    this.bytes += block.length
    this.nextLine += lines
    this.isFinished = block.at(-1) === LINE_FEED
    this.accepted += rows.count
    this.rounded += rows.rounded
    for (const reject of rows.rejects) this.rejects.push(reject)
  }

  save(file: BlobFile): SavedFile {
    const { place, accepted, rounded } = this
    return {
      ...place,
      accepted,
      rounded,
      secondHeader: this.#scanner.secondHeader,
      rejects: file.append(Buffer.from(JSON.stringify(this.rejects))),
    }
  }
}

/**
 * Begins a file.
 *
 * @param start - Its first lines, of which only the header is read.
 * @param renames - Names in the header to the columns that are meant.
 * @throws {PipelineError} If the header does not fit. The message lacks the file's name.
 */
export function beginFile(
  name: FileName,
  start: Buffer,
  { renames, isDuplicate }: { renames: Readonly<Record<string, string>>; isDuplicate: boolean },
): FileCounts {
  const foreign = describeForeignFile(start, false)
  if (foreign !== null) throw new PipelineError(foreign)
  const header = parseHeader(start.subarray(0, headerEnd(start)), name.table, renames)
  return new FileCounts(name, header, isDuplicate)
}
