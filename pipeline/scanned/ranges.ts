/**
 * Long files in byte ranges, for several shards. A line belongs to the range in which its first byte lies. One shard hashes the
 * file, others parse the ranges; only clean lines are joined again.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { type FileHandle, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { isPacked } from '../input/packing.ts'
import { startsWithBom } from '../input/scan/lines-digest.ts'
import type { SourceFile } from '../input/sources.ts'
import type { FoundFile } from './find.ts'
import { belongsTo, type Shard } from './shard.ts'

const LINE_FEED = 10
const RETURN = 13
/** A header that is longer is none. */
const HEADER_BYTES = 1 << 16
/** Read at once while a line's end is looked for. */
const STEP_BYTES = 1 << 16
const SEGMENT_START = 'event,'

/** The header line of a file that can be cut; null if its lines mean more than their bytes say, or if it may grow. */
async function readCutHeader(fullPath: string): Promise<Buffer | null> {
  if (isPacked(fullPath)) return null
  const file = await open(fullPath)
  try {
    const { size } = await file.stat()
    const start = await readAt(file, 0, HEADER_BYTES)
    const end = start.indexOf(LINE_FEED)
    const [last] = await readAt(file, size - 1, 1)
    const isPlain = end > 0 && start[end - 1] !== RETURN && !startsWithBom(start)
    const isSegment = start.toString('latin1', 0, SEGMENT_START.length) === SEGMENT_START
    return isPlain && !isSegment && last === LINE_FEED ? start.subarray(0, end + 1) : null
  } finally {
    await file.close()
  }
}

/** Where the ranges of a file begin and end. */
function listRanges(bytes: number, rangeBytes: number): (readonly [number, number])[] {
  const count = Math.ceil(bytes / rangeBytes)
  return Array.from({ length: count }, (_, place) => [
    place * rangeBytes,
    Math.min((place + 1) * rangeBytes, bytes),
  ])
}

/** Names what is known of a range, as if it were a file. */
export function nameRange(path: string, [start, end]: readonly [number, number]): string {
  return `${path}#${start}-${end}`
}

/** Names what is known of a file that was cut. */
export function nameCut(path: string): string {
  return `${path}#ranges`
}

/** What a shard does of a file: all of it, nothing, or the hash and some ranges if it is long. */
export async function divide(
  file: FoundFile,
  { shard, rangeBytes }: { readonly shard: Shard; readonly rangeBytes: number },
): Promise<FoundFile[]> {
  const { source } = file
  const isOwner = belongsTo(source.path, shard)
  const header = source.bytes > rangeBytes ? await readCutHeader(source.fullPath) : null
  if (header === null) return isOwner ? [file] : []
  const ranges = listRanges(source.bytes, rangeBytes)
  const own = ranges.filter((range) => belongsTo(nameRange(source.path, range), shard))
  const hash: FoundFile = {
    ...file,
    source: { ...source, path: nameCut(source.path) },
    cut: { whole: file, ranges, header },
  }
  return [...(isOwner ? [hash] : []), ...own.map((range) => findRange(file, range, header))]
}

function findRange(file: FoundFile, range: readonly [number, number], header: Buffer): FoundFile {
  const { source, identity } = file
  const path = nameRange(source.path, range)
  return {
    source: { ...source, path, bytes: range[1] - range[0] },
    identity,
    cut: { whole: file, ranges: null, header },
    async withFile(folder, fn) {
      const fullPath = join(folder, 'range.csv')
      const bytes = await copyRange(source, range, { header, to: fullPath })
      return fn({ ...source, path, fullPath, bytes })
    },
  }
}

/** Copies the lines of a range behind the header; returns the bytes of both. */
async function copyRange(
  { fullPath }: SourceFile,
  [from, to]: readonly [number, number],
  target: { readonly header: Buffer; readonly to: string },
): Promise<number> {
  const file = await open(fullPath)
  const { header } = target
  const bounds = await findBounds(file, [from, to], header.length).finally(() => file.close())
  await writeFile(target.to, header)
  const [start, end] = bounds
  if (end > start) {
    await pipeline(
      createReadStream(fullPath, { start, end: end - 1, highWaterMark: 1 << 20 }),
      createWriteStream(target.to, { flags: 'a' }),
    )
  }
  return header.length + Math.max(0, end - start)
}

async function findBounds(
  file: FileHandle,
  [from, to]: readonly [number, number],
  headerBytes: number,
): Promise<readonly [number, number]> {
  const start = from < headerBytes ? headerBytes : await findLineStart(file, from)
  const end = to < headerBytes ? headerBytes : await findLineStart(file, to)
  return [start, end]
}

/** The first byte of a line at a place or behind it; the end of the file if there is none. */
async function findLineStart(file: FileHandle, place: number): Promise<number> {
  for (let at = place - 1; ; ) {
    const bytes = await readAt(file, at, STEP_BYTES)
    const lineFeed = bytes.indexOf(LINE_FEED)
    if (lineFeed !== -1) return at + lineFeed + 1
    if (bytes.length === 0) return at
    at += bytes.length
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, position)
  return buffer.subarray(0, bytesRead)
}
