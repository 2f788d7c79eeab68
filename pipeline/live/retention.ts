/** Which builds of a follower stay: it makes one every few minutes. */
import { readHold } from '../../contract/read-changes.ts'
import { listBuilds } from '../publish/builds.ts'
import { currentBuildId } from '../publish/current.ts'
import { removeBuild } from '../publish/publish.ts'
import { sweepLive } from './publisher.ts'

/** The newest builds stay … */
const NEWEST = 5
const HOUR_MS = 3_600_000
/** … and the newest of each hour for a day, and of each day for a month. */
const SPANS = [
  { everyMs: HOUR_MS, forMs: 24 * HOUR_MS },
  { everyMs: 24 * HOUR_MS, forMs: 31 * 24 * HOUR_MS },
]

/** A build, by its name and its age. */
interface Dated {
  readonly build_id: string
  readonly created_at: string
}

/**
 * Chooses the builds that stay.
 *
 * @param builds - Newest first.
 */
export function chooseKept(builds: readonly Dated[], now: Date): Set<string> {
  const kept = new Set(builds.slice(0, NEWEST).map(({ build_id }) => build_id))
  for (const { everyMs, forMs } of SPANS) {
    const taken = new Set<number>()
    for (const { build_id, created_at } of builds) {
      const createdMs = Date.parse(created_at)
      const span = Math.floor(createdMs / everyMs)
      if (now.getTime() - createdMs > forMs || taken.has(span)) continue
      taken.add(span)
      kept.add(build_id)
    }
  }
  return kept
}

/**
 * Removes builds that are no longer kept, and the changes on top of all but the current and the one before.
 *
 * @returns The ids of the builds that went. The current one and one that is held stay in any case.
 */
export async function removeOldFullBuilds(out: string, now: Date): Promise<string[]> {
  const current = await currentBuildId(out)
  const hold = await readHold(out)
  const builds = await listBuilds(out)
  const kept = chooseKept(builds, now)
  const doomed = builds
    .map(({ build_id }) => build_id)
    .filter((id) => !kept.has(id) && id !== current && id !== hold?.build_id)
  for (const id of doomed) await removeBuild(out, id)
  const before = builds.find(({ build_id }) => build_id !== current)?.build_id
  const named = [current, before, hold?.build_id ?? null]
  await sweepLive(
    out,
    named.filter((id) => id !== null && id !== undefined),
  )
  return doomed
}
