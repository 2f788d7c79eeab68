/** Reading small files from places that are not trusted: it neither blocks, nor reads without a limit, nor waits for ever. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** Limits of {@link readSmallFile}. */
export interface SmallFileLimits {
  /** Bytes. A file with more is refused. */
  readonly maxBytes: number
  /** Milliseconds after which the read is given up; by default {@link SMALL_FILE_TIMEOUT_MS}. */
  readonly timeoutMs?: number
}

/** Why a file was refused though the operating system gave it. */
export type Refusal = 'not a regular file' | 'too large' | 'changing' | 'too slow'

/** A file that {@link readSmallFile} refuses. The message continues a sentence about the file. */
export class SmallFileError extends Error {
  override readonly name = 'SmallFileError'
  readonly refusal: Refusal

  constructor(refusal: Refusal, message: string) {
    super(message)
    this.refusal = refusal
  }
}

/** Milliseconds. A local disk takes one; what takes five seconds is a network mount that does not answer. */
const SMALL_FILE_TIMEOUT_MS = 5_000

/** Bytes that are read of a file that says that it has none. */
const UNSIZED_BYTES = 65_536

/** O_NONBLOCK: opening a pipe without a writer would wait for one. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK

/**
 * Reads a regular file whole. Symbolic links are followed.
 *
 * @returns At most `maxBytes` bytes.
 * @throws {SmallFileError} If it is a folder, a pipe, a socket or a device, has too many bytes, or takes too long.
 * @throws {NodeJS.ErrnoException} If it cannot be opened or read.
 */
export function readSmallFile(path: string, limits: SmallFileLimits): Promise<Buffer> {
  const { maxBytes, timeoutMs = SMALL_FILE_TIMEOUT_MS } = limits
  return withDeadline(timeoutMs, async () => {
    const file = await openRegularFile(path)
    try {
      return await readOpenFile(file, maxBytes)
    } finally {
      await file.close()
    }
  })
}

/**
 * Opens a regular file for reading, of any size. Symbolic links are followed; a pipe does not block.
 *
 * @throws {SmallFileError} If it is a folder, a pipe, a socket or a device.
 * @throws {NodeJS.ErrnoException} If it cannot be opened.
 */
export async function openRegularFile(path: string): Promise<FileHandle> {
  const file = await open(path, OPEN_FLAGS)
  try {
    const stat = await file.stat()
    if (stat.isFile()) return file
    throw new SmallFileError('not a regular file', 'is not a regular file')
  } catch (error) {
    await file.close()
    throw error
  }
}

async function readOpenFile(file: FileHandle, maxBytes: number): Promise<Buffer> {
  const { size } = await file.stat()
  if (size > maxBytes) throw tooLarge(`${size} bytes`, maxBytes)
  // One byte more than expected: the file may be growing, and those of /proc say that they have none.
  const buffer = Buffer.alloc((size === 0 ? Math.min(maxBytes, UNSIZED_BYTES) : size) + 1)
  let length = 0
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, null)
    if (bytesRead === 0) return buffer.subarray(0, length)
    length += bytesRead
  }
  if (size === 0 || length > maxBytes) throw tooLarge('more bytes', maxBytes)
  throw new SmallFileError('changing', 'changes while it is read')
}

function tooLarge(bytes: string, maxBytes: number): SmallFileError {
  return new SmallFileError('too large', `has ${bytes}, at most ${maxBytes} are read`)
}

/** The read itself cannot be interrupted: it ends unheard, and closes its file then. */
async function withDeadline<T>(timeoutMs: number, fn: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    const late = new SmallFileError('too slow', `cannot be read within ${timeoutMs} ms`)
    timer = setTimeout(() => reject(late), timeoutMs)
  })
  try {
    return await Promise.race([fn(), deadline])
  } finally {
    clearTimeout(timer)
  }
}
