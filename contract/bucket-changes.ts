/**
 * Changes on top of a build in a bucket, where a follower joins them every few seconds:
 *
 *     <prefix>/manifest.json                          names the current build; written last
 *     <prefix>/builds/<id>/                           as in an artifacts folder
 *     <prefix>/live/<id>/changes.json                 which changes there are, see {@link ChangeList}
 *     <prefix>/live/<id>/<epoch>/<n>/                 a joined change, files as in an artifacts folder (changes.ts)
 *
 * Objects of changes never change. `changes.json` is written after them, and before `manifest.json` names its build: who
 * finds a build finds all that was published on top of it. Without `changes.json` there are no changes.
 */
import { z } from 'zod'
import { ChangeError } from './changes.ts'
import { formatWithChecksum, matchesChecksum } from './checksum.ts'
import { MANIFEST_PARTS, sha256 } from './manifest-parts.ts'
import { FORMAT_VERSION } from './schema.ts'

/** Lists the changes on top of a build. */
export const CHANGE_LIST_FILE = 'changes.json'

const CHECKSUM = 'changes_sha256'
const NUMBER = z.number().int().min(0).max(1e9)

const CHANGE_LIST = z.object({
  format_version: z.literal(FORMAT_VERSION),
  build_id: MANIFEST_PARTS.build_id,
  manifest_sha256: sha256,
  epoch: z.string().regex(/^[0-9a-f]{16}$/),
  started_at: MANIFEST_PARTS.created_at,
  changes: z.array(NUMBER.min(1)).max(100_000),
  looked_at: MANIFEST_PARTS.created_at.nullable(),
  hold: z
    .object({ n: NUMBER, reason: z.string().max(1_000), since: MANIFEST_PARTS.created_at })
    .nullable(),
})

/**
 * `changes.json`. As a file it ends with a field `changes_sha256`, the checksum of the text. Fields:
 *
 * - `manifest_sha256`: of the bytes of the manifest of the build that the changes lie on.
 * - `epoch`, `started_at`: as in epoch.json.
 * - `changes`: the numbers of the joined changes, ascending; each continues the one before it.
 * - `looked_at`: when the follower last found that all of its input is published; null: not yet.
 * - `hold`: publication is held at this change; null: it is not.
 */
export type ChangeList = z.infer<typeof CHANGE_LIST>

/** Writes `changes.json` with its checksum. */
export function formatChangeList(list: ChangeList): string {
  return formatWithChecksum(list, CHECKSUM)
}

/**
 * Reads `changes.json`.
 *
 * @throws {ChangeError} If it is altered, not of this format, or of another build.
 */
export function parseChangeList(text: string, buildId: string): ChangeList {
  if (!matchesChecksum(text, CHECKSUM)) throw new ChangeError(`${CHECKSUM} differs, it was altered`)
  const parsed = CHANGE_LIST.safeParse(JSON.parse(text))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new ChangeError(`not of this format, ${issue?.path.join('.')}: ${issue?.message}`)
  }
  if (parsed.data.build_id === buildId) return parsed.data
  throw new ChangeError(`is of build ${parsed.data.build_id}, expected ${buildId}`)
}
