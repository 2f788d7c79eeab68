import { open } from 'node:fs/promises'

/** A file being written in large pieces. */
export interface Sink {
  /** Takes bytes; a Buffer is copied, so it may be reused. */
  push(piece: string | Buffer): void
  /** Writes what was pushed once there is enough of it. Await it now and then, or memory grows. */
  flush(): Promise<void>
}

/** Pushed pieces are joined up to about this size. */
const FLUSH_BYTES = 1 << 20

/** Makes a file, and closes it when `fn` is done, all written. */
export async function withSink<T>(path: string, fn: (sink: Sink) => Promise<T>): Promise<T> {
  const file = await open(path, 'w')
  const pieces: Buffer[] = []
  let size = 0
  async function write(): Promise<void> {
    const bytes = Buffer.concat(pieces)
    pieces.length = 0
    size = 0
    await file.writeFile(bytes)
  }
  const sink: Sink = {
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
