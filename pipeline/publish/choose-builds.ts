/** Choices among the builds of a place; the same in a folder and in a bucket. */
import type { Manifest } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'

/** What is asked of a build. */
type Listed = Pick<Manifest, 'build_id' | 'created_at'>

/** Sorts builds, the newest first. */
export function compareNewestFirst(a: Listed, b: Listed): number {
  return b.created_at.localeCompare(a.created_at) || b.build_id.localeCompare(a.build_id)
}

/**
 * Chooses the builds that go; the current one stays in any case.
 *
 * @param builds - The newest first.
 * @param keep - How many stay, 1 or more.
 */
export function chooseOldBuilds(
  builds: readonly Listed[],
  current: string | null,
  keep: number,
): string[] {
  const others = builds.filter(({ build_id }) => build_id !== current)
  return others.slice(Math.max(0, keep - 1)).map(({ build_id }) => build_id)
}

/**
 * Chooses the build to go back to.
 *
 * @param builds - The newest first.
 * @param wanted - Undefined: the newest of those that are older than the current one.
 * @throws {PipelineError} If there is no such build.
 */
export function chooseEarlierBuild(
  builds: readonly Listed[],
  current: string,
  { wanted, place }: { readonly wanted: string | undefined; readonly place: string },
): string {
  const index = builds.findIndex(({ build_id }) => build_id === current)
  const chosen = wanted ?? builds[index + 1]?.build_id
  if (chosen === undefined) throw new PipelineError(`there is no earlier build: ${place}`)
  if (builds.some(({ build_id }) => build_id === chosen)) return chosen
  const known = builds.map(({ build_id }) => build_id).join(', ')
  throw new PipelineError(`there is no build ${chosen}, only ${known}: ${place}`)
}
