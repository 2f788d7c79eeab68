/**
 * The counts that one of 1,000 experiments misses, at most, on both sides together: exact, of the binomial distribution.
 *
 * @param share - Of a hit in each of `of` trials; above 0 and below 1.
 */
export function rangeOfCounts(share: number, of: number): { least: number; most: number } {
  const tail = 0.0005
  const chances = binomialChances(share, of)
  let least = 0
  for (let below = chances[0] ?? 0; below <= tail; below += chances[least] ?? 0) least += 1
  let most = of
  for (let above = chances[of] ?? 0; above <= tail; above += chances[most] ?? 0) most -= 1
  return { least, most }
}

/** The chance of 0, 1 … `of` hits. */
function binomialChances(share: number, of: number): number[] {
  let logarithm = of * Math.log(1 - share)
  return Array.from({ length: of + 1 }, (_, hits) => {
    if (hits > 0) logarithm += Math.log((of - hits + 1) / hits) + Math.log(share / (1 - share))
    return Math.exp(logarithm)
  })
}
