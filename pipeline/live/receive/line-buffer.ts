/** Bytes of a line up to which a loop copies faster than a call. */
const SHORT_BYTES = 48
const LINE_FEED = 10
const COMMA = 44

/** Lines of a segment that have come and are not written yet. */
export class LineBuffer {
  #bytes = Buffer.allocUnsafe(1 << 16)
  #length = 0

  /** What is in it; to be read before the next line comes. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  get length(): number {
    return this.#length
  }

  /** Adds a line: its event, a comma, bytes of a block, and a line end. */
  add(event: string, block: Buffer, start: number, end: number): void {
    const length = end - start
    this.#reserve(event.length + length + 2)
    const bytes = this.#bytes
    let at = this.#length
    for (let place = 0; place < event.length; place += 1) bytes[at++] = event.charCodeAt(place)
    bytes[at++] = COMMA
    if (length < SHORT_BYTES) {
      for (let from = start; from < end; from += 1) bytes[at++] = block[from] as number
    } else {
      block.copy(bytes, at, start, end)
      at += length
    }
    bytes[at++] = LINE_FEED
    this.#length = at
  }

  clear(): void {
    this.#length = 0
  }

  #reserve(length: number): void {
    const needed = this.#length + length
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}
