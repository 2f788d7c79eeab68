/**
 * The bytes of pictures: small ones are kept in memory and shared by all who read them, great ones are read piece by piece,
 * as fast as their reader takes them. However many read slowly, the server holds each picture once.
 */
import type { FileHandle } from 'node:fs/promises'

/** Bytes. A banner has some tens of thousands. */
export const MAX_KEPT_BYTES = 1_000_000

/** Bytes of all pictures that are kept. */
const MAX_CACHE_BYTES = 64_000_000

/** Readers of great pictures at once: each has a file open. */
const MAX_STREAMS = 64

/** Bytes of a piece. */
const PIECE_BYTES = 65_536

/** Keeps what was asked for last. */
export interface PictureCache {
  /** Gives what is kept, or reads it: those who ask at the same time read once. */
  readonly get: (key: string, read: () => Promise<Buffer>) => Promise<Buffer>
}

/** Makes an empty cache. */
export function createPictureCache(maxBytes = MAX_CACHE_BYTES): PictureCache {
  // A Map keeps the order in which its keys were added: the first was not wanted for longest.
  const kept = new Map<string, Buffer>()
  const reading = new Map<string, Promise<Buffer>>()
  let bytes = 0
  const drop = (key: string) => {
    bytes -= kept.get(key)?.byteLength ?? 0
    kept.delete(key)
  }
  const keep = (key: string, picture: Buffer) => {
    drop(key)
    kept.set(key, picture)
    bytes += picture.byteLength
    for (const oldest of kept.keys()) {
      if (bytes <= maxBytes) break
      drop(oldest)
    }
  }
  const load = async (key: string, read: () => Promise<Buffer>) => {
    try {
      const picture = await read()
      keep(key, picture)
      return picture
    } finally {
      reading.delete(key)
    }
  }
  return {
    get: async (key, read) => {
      const picture = kept.get(key)
      if (picture !== undefined) {
        keep(key, picture)
        return picture
      }
      const pending = reading.get(key) ?? load(key, read)
      if (!reading.has(key) && !kept.has(key)) reading.set(key, pending)
      return await pending
    },
  }
}

let openStreams = 0

/** Whether another great picture may be read now. */
export function canStream(): boolean {
  return openStreams < MAX_STREAMS
}

/**
 * Reads a file piece by piece, each when the one before has been taken.
 *
 * @param open - Opens the file, when the first piece is asked for.
 * @param size - Bytes that are read; a file with fewer breaks the stream off.
 */
export function streamFile(
  open: () => Promise<FileHandle>,
  size: number,
): ReadableStream<Uint8Array> {
  let file: FileHandle | undefined
  let done = 0
  let isCounted = true
  openStreams++
  const end = async () => {
    if (isCounted) openStreams--
    isCounted = false
    await file?.close()
    file = undefined
  }
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          file ??= await open()
          const piece = Buffer.alloc(Math.min(PIECE_BYTES, size - done))
          const { bytesRead } = await file.read(piece, 0, piece.length, done)
          if (bytesRead === 0) throw new RangeError(`the file ends before byte ${size}`)
          done += bytesRead
          controller.enqueue(piece.subarray(0, bytesRead))
          if (done < size) return
          await end()
          controller.close()
        } catch (error) {
          await end()
          controller.error(error)
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
}
