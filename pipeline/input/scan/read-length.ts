/** How far a file is read: files grow while they are read, and a follower's builds are of what it has counted. */
import { type FileHandle, open } from 'node:fs/promises'
import { PipelineError } from '../../base/errors.ts'
import { isPacked } from '../packing.ts'
import { readBlocks } from './blocks.ts'
import { headerEnd } from './header.ts'
import { lfFormLength, startsWithBom } from './lines-digest.ts'

const LINE_FEED = 10
const RETURN = 13
/** A segment's first column; see header.ts. */
const SEGMENT_START = Buffer.from('event,')
/** Read at once while the last line feed is looked for. */
const STEP_BYTES = 1 << 16

/** How far to read. */
export interface ReadTo {
  /** Of the file as it was found; what is appended later is not read. */
  readonly bytes?: number
  /** Of its lines, as in the manifest: the lines behind are not read. */
  readonly linesBytes?: number
  /** The last line of a segment is not read while it has no line end. */
  readonly isSegmentCut: boolean
}

/**
 * Finds how many bytes of a file, unpacked if it is packed, are to be read.
 *
 * @returns Infinity: all of it.
 * @throws {PipelineError} If it has fewer lines than it should have. The message lacks the file's name.
 */
export async function findReadLength(path: string, to: ReadTo): Promise<number> {
  const length = await findLinesEnd(path, to)
  if (isPacked(path) || !to.isSegmentCut) return length
  const file = await open(path)
  try {
    const start = await readAt(file, 0, SEGMENT_START.length)
    if (!start.equals(SEGMENT_START)) return length
    return await findLastLineEnd(file, Math.min(length, (await file.stat()).size))
  } finally {
    await file.close()
  }
}

async function findLinesEnd(
  path: string,
  { bytes = Number.POSITIVE_INFINITY, linesBytes }: ReadTo,
): Promise<number> {
  if (linesBytes === undefined) return isPacked(path) ? Number.POSITIVE_INFINITY : bytes
  let raw = 0
  let lines = 0
  let isReturned: boolean | null = null
  let isOwnForm = false
  for await (const block of readBlocks(path, () => undefined)) {
    if (isReturned === null) {
      isReturned = block[headerEnd(block) - 2] === RETURN
      isOwnForm = !isReturned && !startsWithBom(block)
      // The lines are the bytes of the file: no need to read on.
      if (isOwnForm && !isPacked(path)) return findOwnEnd(path, linesBytes)
      if (startsWithBom(block)) lines -= 3
    }
    const length = lfFormLength(block, isReturned)
    if (lines + length >= linesBytes) return raw + findEnd(block, isReturned, linesBytes - lines)
    lines += length
    raw += block.length
  }
  if (linesBytes > lines + 1) throw isShort()
  return raw
}

/** A last line without its line end counts as if it had one; if it went on since, it ends where it ended then. */
async function findOwnEnd(path: string, linesBytes: number): Promise<number> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    if (size + 1 < linesBytes) throw isShort()
    const [last] = await readAt(file, linesBytes - 1, 1)
    return last === LINE_FEED ? linesBytes : linesBytes - 1
  } finally {
    await file.close()
  }
}

function isShort(): PipelineError {
  const remedy = 'if it is there packed and unpacked, remove one of the two'
  return new PipelineError(`is shorter than what was counted of it; ${remedy}`)
}

/** Where the lines with so many bytes end in a block. */
function findEnd(block: Buffer, isReturned: boolean, linesBytes: number): number {
  let lines = 0
  let at = 0
  while (lines < linesBytes && at < block.length) {
    const lineFeed = block.indexOf(LINE_FEED, at)
    const end = lineFeed === -1 ? block.length : lineFeed + 1
    lines += lfFormLength(block.subarray(at, end), isReturned)
    at = end
  }
  return at
}

async function findLastLineEnd(file: FileHandle, length: number): Promise<number> {
  for (let end = length; end > 0; ) {
    const start = Math.max(0, end - STEP_BYTES)
    const place = (await readAt(file, start, end - start)).lastIndexOf(LINE_FEED)
    if (place !== -1) return start + place + 1
    end = start
  }
  return 0
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, position)
  return buffer.subarray(0, bytesRead)
}
