/** The memory of events at a start: the segments are the only record of what came in. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ignoreMissing } from '../../../contract/segments/files.ts'
import { parseSegmentPath } from '../../../contract/segments/name.ts'
import { EventMemory } from './event-memory.ts'
import { isOwnEvent } from './event-name.ts'

const CHUNK_BYTES = 1 << 20
const COMMA = 44
const LINE_FEED = 10

/**
 * Reads the events of segments back.
 *
 * @param segments - By path below the input folder, the time of the newest message that brought an event. One that is gone
 * was removed by somebody.
 * @throws {NodeJS.ErrnoException} If the file system refuses.
 */
export async function readEvents(
  input: string,
  segments: Readonly<Record<string, number>>,
): Promise<EventMemory> {
  const memory = new EventMemory()
  for (const [path, ms] of Object.entries(segments)) {
    const table = parseSegmentPath(path)?.table
    const stream = table === undefined ? null : await openSegment(join(input, path))
    if (table === undefined || stream === null) continue
    await forEachEvent(stream, (event) => {
      if (!isOwnEvent(event)) memory.add(table, event, ms)
    })
  }
  return memory
}

async function openSegment(full: string): Promise<Readable | null> {
  const isThere = async (path: string) => (await stat(path).catch(ignoreMissing)) !== null
  if (await isThere(full)) return createReadStream(full, { highWaterMark: CHUNK_BYTES })
  if (!(await isThere(`${full}.gz`))) return null
  const file = createReadStream(`${full}.gz`, { highWaterMark: CHUNK_BYTES })
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES })
  file.once('error', (error) => unpacked.destroy(error))
  return file.pipe(unpacked)
}

/** Calls for the first column of each whole line but the header. */
async function forEachEvent(stream: Readable, take: (event: string) => void): Promise<void> {
  let rest = Buffer.alloc(0)
  let isHeader = true
  for await (const chunk of stream) {
    const bytes = Buffer.concat([rest, chunk as Buffer])
    let at = 0
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, at)) {
      if (!isHeader) take(bytes.toString('latin1', at, bytes.indexOf(COMMA, at)))
      isHeader = false
      at = end + 1
    }
    rest = bytes.subarray(at)
  }
}
