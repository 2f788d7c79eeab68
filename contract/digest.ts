import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'

/** What a file is known by. */
export interface Digest {
  readonly bytes: number
  /** In hexadecimal. */
  readonly sha256: string
}

/** Counts and hashes bytes in memory. */
export function digestBytes(bytes: Uint8Array): Digest {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** Counts and hashes the bytes of a file, a piece at a time. */
export function digestFile(path: string): Promise<Digest> {
  return digestStream(createReadStream(path))
}

/** As {@link digestFile}, of a file that is open, and stays so. */
export function digestOpenFile(file: FileHandle): Promise<Digest> {
  return digestStream(file.createReadStream({ start: 0, autoClose: false }))
}

async function digestStream(stream: AsyncIterable<Buffer>): Promise<Digest> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of stream) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, sha256: hash.digest('hex') }
}
