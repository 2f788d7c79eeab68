import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { isSystemError, PipelineError } from '../../base/errors.ts'
import { isPacked } from '../packing.ts'

/** Read at once; larger blocks gained nothing in a measurement with 1, 4 and 16 MiB. */
const CHUNK_BYTES = 1 << 20
/** Thousands of small files need no buffer of that size each. */
const LEAST_CHUNK_BYTES = 1 << 10
/** A line that is longer has lost its line ends; the longest line of a log has a few hundred bytes. */
const MAX_LINE_BYTES = 1 << 20

const LINE_FEED = 10
const RETURN = 13

/** What a file was, byte for byte, when it was read to the end. */
export interface FileDigest {
  /** Of the file as it lies on disk, so compressed if it is. */
  readonly bytes: number
  readonly sha256: string
}

/** What is known of a file where its last block ends. */
export interface FileEnd extends FileDigest {
  /** Of the file's own bytes and a line feed behind them. */
  readonly sha256WithLineFeed: string
}

/**
 * Reads a file once, as blocks of whole lines, unpacked if its name ends in `.gz`.
 *
 * @param onEnd - Called with the digest of the file's own bytes after the last block.
 * @param mostUnpackedBytes - A packed file that is longer when unpacked is refused as soon as it is.
 * @param length - So many bytes, unpacked, are read; what lies behind is not there. A packed file is hashed whole.
 * @returns Blocks that end with a line feed; only the last may lack it. A block is overwritten by the next.
 * @throws {PipelineError} If it cannot be read, is cut off (.gz), unpacks to too much, or has a line of over 1 MiB,
 * its line end not counted.
 */
export async function* readBlocks(
  path: string,
  onEnd: (end: FileEnd) => void,
  mostUnpackedBytes = Number.POSITIVE_INFINITY,
  length = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer> {
  const seen: Seen = { hash: createHash('sha256'), bytes: 0 }
  try {
    if (isPacked(path)) yield* readPacked(path, seen, { mostUnpackedBytes, length })
    else yield* readPlain(path, seen, length)
  } catch (error) {
    throw readableError(error)
  }
  const sha256WithLineFeed = seen.hash.copy().update('\n').digest('hex')
  onEnd({ bytes: seen.bytes, sha256: seen.hash.digest('hex'), sha256WithLineFeed })
}

/**
 * Refuses a line that is longer than allowed, wherever in a block it lies, without a look at each: a block is less than
 * twice as long, so every such line lies across the same place of it.
 */
function assertLineLength(block: Buffer): void {
  if (block.length <= MAX_LINE_BYTES) return
  const start = block.lastIndexOf(LINE_FEED, MAX_LINE_BYTES - 1) + 1
  const lineFeed = block.indexOf(LINE_FEED, MAX_LINE_BYTES)
  const end = lineFeed === -1 ? block.length : lineFeed
  const returned = block[end - 1] === RETURN ? 1 : 0
  if (end - start - returned <= MAX_LINE_BYTES) return
  throw new PipelineError('has a line of over 1 MiB, let every row end with a line feed')
}

/** The file's own bytes, counted and hashed as they pass. */
interface Seen {
  readonly hash: Hash
  bytes: number
}

function see(seen: Seen, chunk: Buffer): void {
  seen.hash.update(chunk)
  seen.bytes += chunk.length
}

/** Reads into one buffer; only the line that a block breaks off is moved, to its front. */
async function* readPlain(path: string, seen: Seen, length: number): AsyncGenerator<Buffer> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const step = Math.max(LEAST_CHUNK_BYTES, Math.min(CHUNK_BYTES, size))
    let buffer = Buffer.allocUnsafe(2 * step)
    let rest = 0
    for (let left = length; left > 0; ) {
      if (buffer.length < rest + step) buffer = Buffer.concat([buffer], rest + step)
      const { bytesRead } = await file.read(buffer, rest, Math.min(step, left))
      if (bytesRead === 0) break
      see(seen, buffer.subarray(rest, rest + bytesRead))
      left -= bytesRead
      const block = buffer.subarray(0, rest + bytesRead)
      const end = endOfLines(block)
      if (end > 0) yield block.subarray(0, end)
      rest = buffer.copy(buffer, 0, end, block.length)
    }
    if (rest > 0) yield buffer.subarray(0, rest)
  } finally {
    await file.close()
  }
}

async function* readPacked(
  path: string,
  seen: Seen,
  { mostUnpackedBytes, length }: { mostUnpackedBytes: number; length: number },
): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of cut(unpack(path, seen, mostUnpackedBytes), length)) {
    const block = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const end = endOfLines(block)
    if (end > 0) yield block.subarray(0, end)
    rest = block.subarray(end)
  }
  if (rest.length > 0) yield rest
}

/** Where the last whole line of a block ends. */
function endOfLines(block: Buffer): number {
  assertLineLength(block)
  return block.lastIndexOf(LINE_FEED) + 1
}

/** Gives the first bytes, and reads on to the end all the same. */
async function* cut(chunks: AsyncGenerator<Buffer>, length: number): AsyncGenerator<Buffer> {
  let left = length
  for await (const chunk of chunks) {
    if (left > 0) yield chunk.subarray(0, left)
    left -= chunk.length
  }
}

async function* unpack(
  path: string,
  seen: Seen,
  mostUnpackedBytes: number,
): AsyncGenerator<Buffer> {
  const { size } = await stat(path)
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES })
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  file.on('data', (chunk) => see(seen, chunk as Buffer))
  file.on('error', (error) => gunzip.destroy(error))
  let unpacked = 0
  try {
    for await (const chunk of file.pipe(gunzip)) {
      unpacked += chunk.length
      if (unpacked > mostUnpackedBytes) throw new PipelineError(tooLong(size, mostUnpackedBytes))
      yield chunk
    }
  } finally {
    file.destroy()
  }
  // zlib stops at the end of the last member and passes over what follows if it is not another one.
  if (gunzip.bytesWritten !== size) {
    throw new PipelineError('has bytes behind the end of its gzip data, upload it again')
  }
}

function tooLong(packed: number, most: number): string {
  return `unpacks from ${packed} to more than ${most} bytes, unpack it yourself if that is right`
}

function readableError(error: unknown): unknown {
  if (error instanceof PipelineError) return error
  const code = (error as { code?: unknown }).code
  if (typeof code === 'string' && code.startsWith('Z_')) {
    const message = (error as Error).message
    return new PipelineError(`is no whole gzip file (${message}), upload it again`)
  }
  if (isSystemError(error)) return new PipelineError(`cannot be read (${error.code})`)
  return error
}
