/** Reads changes, epochs and holds from an artifacts folder, without trusting them. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Applied } from './applied.ts'
import {
  CHANGE_FILE,
  type Change,
  ChangeError,
  changesFolder,
  EPOCH_FILE,
  type Epoch,
  formatStateId,
  HOLD_FILE,
  type Hold,
  LIVE_FOLDER,
  LOOK_FILE,
  parseChange,
  parseEpoch,
  parseHold,
} from './changes.ts'
import { digestBytes } from './digest.ts'
import { readSmallFile } from './small-file.ts'

/** Bytes: 64 MB. A million touched campaigns take 20. */
const MAX_CHANGE_BYTES = 64_000_000
/** Bytes. An epoch and a hold have some three hundred. */
const MAX_NOTE_BYTES = 64_000

/** A change as it was read. */
export interface ReadChange {
  readonly change: Change
  /** Of the bytes of its change.json: what the next one names as `previous_sha256`. */
  readonly sha256: string
  /** Where its Parquet files are. */
  readonly folder: string
}

/**
 * Lists the changes on top of a build.
 *
 * @returns Their numbers, ascending; empty if there are none.
 */
export async function listChanges(artifacts: string, buildId: string): Promise<number[]> {
  const names = await readdir(changesFolder(artifacts, buildId)).catch(() => [])
  return names
    .filter((name) => /^[1-9]\d{0,9}$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)
}

/**
 * Reads one change without trusting it: neither its shape nor its place. Whether it continues what the reader has is for
 * {@link continues}; its Parquet files are checked as those of a build, by `openVerified(folder, output)`.
 *
 * @throws {ChangeError} If it is altered, not a change, or of another build or number than its folder says.
 * @throws {SmallFileError} If it is no file or too large.
 * @throws {NodeJS.ErrnoException} If it cannot be read; ENOENT if it is gone or not there yet.
 */
export async function readChange(
  artifacts: string,
  buildId: string,
  n: number,
): Promise<ReadChange> {
  const folder = join(changesFolder(artifacts, buildId), String(n))
  const bytes = await readSmallFile(join(folder, CHANGE_FILE), { maxBytes: MAX_CHANGE_BYTES })
  const change = parseChange(String(bytes))
  if (change.build_id !== buildId || change.n !== n || change.from >= n) {
    const found = `${formatStateId(change.build_id, change.n)} from ${change.from}`
    throw new ChangeError(`is of ${found}, expected ${formatStateId(buildId, n)}`)
  }
  return { change, sha256: digestBytes(bytes).sha256, folder }
}

/** Tells whether a change is the next one. */
export function continues({ change }: ReadChange, { epoch, n, sha256 }: Applied): boolean {
  return change.epoch === epoch && change.from === n && change.previous_sha256 === sha256
}

/**
 * Reads which run of changes lies on top of a build.
 *
 * @returns Null if there is none.
 * @throws {ChangeError} If epoch.json is altered or of another build.
 */
export async function readEpoch(artifacts: string, buildId: string): Promise<Epoch | null> {
  const text = await readNote(join(changesFolder(artifacts, buildId), EPOCH_FILE))
  if (text === null) return null
  const epoch = parseEpoch(text)
  if (epoch.build_id === buildId) return epoch
  throw new ChangeError(`is of build ${epoch.build_id}, expected ${buildId}`)
}

/**
 * Reads whether publication is held.
 *
 * @returns Null if it is not.
 * @throws {ChangeError} If hold.json is altered: nothing may be published or applied until that is mended.
 */
export async function readHold(artifacts: string): Promise<Hold | null> {
  const text = await readNote(join(artifacts, LIVE_FOLDER, HOLD_FILE))
  return text === null ? null : parseHold(text)
}

/**
 * Tells when the follower last found that all of its input is published: milliseconds since 1970.
 *
 * @returns Null if there was no follower yet, or it cannot be told.
 */
export async function readLook(artifacts: string): Promise<number | null> {
  const look = await stat(join(artifacts, LIVE_FOLDER, LOOK_FILE)).catch(() => null)
  return look === null ? null : look.mtimeMs
}

async function readNote(path: string): Promise<string | null> {
  try {
    return String(await readSmallFile(path, { maxBytes: MAX_NOTE_BYTES }))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw error
  }
}
