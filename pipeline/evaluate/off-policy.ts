/**
 * What another policy would have brought, from decisions that were logged with their probability: inverse propensity
 * weighting (Horvitz and Thompson 1952), and the same divided by the sum of its weights (Hájek 1971).
 */
import type { Estimate } from '../../contract/evaluation.ts'
import { estimateTotal, UNKNOWN } from './interval.ts'

/** One decision: which banner it was is in its probabilities. */
export interface LoggedDecision {
  /** What it brought; 0 or more. */
  readonly reward: number
  /** Chance that the policy of the log had of this decision; above 0. */
  readonly logged: number
  /** Chance that the policy in question has of it; 0 or more. */
  readonly wanted: number
}

/** Sums over decisions with the weight w = wanted / logged; they may come from SQL as well. */
export interface WeightedDecisions {
  readonly count: number
  /** Σ w */
  readonly weights: number
  /** Σ w² */
  readonly squares: number
  /** Σ w·reward */
  readonly rewards: number
  /** Σ w²·reward */
  readonly crossed: number
  /** Σ (w·reward)² */
  readonly rewardSquares: number
  /** The greatest w. */
  readonly greatest: number
  /** Decisions with a reward, and the sum of these rewards without weights. */
  readonly rewarded: number
  readonly unweighted: number
}

/** What a policy would have brought a decision. */
export interface PolicyValue {
  /** Σ w·reward / decisions. */
  readonly weighted: Estimate
  /** Σ w·reward / Σ w: steadier, since weights that happen to be large are in both sums. */
  readonly selfNormalised: Estimate
  /** (Σ w)² / Σ w²: so many decisions of the policy itself would tell as much. */
  readonly effectiveDecisions: number
  /** (Σ w·reward)² / Σ (w·reward)²: the same of decisions with a reward. */
  readonly effectiveRewards: number
  /** Whether there are enough of both to decide by; the intervals hold for fewer, too, and are wide. */
  readonly isEnough: boolean
}

/** Below so many an estimate tells next to nothing: docs/decisions/0242. */
const MIN_REWARDS = 10
const MIN_DECISIONS = 100

/**
 * Adds up decisions.
 *
 * @throws {Error} If a decision has no probability above 0 in the log: nothing can be told then.
 */
export function sumDecisions(decisions: Iterable<LoggedDecision>): WeightedDecisions {
  const sums = {
    ...{ count: 0, weights: 0, squares: 0, rewards: 0, crossed: 0, rewardSquares: 0 },
    ...{ greatest: 0, rewarded: 0, unweighted: 0 },
  }
  for (const { reward, logged, wanted } of decisions) {
    if (!(logged > 0)) throw new Error(`a logged probability must be above 0: ${logged}`)
    const weight = wanted / logged
    sums.count += 1
    sums.weights += weight
    sums.squares += weight ** 2
    sums.rewards += weight * reward
    sums.crossed += weight ** 2 * reward
    sums.rewardSquares += (weight * reward) ** 2
    sums.greatest = Math.max(sums.greatest, weight)
    if (reward > 0) {
      sums.rewarded += 1
      sums.unweighted += reward
    }
  }
  return sums
}

/** Values a policy. Without a decision that it could have taken, all is null. */
export function valuePolicy(sums: WeightedDecisions): PolicyValue {
  const { weights, squares, rewards, rewardSquares } = sums
  const effectiveDecisions = squares === 0 ? 0 : weights ** 2 / squares
  const effectiveRewards = rewardSquares === 0 ? 0 : rewards ** 2 / rewardSquares
  const isEnough = effectiveDecisions >= MIN_DECISIONS && effectiveRewards >= MIN_REWARDS
  if (weights === 0) {
    const unknown = { weighted: UNKNOWN, selfNormalised: UNKNOWN }
    return { ...unknown, effectiveDecisions, effectiveRewards, isEnough }
  }
  return {
    weighted: estimate(sums, { divisor: sums.count, variance: rewardSquares }),
    selfNormalised: estimate(sums, { divisor: weights, variance: residuals(sums) }),
    effectiveDecisions,
    effectiveRewards,
    isEnough,
  }
}

/** Σ w² (reward − value)², of the self-normalised value. */
function residuals({ weights, squares, rewards, crossed, rewardSquares }: WeightedDecisions) {
  const value = rewards / weights
  return Math.max(0, rewardSquares - 2 * value * crossed + value ** 2 * squares)
}

interface Division {
  readonly divisor: number
  /** Of the sum, before it is divided. */
  readonly variance: number
}

/** Rewards are rare and weighted, as converted clicks are: so is the interval. */
function estimate(
  { rewards, greatest, rewarded, unweighted }: WeightedDecisions,
  { divisor, variance }: Division,
): Estimate {
  const unseen = rewarded === 0 ? null : (greatest * unweighted) / rewarded / divisor
  return estimateTotal({ value: rewards / divisor, variance: variance / divisor ** 2, unseen })
}
