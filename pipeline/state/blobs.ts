/**
 * Parts of a saved state: byte ranges of one file that only grows, each with its checksum.
 *
 * A part that changed is appended anew, and an index (saved.ts) names the parts that count. So a save writes what
 * changed only, a kill leaves the parts of the index before, and a part is read when it is needed first.
 */
import { createHash } from 'node:crypto'
import { readSync, writeSync } from 'node:fs'

/** Where a part lies. */
export interface Blob {
  readonly offset: number
  readonly bytes: number
  /** Hexadecimal. */
  readonly sha256: string
}

/** A saved part is missing or not as it was written: the state has to be made anew. */
class DamagedStateError extends Error {
  override readonly name = 'DamagedStateError'
}

/** The file of a saved state, open for reading and appending. */
export class BlobFile {
  readonly #file: number
  /** Where the next part goes. */
  #end: number

  /**
   * @param file - Descriptor of the file; whoever opened it closes it.
   * @param end - Bytes that count; what lies beyond was left by a kill.
   */
  constructor(file: number, end: number) {
    this.#file = file
    this.#end = end
  }

  get end(): number {
    return this.#end
  }

  append(bytes: Uint8Array): Blob {
    const offset = this.#end
    for (let at = 0; at < bytes.length; ) {
      at += writeSync(this.#file, bytes, at, bytes.length - at, offset + at)
    }
    this.#end += bytes.length
    return { offset, bytes: bytes.length, sha256: digest(bytes) }
  }

  /** Gives a part of a file as a part of this one. */
  take(blob: Blob, from: BlobFile | null): Blob {
    return from === this || from === null ? blob : this.append(new Uint8Array(from.read(blob)))
  }

  /** @throws {DamagedStateError} If it is not as it was written. */
  read({ offset, bytes, sha256 }: Blob): ArrayBuffer {
    const buffer = new ArrayBuffer(bytes)
    const view = new Uint8Array(buffer)
    for (let at = 0; at < bytes; ) {
      const read = readSync(this.#file, view, at, bytes - at, offset + at)
      if (read === 0) throw new DamagedStateError('a saved part is cut off')
      at += read
    }
    if (digest(view) !== sha256) throw new DamagedStateError('a saved part was altered')
    return buffer
  }
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The bytes of a typed array. */
export function bytesOf(array: Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}
