/** What a receiver refused, copied from the input folder to where servers read it. */
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readLastRecord } from '../../../contract/journal.ts'
import {
  type ReceivedRejects,
  type RefusedLine,
  writeReceivedRejects,
} from '../../../contract/received.ts'
import { readReceiverRecord } from './places.ts'
import { findRejectsFile, type RejectsState } from './rejects.ts'
import { JOURNAL_FILE, RECEIVE_FOLDER } from './store.ts'

/** Folders of a follower. */
interface Folders {
  readonly input: string
  /** Artifacts folder. */
  readonly out: string
}

/** Milliseconds between two looks at the journal. */
const LOOK_MS = 2_000
/** Lines that are shown, and bytes at the end of the file that are read for them: a text has 200 characters at most. */
const MOST_LINES = 100
const TAIL_BYTES = 200_000

/** Copies it whenever it has changed, until it is stopped, and then once more. */
export async function showRejects(folders: Folders, stop: AbortSignal): Promise<void> {
  let shown = ''
  for (let isLast = false; ; ) {
    // It is made up for by the next one; on a full disk there may be none.
    shown = await showOnce(folders, shown).catch(() => shown)
    if (isLast) return
    await sleep(LOOK_MS, undefined, { signal: stop, ref: false }).catch(() => undefined)
    isLast = stop.aborted
  }
}

/** @param shown - What the call before has returned. */
async function showOnce({ input, out }: Folders, shown: string): Promise<string> {
  const rejects = await readRejects(input)
  if (rejects === null) return shown
  const now = JSON.stringify(rejects)
  if (now !== shown) await writeReceivedRejects(out, rejects)
  return now
}

/**
 * Reads what the receiver of an input folder refused.
 *
 * @returns Null if it refused nothing, or there was none.
 */
async function readRejects(input: string): Promise<ReceivedRejects | null> {
  const folder = join(input, RECEIVE_FOLDER)
  const { record } = await readLastRecord(join(folder, JOURNAL_FILE))
  if (record === null) return null
  const { rejects } = readReceiverRecord(record)
  if (rejects.total === 0) return null
  const { total, day, counts } = rejects
  return { total, day, counts, latest: await readLatest(folder, rejects) }
}

/** As far as the journal goes: what lies behind may be half a line. */
async function readLatest(folder: string, { day, bytes }: RejectsState): Promise<RefusedLine[]> {
  const file = await open(join(folder, findRejectsFile(day))).catch(() => null)
  if (file === null) return []
  try {
    const start = Math.max(0, bytes - TAIL_BYTES)
    const lines = (await readText(file, start, bytes - start)).split('\n')
    // The first one may be cut off, and behind the last line end there is none.
    const whole = lines.slice(start === 0 ? 0 : 1, -1)
    return whole.slice(-MOST_LINES).reverse().map(parseLine)
  } finally {
    await file.close()
  }
}

async function readText(file: FileHandle, start: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start)
  return buffer.toString('utf8', 0, bytesRead)
}

/** Written by rejects.ts. */
function parseLine(text: string): RefusedLine {
  return JSON.parse(text) as RefusedLine
}
