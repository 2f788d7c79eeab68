import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { Digest } from '../../../contract/digest.ts'

/** A file being written in large pieces. */
export interface Sink {
  /** Takes bytes; a Buffer is copied, so it may be reused. */
  push(piece: string | Buffer): void
  /** Writes what was pushed once there is enough of it. Await it now and then, or memory grows. */
  flush(): Promise<void>
}

/** A file of which it is known at the end what was written. */
export interface DigestedSink extends Sink {
  /** Writes all that was pushed; to be called after the last piece. */
  finish(): Promise<Digest>
}

/** Pushed pieces are joined up to about this size. */
const FLUSH_BYTES = 1 << 20

/** Makes a file, and closes it when `fn` is done, all written. */
export async function withSink<T>(path: string, fn: (sink: Sink) => Promise<T>): Promise<T> {
  return withWriter(path, () => undefined, fn)
}

/** As {@link withSink}; the bytes are hashed as they pass, so that nobody has to read them for it. */
export async function withDigestedSink<T>(
  path: string,
  fn: (sink: DigestedSink) => Promise<T>,
): Promise<T> {
  const hash = createHash('sha256')
  let length = 0
  const see = (bytes: Buffer) => {
    hash.update(bytes)
    length += bytes.length
  }
  return withWriter(path, see, (writer) =>
    fn({
      ...writer,
      async finish() {
        await writer.write()
        return { bytes: length, sha256: hash.digest('hex') }
      },
    }),
  )
}

interface Writer extends Sink {
  readonly write: () => Promise<void>
}

async function withWriter<T>(
  path: string,
  see: (bytes: Buffer) => void,
  fn: (writer: Writer) => Promise<T>,
): Promise<T> {
  const file = await open(path, 'w')
  const pieces: Buffer[] = []
  let size = 0
  async function write(): Promise<void> {
    if (size === 0) return
    const bytes = Buffer.concat(pieces)
    pieces.length = 0
    size = 0
    see(bytes)
    await file.writeFile(bytes)
  }
  const sink: Writer = {
    write,
    push(piece) {
      const bytes = Buffer.from(piece as Buffer)
      pieces.push(bytes)
      size += bytes.length
    },
    async flush() {
      if (size >= FLUSH_BYTES) await write()
    },
  }
  try {
    const result = await fn(sink)
    await write()
    return result
  } finally {
    await file.close()
  }
}
