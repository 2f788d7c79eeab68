/**
 * What the lines of a file are, whatever the file is wrapped in: the bytes of its *LF form*.
 *
 * The LF form is the unpacked file, header included, without a byte order mark, with a line feed behind every line. In a
 * file of CRLF lines a line with the other line end gets CRLF: it is rejected there as it is in a file of LF lines. So
 * two files with the same LF form have the same rows and the same rejects.
 */
import { createHash, type Hash } from 'node:crypto'
import type { LineEnd } from './header.ts'

const LINE_FEED = 10
const RETURN = 13
const BOM = Buffer.from('\uFEFF')

/** Length and checksum of a file's LF form. */
export interface LinesDigest {
  readonly linesBytes: number
  /** Hexadecimal. */
  readonly linesSha256: string
}

/** Hashes the LF form of a file, block by block. */
export class LinesHash {
  readonly #hash: Hash = createHash('sha256')
  readonly #isReturned: boolean
  #bytes = 0
  #isFirst = true
  #isFinished = true

  constructor(lineEnd: LineEnd) {
    this.#isReturned = lineEnd === '\r\n'
  }

  /** Adds a block of whole lines; only the last of the file may lack its line end. */
  add(block: Buffer): void {
    const lines = this.#isFirst && startsWithBom(block) ? block.subarray(BOM.length) : block
    this.#isFirst = false
    this.#isFinished = block.at(-1) === LINE_FEED
    const form = this.#isReturned ? toLineFeeds(lines) : lines
    this.#hash.update(form)
    this.#bytes += form.length
  }

  /** Of what was added so far; more may be added, unless a line lacked its end. */
  finish(): LinesDigest {
    const hash = this.#hash.copy()
    if (!this.#isFinished) hash.update('\n')
    const linesBytes = this.#bytes + (this.#isFinished ? 0 : 1)
    return { linesBytes, linesSha256: hash.digest('hex') }
  }
}

/** Counts the bytes of lines in their LF form, a byte order mark not left out. */
export function lfFormLength(lines: Buffer, isReturned: boolean): number {
  return isReturned ? toLineFeeds(lines).length : lines.length
}

/** Tells whether a file begins with a byte order mark of UTF-8. */
export function startsWithBom(block: Buffer): boolean {
  return block.subarray(0, BOM.length).equals(BOM)
}

/** CRLF becomes LF, and LF alone becomes CRLF. A return where the file ends is the first half of a line end. */
function toLineFeeds(lines: Buffer): Buffer {
  const form = Buffer.allocUnsafe(lines.length * 2)
  let length = 0
  for (let at = 0; at < lines.length; at += 1) {
    const byte = lines[at] as number
    const isEnd = byte === RETURN && (at + 1 === lines.length || lines[at + 1] === LINE_FEED)
    if (isEnd && at + 1 === lines.length) break
    if (isEnd) at += 1
    else if (byte === LINE_FEED) form[length++] = RETURN
    form[length++] = isEnd ? LINE_FEED : byte
  }
  return form.subarray(0, length)
}
