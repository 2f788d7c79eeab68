/** What the state knows of one file: how far it was read, and what became of its lines. */
import type { Dataset, Table } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import { describeForeignFile } from '../input/scan/file-kind.ts'
import { type Header, headerEnd, parseHeader } from '../input/scan/header.ts'
import { type LinesDigest, LinesHash } from '../input/scan/lines-digest.ts'
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
  readonly rejects: LineReject[] = []
  readonly #scanner: LineScanner
  readonly #hash: LinesHash
  /** Where each batch of lines begins, for those that look a line up. */
  readonly #batches: { line: number; offset: number }[] = []

  /**
   * @param start - The first lines of the file, of which only the header is read.
   * @throws {PipelineError} If the header does not fit. The message lacks the file's name.
   */
  constructor(
    name: FileName,
    start: Buffer,
    { renames, isDuplicate }: { renames: Readonly<Record<string, string>>; isDuplicate: boolean },
  ) {
    const foreign = describeForeignFile(start, false)
    if (foreign !== null) throw new PipelineError(foreign)
    this.name = name
    this.header = parseHeader(start.subarray(0, headerEnd(start)), name.table, renames)
    this.isDuplicate = isDuplicate
    this.#scanner = new LineScanner(name.table, this.header)
    this.#hash = new LinesHash(this.header.lineEnd)
  }

  get place(): Place {
    const { header, nextLine, bytes, isFinished, isDuplicate } = this
    return {
      ...this.name,
      ...this.#hash.finish(),
      header,
      nextLine,
      bytes,
      isFinished,
      isDuplicate,
    }
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
    this.#batches.push({ line: this.nextLine, offset: this.bytes + this.#headerBytes(block) })
    this.#hash.add(block)
    this.bytes += block.length
    this.nextLine += lines
    this.isFinished = block.at(-1) === LINE_FEED
    this.accepted += rows.count
    this.rounded += rows.rounded
    for (const reject of rows.rejects) this.rejects.push(reject)
  }

  #headerBytes(block: Buffer): number {
    return this.bytes === 0 ? headerEnd(block) : 0
  }

  /** Where in the unpacked file to look for a line: from `offset`, where line `line` begins. */
  locate(line: number): { line: number; offset: number } {
    const batches = this.#batches
    let least = 0
    let most = batches.length - 1
    while (least < most) {
      const middle = (least + most + 1) >>> 1
      if ((batches[middle]?.line ?? 0) <= line) least = middle
      else most = middle - 1
    }
    return batches[least] ?? { line: 2, offset: 0 }
  }
}
