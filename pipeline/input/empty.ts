/** Files without a byte in them, packed or not: there is nothing to scan. */
import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { digestBytes } from '../../contract/digest.ts'
import { isPacked } from './packing.ts'
import { fileStamp, type Inspection } from './scan/inspect.ts'
import type { SourceFile } from './sources.ts'

/** A packed file of nothing is its header with the name of a file, and its end. */
const MOST_PACKED_BYTES = 512

/**
 * Inspects a file if it is empty.
 *
 * @returns Null if it has something in it, or cannot be read: the scanner says why.
 */
export async function inspectEmpty({ fullPath, bytes }: SourceFile): Promise<Inspection | null> {
  const isSmall = bytes === 0 || (bytes <= MOST_PACKED_BYTES && isPacked(fullPath))
  if (!isSmall) return null
  const stamp = await fileStamp(fullPath).catch(() => null)
  const content = await readFile(fullPath).catch(() => null)
  if (stamp === null || content === null || !isEmpty(content, fullPath)) return null
  if ((await fileStamp(fullPath).catch(() => null)) !== stamp) return null
  const { sha256: linesSha256 } = digestBytes(Buffer.alloc(0))
  const header = {
    names: [],
    kinds: [],
    positions: [],
    ignored: [],
    isSegment: false,
    lineEnd: '\n',
  } as const
  const lines = {
    linesBytes: 0,
    linesSha256,
    rows: 0,
    isClean: true,
    isFinished: true,
    readLength: null,
  }
  return { ...digestBytes(content), ...lines, header, stamp }
}

function isEmpty(content: Buffer, path: string): boolean {
  if (!isPacked(path)) return content.length === 0
  if (content.length === 0) return true
  try {
    return gunzipSync(content, { maxOutputLength: 1 }).length === 0
  } catch {
    return false
  }
}
