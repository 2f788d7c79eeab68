/** Sizes of tests: small where people wait for them, full in `.ci/run` (`BANNER_POOLS_TEST_SIZE=full`). */

/** For `it.runIf`: a test that has no small size. */
export const isFullSize = process.env.BANNER_POOLS_TEST_SIZE === 'full'

/** A number of runs, rows or steps. */
export function size(small: number, full: number): number {
  return isFullSize ? full : small
}

/** The first of a list of cases, so many of them; in full size all of them. */
export function someOf<T>(cases: readonly T[], count: number): readonly T[] {
  return isFullSize ? cases : cases.slice(0, count)
}
