/**
 * Changes on top of a published build, as a follower of growing logs writes them several times a second:
 *
 *     artifacts/
 *       current -> builds/<id>
 *       live/<id>/epoch.json           names the run of changes below it, see {@link Epoch}
 *       live/<id>/<n>/change.json      change n on top of build <id>, see {@link Change}
 *       live/<id>/<n>/pools.parquet    all rows that the touched campaigns have now, columns and order as in the build
 *       live/<id>/<n>/banner_stats.parquet
 *       live/hold.json                 only while publication is held, see {@link Hold}
 *       live/look                      empty; the follower sets its time of change whenever it looked at all of its input and
 *                                      what is published is up to date or held: every second or so, changes or not
 *
 * A reader finds `<id>` in `current`, then reads `live/<id>/epoch.json`, then change 1, 2, 3 … in order. A change replaces
 * all rows of each campaign (of a dataset) that it names as touched; one without rows is gone. The state is `<id>+<n>`.
 *
 * - Without `epoch.json` there are no changes: a batch made the build current, and the state is `<id>`, n = 0.
 * - `live/<id>/` is whole before `current` leads to `<id>`: it already holds all that was published before the switch and
 *   is not in the build, as change 1. A reader that switches takes the build and these changes together.
 * - Another epoch than before, with the same id: what was applied is of another run. Begin with the build anew.
 * - A change is applied only if its `epoch` is that of epoch.json, its `from` is the reader's n, and its `previous_sha256`
 *   is that of the change (or manifest) which the reader applied last. Anything else is a gap: stay, wait for the next build.
 * - A joined change has `from` < n - 1; its folder is named by `n`. In a bucket all changes are joined: every few seconds.
 * - The folder of a change appears by one rename, whole and on disk.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Applied } from './applied.ts'
import { formatWithChecksum, matchesChecksum } from './checksum.ts'
import { digestBytes } from './digest.ts'
import { count, dataset, MANIFEST_PARTS, sha256 } from './manifest-parts.ts'
import { BANNER_STATS_FILE, FORMAT_VERSION, MAX_ID, POOLS_FILE, TABLES } from './schema.ts'
import { readSmallFile } from './small-file.ts'

/** Folder of the changes, in the artifacts folder. */
export const LIVE_FOLDER = 'live'
export const CHANGE_FILE = 'change.json'
export const EPOCH_FILE = 'epoch.json'
export const HOLD_FILE = 'hold.json'
export const LOOK_FILE = 'look'
/** What each change has, beside change.json. */
export const CHANGE_OUTPUTS = [POOLS_FILE, BANNER_STATS_FILE] as const

/** Bytes: 64 MB. A million touched campaigns take 20. */
const MAX_CHANGE_BYTES = 64_000_000
/** Bytes. An epoch and a hold have some three hundred. */
const MAX_NOTE_BYTES = 64_000

const NUMBER = z.number().int().min(0).max(1e9)
const EPOCH_ID = z.string().regex(/^[0-9a-f]{16}$/)
const PARTS = { format_version: z.literal(FORMAT_VERSION), build_id: MANIFEST_PARTS.build_id }

const CHANGE = z.object({
  ...PARTS,
  epoch: EPOCH_ID,
  from: NUMBER,
  n: NUMBER.min(1),
  previous_sha256: sha256,
  created_at: MANIFEST_PARTS.created_at,
  touched: z
    .array(z.object({ dataset, campaign_ids: z.array(z.number().int().min(1).max(MAX_ID)) }))
    .max(4),
  places: z.array(
    z.object({
      path: z.string().min(1).max(4_096),
      dataset,
      table: z.enum(TABLES),
      lines_bytes: count.nullable(),
    }),
  ),
  outputs: z
    .array(z.object({ file: z.enum(CHANGE_OUTPUTS), bytes: count, sha256, rows: count }))
    .length(CHANGE_OUTPUTS.length),
  checks: MANIFEST_PARTS.checks,
})

/**
 * `change.json`. As a file it ends with a field `change_sha256`, the checksum of the text. Fields:
 *
 * - `epoch`: that of `epoch.json` beside it.
 * - `from`, `n`: applied on top of state `<build_id>+<from>`, it gives `<build_id>+<n>`.
 * - `previous_sha256`: of the bytes of the change.json with `n` = this `from`; of the build's manifest.json if `from` is 0.
 * - `touched`: the campaigns whose rows are replaced; those without rows in the two files are gone.
 * - `places`: how far each file is read that is read further than at `from`: bytes of its lines, header included, as
 *   `lines_bytes` in the manifest. Null: the file is no longer counted. `path` is without the ending of its packing.
 * - `outputs`: the two Parquet files, with bytes, sha256 and rows.
 * - `checks`: those that were asked of the touched campaigns.
 */
export type Change = z.infer<typeof CHANGE>

const EPOCH = z.object({ ...PARTS, epoch: EPOCH_ID, started_at: MANIFEST_PARTS.created_at })

/**
 * `epoch.json`: which run of changes lies beside it. Made anew with each publication of a build, because a build id may
 * come back (a file added and removed, a rollback), and then changes of its earlier run must not be applied.
 */
export type Epoch = z.infer<typeof EPOCH>

const HOLD = z.object({
  ...PARTS,
  n: NUMBER,
  reason: z.string().max(1_000),
  since: MANIFEST_PARTS.created_at,
})

/**
 * `hold.json`: nothing beyond `<build_id>+<n>` is published or applied until it is released. If `current` is another
 * build than `build_id`, it limits nothing that is there already.
 */
export type Hold = z.infer<typeof HOLD>

/** Field with the checksum, by file. */
const CHECKSUM = { change: 'change_sha256', epoch: 'epoch_sha256', hold: 'hold_sha256' } as const

/** A change, an epoch or a hold that cannot be used, and why. */
export class ChangeError extends Error {
  override readonly name = 'ChangeError'
}

/** A change as it was read. */
export interface ReadChange {
  readonly change: Change
  /** Of the bytes of its change.json: what the next one names as `previous_sha256`. */
  readonly sha256: string
  /** Where its Parquet files are. */
  readonly folder: string
}

/** Writes `change.json` with its checksum. */
export function formatChange(change: Change): string {
  return formatWithChecksum(change, CHECKSUM.change)
}

/** Writes `epoch.json` with its checksum. */
export function formatEpoch(epoch: Epoch): string {
  return formatWithChecksum(epoch, CHECKSUM.epoch)
}

/** Writes `hold.json` with its checksum. */
export function formatHold(hold: Hold): string {
  return formatWithChecksum(hold, CHECKSUM.hold)
}

/** Names the state of a build with `n` changes: `<id>`, `<id>+<n>`. */
export function formatStateId(buildId: string, n: number): string {
  return n === 0 ? buildId : `${buildId}+${n}`
}

/** Names the folder of a build's changes. */
export function changesFolder(artifacts: string, buildId: string): string {
  return join(artifacts, LIVE_FOLDER, buildId)
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

/**
 * Reads the text of a `change.json`.
 *
 * @throws {ChangeError} If it is altered, or not a change.
 */
export function parseChange(text: string): Change {
  return parseNote(CHANGE, text, CHECKSUM.change)
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
  const epoch = parseNote(EPOCH, text, CHECKSUM.epoch)
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
  return text === null ? null : parseNote(HOLD, text, CHECKSUM.hold)
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

function parseNote<T>(schema: z.ZodType<T>, text: string, checksum: string): T {
  if (!matchesChecksum(text, checksum))
    throw new ChangeError(`${checksum} differs, the file was altered`)
  const parsed = schema.safeParse(JSON.parse(text))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ChangeError(`not of this format, ${issue?.path.join('.')}: ${issue?.message}`)
}
