/** Intervals of 95 %: for a weighted sum of counts, for a difference, for a gain. */
import type { Estimate } from '../../contract/evaluation.ts'
import { gammaQuantile } from './gamma.ts'

/** The 97.5 % quantile of the normal distribution. */
export const NORMAL_QUANTILE = 1.959964

/** What lies beyond each end of an interval of 95 %. */
const TAIL = 0.025

/** A number that nothing is known of. */
export const UNKNOWN: Estimate = { value: null, low: null, high: null }

/** A weighted sum of counts: its value, its variance, and the weight that one more unseen click could have. */
export interface WeightedSum {
  readonly value: number
  readonly variance: number
  /** Null: no interval. */
  readonly unseen: number | null
}

/**
 * Makes the interval of one pool, with exact ends: Fay and Feuer (1997).
 *
 * @param tail - What lies beyond each end.
 */
export function estimateExactly(
  { value, variance, unseen }: WeightedSum,
  tail: number = TAIL,
): Estimate {
  if (unseen === null) return { value, low: null, high: null }
  const high = quantile(1 - tail, value + unseen, variance + unseen ** 2)
  return { value, low: quantile(tail, value, variance), high }
}

/** Makes the interval of a total, with mid-p ends. */
export function estimateTotal({ value, variance, unseen }: WeightedSum): Estimate {
  if (unseen === null) return { value, low: null, high: null }
  const mean = value + unseen / 2
  const spread = variance + unseen ** 2 / 2
  const low = value === 0 ? 0 : quantile(TAIL, mean, spread)
  return { value, low, high: quantile(1 - TAIL, mean, spread) }
}

/** Subtracts estimates as if they were independent: MOVER, Zou and Donner (2008). */
export function subtract(from: Estimate, other: Estimate): Estimate {
  if (from.value === null || other.value === null) return UNKNOWN
  const value = from.value - other.value
  if (from.low === null || from.high === null || other.low === null || other.high === null) {
    return { value, low: null, high: null }
  }
  const low = value - Math.hypot(from.value - from.low, other.high - other.value)
  const high = value + Math.hypot(from.high - from.value, other.value - other.low)
  return { value, low, high }
}

/** Makes the normal interval. The variance of a difference of choices may come out below 0: then it is taken as 0. */
export function estimateNormally(value: number, variance: number): Estimate {
  const half = NORMAL_QUANTILE * Math.sqrt(Math.max(0, variance))
  return { value, low: value - half, high: value + half }
}

/** Turns an estimate into that of its opposite. */
export function negate({ value, low, high }: Estimate): Estimate {
  return { value: minus(value), low: minus(high), high: minus(low) }
}

function minus(value: number | null): number | null {
  return value === null ? null : 0 - value
}

/** The quantile of the gamma distribution with this mean and variance. */
function quantile(p: number, mean: number, variance: number): number {
  if (mean === 0 || variance === 0) return 0
  return gammaQuantile(mean ** 2 / variance, p) * (variance / mean)
}
