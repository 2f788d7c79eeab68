/** Sizes of a property test: small where people wait for it, full in `.ci/run` (`BANNER_POOLS_TEST_SIZE=full`). */
export function size(small: number, full: number): number {
  return process.env.BANNER_POOLS_TEST_SIZE === 'full' ? full : small
}
