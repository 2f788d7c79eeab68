/** Pools weighted by their impressions. */
import type { Alternative, Estimate } from '../../contract/evaluation.ts'
import { sum } from './campaign.ts'
import type { Valued } from './cross-fit.ts'
import {
  estimateNormally,
  estimateTotal,
  negate,
  subtract,
  UNKNOWN,
  type WeightedSum,
} from './interval.ts'
import { ALTERNATIVES, type PoolValue } from './pool-value.ts'

/** A pool that has a value, and its weight. */
export interface Part extends PoolValue {
  readonly impressions: number
}

/** Adds up the pools that have a value. */
export function totalOf(parts: readonly Part[]): {
  naive: number | null
  honest: Estimate
  chance: Estimate
  lift: Estimate
} {
  if (parts.length === 0) return { naive: null, honest: UNKNOWN, chance: UNKNOWN, lift: UNKNOWN }
  const shares = findShares(parts)
  const honest = total(
    shares,
    parts.map((part) => part.honest),
  )
  const chance = total(
    shares,
    parts.map((part) => part.chance),
  )
  return {
    naive: sum(parts.map(({ naive }, index) => naive * (shares[index] ?? 0))),
    honest,
    chance,
    lift: subtract(honest, chance),
  }
}

/** Compares other orders with the rules; null where clicks do not follow impressions. */
export function gainAlternatives(
  parts: readonly Part[],
  { isGated, lift }: { isGated: boolean; lift: Estimate },
): Alternative[] {
  const perImpression = ALTERNATIVES.map((name, place): Alternative => {
    if (isGated || parts.length === 0) return { name, gain: null }
    return { name, gain: totalGain(parts, place) }
  })
  return [...perImpression, { name: 'chance', gain: lift.value === null ? null : negate(lift) }]
}

/** Adds up the paired gains at one place of `gains`. */
function totalGain(parts: readonly Pick<Part, 'impressions' | 'gains'>[], place: number) {
  const shares = findShares(parts)
  let [value, variance] = [0, 0]
  for (const [index, { gains }] of parts.entries()) {
    const gain: Valued = gains[place] ?? { value: 0, variance: 0 }
    const share = shares[index] ?? 0
    value += share * gain.value
    variance += share ** 2 * gain.variance
  }
  return estimateNormally(value, variance)
}

function total(shares: readonly number[], sums: readonly WeightedSum[]): Estimate {
  let [value, variance] = [0, 0]
  let unseen: number | null = null
  for (const [index, own] of sums.entries()) {
    const share = shares[index] ?? 0
    value += share * own.value
    variance += share ** 2 * own.variance
    if (own.unseen !== null) unseen = Math.max(unseen ?? 0, share * own.unseen)
  }
  return estimateTotal({ value, variance, unseen })
}

function findShares(parts: readonly { readonly impressions: number }[]): number[] {
  const all = sum(parts.map(({ impressions }) => impressions))
  return parts.map(({ impressions }) => impressions / all)
}
