/** Single lines of a file by their numbers, without reading the file from its beginning. */
import { open } from 'node:fs/promises'

const LINE_FEED = 10
const CHUNK_BYTES = 1 << 16

/** A line and where to begin to look for it: at byte `offset` begins line `line`. */
export interface WantedLine {
  readonly line: number
  readonly from: { readonly line: number; readonly offset: number }
}

/**
 * Reads lines of a file that is not packed.
 *
 * @param wanted - In ascending order of lines.
 * @returns Without their line feeds, in the same order.
 * @throws {Error} If the file has fewer lines.
 */
export async function readLines(path: string, wanted: readonly WantedLine[]): Promise<Buffer[]> {
  const lines: Buffer[] = []
  const file = await open(path)
  const read = async (offset: number): Promise<Buffer> => {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, offset)
    return buffer.subarray(0, bytesRead)
  }
  try {
    const reader = new LineReader(read)
    for (const one of wanted) lines.push(await reader.find(one))
    return lines
  } finally {
    await file.close()
  }
}

/** Keeps its place, so that lines near each other are read once. */
class LineReader {
  readonly #read: (offset: number) => Promise<Buffer>
  #line = 0
  /** Where in the file {@link #rest} begins, and the line {@link #line} with it. */
  #offset = 0
  #rest: Buffer = Buffer.alloc(0)

  constructor(read: (offset: number) => Promise<Buffer>) {
    this.#read = read
  }

  async find({ line, from }: WantedLine): Promise<Buffer> {
    if (this.#line === 0 || from.line > this.#line || line < this.#line) {
      this.#line = from.line
      this.#offset = from.offset
      this.#rest = Buffer.alloc(0)
    }
    while (this.#line < line) await this.#next()
    return this.#next()
  }

  async #next(): Promise<Buffer> {
    let end = this.#rest.indexOf(LINE_FEED)
    while (end === -1) {
      const more = await this.#read(this.#offset + this.#rest.length)
      if (more.length === 0 && this.#rest.length === 0) {
        throw new Error(`has no line ${this.#line} any more`)
      }
      this.#rest = Buffer.concat([this.#rest, more])
      end = more.length === 0 ? this.#rest.length : this.#rest.indexOf(LINE_FEED)
    }
    const line = this.#rest.subarray(0, end)
    this.#rest = this.#rest.subarray(end + 1)
    this.#offset += end + 1
    this.#line += 1
    return line
  }
}
