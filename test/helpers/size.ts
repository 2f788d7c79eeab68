/** Sizes of tests: small where people wait for them, full in `.ci/run` (`BANNER_POOLS_TEST_SIZE=full`). */

/** For `it.runIf`: a test that has no small size. */
export const isFullSize = process.env.BANNER_POOLS_TEST_SIZE === 'full'

/**
 * For `it.runIf`: a test of many builds that varies what another one tries. It runs in full size, and where its file or
 * folder is named: `npx vitest run test/pipeline/history`.
 */
export const isEveryTest = isFullSize || process.env.BANNER_POOLS_TESTS === 'every'

/** A number of runs, rows or steps. */
export function size(small: number, full: number): number {
  return isFullSize ? full : small
}

/** The first of a list of cases, so many of them; in full size all of them. */
export function someOf<T>(cases: readonly T[], count: number): readonly T[] {
  return isFullSize ? cases : cases.slice(0, count)
}
