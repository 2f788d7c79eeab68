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
import { join } from 'node:path'
import { z } from 'zod'
import { formatWithChecksum, matchesChecksum } from './checksum.ts'
import { count, dataset, MANIFEST_PARTS, sha256 } from './manifest-parts.ts'
import { BANNER_STATS_FILE, FORMAT_VERSION, MAX_ID, POOLS_FILE, TABLES } from './schema.ts'

/** Folder of the changes, in the artifacts folder. */
export const LIVE_FOLDER = 'live'
export const CHANGE_FILE = 'change.json'
export const EPOCH_FILE = 'epoch.json'
export const HOLD_FILE = 'hold.json'
export const LOOK_FILE = 'look'
/** What each change has, beside change.json. */
export const CHANGE_OUTPUTS = [POOLS_FILE, BANNER_STATS_FILE] as const

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
 * Reads the text of a `change.json`.
 *
 * @throws {ChangeError} If it is altered, or not a change.
 */
export function parseChange(text: string): Change {
  return parseNote(CHANGE, text, CHECKSUM.change)
}

/**
 * Reads the text of `epoch.json`.
 *
 * @throws {ChangeError} If it is altered, or no epoch.
 */
export function parseEpoch(text: string): Epoch {
  return parseNote(EPOCH, text, CHECKSUM.epoch)
}

/**
 * Reads the text of `hold.json`.
 *
 * @throws {ChangeError} If it is altered, or no hold.
 */
export function parseHold(text: string): Hold {
  return parseNote(HOLD, text, CHECKSUM.hold)
}

function parseNote<T>(schema: z.ZodType<T>, text: string, checksum: string): T {
  if (!matchesChecksum(text, checksum))
    throw new ChangeError(`${checksum} differs, the file was altered`)
  const parsed = schema.safeParse(JSON.parse(text))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ChangeError(`not of this format, ${issue?.path.join('.')}: ${issue?.message}`)
}
