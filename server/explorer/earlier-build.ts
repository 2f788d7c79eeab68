/** With which build the served one is compared. */
import type { BuildSummary } from './data/build-jobs.ts'

/** A build to compare with. */
export interface EarlierBuild {
  readonly buildId: string
  readonly createdAt: Date
}

const DAY_MS = 86_400_000

/** The builds that can be compared with, the newest first: those whose files are there, but the served one. */
export function listEarlier(
  builds: readonly BuildSummary[],
  served: { readonly buildId: string },
): EarlierBuild[] {
  return builds
    .filter(({ buildId, isKept }) => isKept && buildId !== served.buildId)
    .map(({ buildId, createdAt }) => ({ buildId, createdAt: new Date(createdAt) }))
}

/**
 * Chooses the one that people mean by yesterday: the newest that is at least a day older than the served one; else the
 * oldest before it. Builds may come every few minutes.
 *
 * @param wanted - An id of the list; another one counts as none.
 */
export function chooseEarlier(
  earlier: readonly EarlierBuild[],
  servedMs: number,
  wanted: string | undefined,
): EarlierBuild | undefined {
  const asked = earlier.find(({ buildId }) => buildId === wanted)
  if (asked !== undefined) return asked
  const before = earlier.filter(({ createdAt }) => createdAt.getTime() < servedMs)
  const aDayOld = before.find(({ createdAt }) => createdAt.getTime() <= servedMs - DAY_MS)
  return aDayOld ?? before.at(-1)
}
