/**
 * Do banners differ in conversions per click? The number of pairs of converted clicks on one banner, against all ways to
 * choose as many of the clicks. Moments are exact, in integers; the tail is that of a shifted gamma (Pearson III).
 */
import type { Campaign, Counts } from './campaign.ts'
import { gammaSurvival } from './gamma.ts'

/** The statistic and its first three moments. */
export interface PairMoments {
  /** Pairs of converted clicks on one banner. */
  readonly pairs: number
  readonly mean: number
  readonly variance: number
  /** Third central moment. */
  readonly third: number
}

/** Sixth falling powers need six clicks. */
const MIN_CLICKS = 6

/** A fraction of whole numbers: exact. */
type Fraction = readonly [numerator: bigint, denominator: bigint]

/** Computes the moments; null where the test says nothing. */
export function countPairs(campaign: Campaign, { converted }: Counts): PairMoments | null {
  const clicks = Array.from(campaign.clicks).filter((count) => count > 0)
  const all = clicks.reduce((total, count) => total + count, 0)
  const chosen = converted.reduce((total, count) => total + count, 0)
  if (all < MIN_CLICKS || chosen < 2 || chosen >= all || clicks.length < 2) return null
  const [first, second, third] = rawMoments(clicks, BigInt(all), BigInt(chosen))
  const variance = minus(second, times(first, first))
  const cubes = times(first, times(first, first))
  const central = plus(minus(third, scaled(times(first, second), 3n)), scaled(cubes, 2n))
  const pairs = converted.reduce((total, count) => total + (count * (count - 1)) / 2, 0)
  return { pairs, mean: toNumber(first), variance: toNumber(variance), third: toNumber(central) }
}

/** Adds up the moments of independent pools; null if there are none. */
export function addMoments(all: readonly PairMoments[]): PairMoments | null {
  if (all.length === 0) return null
  const total = { pairs: 0, mean: 0, variance: 0, third: 0 }
  for (const { pairs, mean, variance, third } of all) {
    total.pairs += pairs
    total.mean += mean
    total.variance += variance
    total.third += third
  }
  return total
}

/** Computes the chance of at least so many pairs; null if fewer than one is expected. */
export function findPValue({ pairs, mean, variance, third }: PairMoments): number | null {
  if (mean < 1 || variance <= 0 || third <= 0) return null
  const shape = (4 * variance ** 3) / third ** 2
  return gammaSurvival(shape, shape + (Math.sqrt(shape) * (pairs - mean)) / Math.sqrt(variance))
}

/**
 * E[S], E[S²], E[S³]. With y = x(x−1) = 2·pairs: y² = x₄ + 4x₃ + 2x₂ and y³ = x₆ + 12x₅ + 38x₄ + 32x₃ + 4x₂ in falling
 * powers, whose means are those of the clicks times m_k / n_k.
 */
function rawMoments(clicks: readonly number[], all: bigint, chosen: bigint) {
  const powers = sumPowers(clicks)
  const [, , p2, p3, p4, p5, p6] = powers.single
  const { squares, cubes, fourTwo, threeTwo } = powers
  const weigh = (terms: readonly (readonly [sum: bigint, power: number])[]): Fraction => {
    // One denominator, n₆, for all powers up to 6.
    let numerator = 0n
    for (const [total, power] of terms) {
      numerator += total * falling(chosen, power) * rising(all, power)
    }
    return [numerator, falling(all, MIN_CLICKS)]
  }
  const first = weigh([[p2, 2]])
  const second = weigh([
    [p4 + (p2 * p2 - squares), 4],
    [4n * p3, 3],
    [2n * p2, 2],
  ])
  const third = weigh([
    [p6 + 3n * (p4 * p2 - fourTwo) + (p2 ** 3n - 3n * p2 * squares + 2n * cubes), 6],
    [12n * p5 + 12n * (p3 * p2 - threeTwo), 5],
    [38n * p4 + 6n * (p2 * p2 - squares), 4],
    [32n * p3, 3],
    [4n * p2, 2],
  ])
  return [divided(first, 2n), divided(second, 4n), divided(third, 8n)] as const
}

/** Sums over the banners: of falling powers 2 to 6, and of their products. Banners with equal clicks are counted once. */
function sumPowers(clicks: readonly number[]) {
  const banners = new Map<number, bigint>()
  for (const count of clicks) banners.set(count, (banners.get(count) ?? 0n) + 1n)
  const single: [bigint, bigint, bigint, bigint, bigint, bigint, bigint] = [
    0n,
    0n,
    0n,
    0n,
    0n,
    0n,
    0n,
  ]
  const sums = { squares: 0n, cubes: 0n, fourTwo: 0n, threeTwo: 0n }
  for (const [count, times] of banners) {
    const [two, three, four] = [2, 3, 4].map((power) => falling(BigInt(count), power)) as [
      bigint,
      bigint,
      bigint,
    ]
    for (const power of [2, 3, 4, 5, 6] as const) {
      single[power] += times * falling(BigInt(count), power)
    }
    sums.squares += times * two * two
    sums.cubes += times * two * two * two
    sums.fourTwo += times * four * two
    sums.threeTwo += times * three * two
  }
  return { single, ...sums }
}

/** x (x − 1) … : `power` factors. */
function falling(x: bigint, power: number): bigint {
  let product = 1n
  for (let step = 0; step < power; step += 1) product *= x - BigInt(step)
  return product
}

/** The factors of n₆ that n_power lacks. */
function rising(all: bigint, power: number): bigint {
  let product = 1n
  for (let step = power; step < MIN_CLICKS; step += 1) product *= all - BigInt(step)
  return product
}

function times([a, b]: Fraction, [c, d]: Fraction): Fraction {
  return [a * c, b * d]
}

function plus([a, b]: Fraction, [c, d]: Fraction): Fraction {
  return [a * d + c * b, b * d]
}

function minus(a: Fraction, b: Fraction): Fraction {
  return plus(a, scaled(b, -1n))
}

function scaled([a, b]: Fraction, factor: bigint): Fraction {
  return [a * factor, b]
}

function divided([a, b]: Fraction, by: bigint): Fraction {
  return [a, b * by]
}

/** Exact to the last digits of a double, also where both parts are beyond its range. */
function toNumber([numerator, denominator]: Fraction): number {
  const isNegative = numerator < 0n
  const positive = isNegative ? -numerator : numerator
  const shift = Math.max(0, countBits(denominator) - countBits(positive) + 64)
  const quotient = (positive << BigInt(shift)) / denominator
  const dropped = Math.max(0, countBits(quotient) - 64)
  const value = Number(quotient >> BigInt(dropped)) * 2 ** (dropped - shift)
  return isNegative ? -value : value
}

function countBits(value: bigint): number {
  return value.toString(16).length * 4
}
