/** `live/guarded.json`: campaigns whose pools a follower leaves as they are, since their events look like a flood of robots. */
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LIVE_FOLDER } from './changes.ts'
import type { Dataset } from './schema.ts'
import { readSmallFile } from './small-file.ts'

const GUARDED_FILE = 'guarded.json'
/** Bytes; a line for people has some hundred. */
const MAX_BYTES = 100_000_000

/** A campaign that is left as it is. */
export interface Guarded {
  readonly dataset: Dataset
  readonly campaign_id: number
  /** For people. */
  readonly reason: string
  /** ISO 8601. */
  readonly since: string
}

/**
 * Reads which campaigns are left as they are.
 *
 * @param out - Artifacts folder.
 * @returns Null if there is no such file, or it cannot be read: somebody has released them.
 */
export async function readGuarded(out: string): Promise<Guarded[] | null> {
  try {
    const bytes = await readSmallFile(join(out, LIVE_FOLDER, GUARDED_FILE), { maxBytes: MAX_BYTES })
    const { campaigns } = JSON.parse(bytes.toString()) as { readonly campaigns: Guarded[] }
    return campaigns
  } catch {
    return null
  }
}

/** Writes them, whole or not at all. */
export async function writeGuarded(out: string, campaigns: readonly Guarded[]): Promise<void> {
  const path = join(out, LIVE_FOLDER, GUARDED_FILE)
  await writeFile(`${path}.new`, `${JSON.stringify({ campaigns }, null, 2)}\n`)
  await rename(`${path}.new`, path)
}

/** Lets all of them go on; a follower sees it within a second. */
export function removeGuarded(out: string): Promise<void> {
  return rm(join(out, LIVE_FOLDER, GUARDED_FILE), { force: true })
}
