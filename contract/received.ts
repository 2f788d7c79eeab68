/** `live/received.json`: lines from Kafka that did not come in, as the explorer and `pools builds` show them. */
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LIVE_FOLDER } from './changes.ts'
import { readSmallFile } from './small-file.ts'

const RECEIVED_FILE = 'received.json'
/** Bytes; a line takes some hundred. */
const MAX_BYTES = 10_000_000

/** A line, or all lines of a message, that did not come in. */
export interface RefusedLine {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** In its message, from 1 on; null: the whole message. */
  readonly line: number | null
  readonly reason: string
  readonly lines: number
  readonly bytes: number
  /** How it begins. */
  readonly text: string
}

/** What did not come in. */
export interface ReceivedRejects {
  /** Lines of all days. */
  readonly total: number
  /** The last day with such lines, UTC, as `2026-11-30`. */
  readonly day: string
  /** Lines of that day, by reason. */
  readonly counts: Readonly<Record<string, number>>
  /** Of that day, the latest first. */
  readonly latest: readonly RefusedLine[]
}

/**
 * Reads what did not come in.
 *
 * @param artifacts - Artifacts folder.
 * @returns Null if there is no such file, or it cannot be read.
 */
export async function readReceivedRejects(artifacts: string): Promise<ReceivedRejects | null> {
  try {
    const path = join(artifacts, LIVE_FOLDER, RECEIVED_FILE)
    const bytes = await readSmallFile(path, { maxBytes: MAX_BYTES })
    const rejects = JSON.parse(bytes.toString()) as ReceivedRejects
    return typeof rejects.total === 'number' && Array.isArray(rejects.latest) ? rejects : null
  } catch {
    return null
  }
}

/** Writes it, whole or not at all. */
export async function writeReceivedRejects(
  artifacts: string,
  rejects: ReceivedRejects,
): Promise<void> {
  const path = join(artifacts, LIVE_FOLDER, RECEIVED_FILE)
  await mkdir(join(artifacts, LIVE_FOLDER), { recursive: true })
  await writeFile(`${path}.new`, `${JSON.stringify(rejects)}\n`)
  await rename(`${path}.new`, path)
}
