/** Holding publication: the follower goes on counting, and servers stay where they are. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  formatHold,
  formatStateId,
  HOLD_FILE,
  type Hold,
  LIVE_FOLDER,
} from '../../contract/changes.ts'
import { listChanges, readHold } from '../../contract/read-changes.ts'
import { FORMAT_VERSION } from '../../contract/schema.ts'
import { syncFolder, syncToDisk } from '../../contract/sync.ts'
import { PipelineError } from '../base/errors.ts'
import { currentBuildId } from './current.ts'
import { withSwitchLock } from './lock.ts'

/** A change that was under way when the hold was written is there by then, in milliseconds. */
const UNDER_WAY_MS = 300

/**
 * Holds publication where it is.
 *
 * @returns The state that is held.
 * @throws {PipelineError} If nothing is published, or it is held already.
 */
export async function holdPublication(
  out: string,
  { reason, now }: { reason: string; now: () => Date },
): Promise<string> {
  return withSwitchLock(out, async () => {
    const known = await readHold(out)
    if (known !== null) {
      throw new PipelineError(
        `held already at ${formatStateId(known.build_id, known.n)} (${known.reason}): ${out}`,
      )
    }
    const buildId = await currentBuildId(out)
    if (buildId === null) throw new PipelineError(`no build found: ${out}`)
    const note = { buildId, reason, since: now() }
    await writeHold(out, { ...note, n: await findLast(out, buildId) })
    await sleep(UNDER_WAY_MS)
    const n = await findLast(out, buildId)
    await writeHold(out, { ...note, n })
    return formatStateId(buildId, n)
  })
}

/**
 * Ends a hold; a follower then begins with a full build.
 *
 * @throws {PipelineError} If nothing is held.
 */
export async function releasePublication(out: string): Promise<string> {
  return withSwitchLock(out, async () => {
    const hold = await readHold(out)
    if (hold === null) throw new PipelineError(`nothing is held: ${out}`)
    await rm(join(out, LIVE_FOLDER, HOLD_FILE))
    await syncFolder(join(out, LIVE_FOLDER))
    return formatStateId(hold.build_id, hold.n)
  })
}

/** Writes the hold in one step. Needs the lock of switches. */
export async function writeHold(
  out: string,
  { buildId, n, reason, since }: { buildId: string; n: number; reason: string; since: Date },
): Promise<void> {
  const folder = join(out, LIVE_FOLDER)
  await mkdir(folder, { recursive: true })
  const path = join(folder, HOLD_FILE)
  const hold: Hold = {
    format_version: FORMAT_VERSION,
    build_id: buildId,
    n,
    reason,
    since: since.toISOString(),
  }
  await writeFile(`${path}.new`, formatHold(hold))
  await syncToDisk(`${path}.new`)
  await rename(`${path}.new`, path)
  await syncFolder(folder)
}

async function findLast(out: string, buildId: string): Promise<number> {
  return (await listChanges(out, buildId)).at(-1) ?? 0
}
