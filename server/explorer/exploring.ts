/** What exploring costs, by the evaluation of the build that is served. */
import type { Estimate, EvaluationDocument, Verdict } from '../../contract/evaluation.ts'

/** Money is revenue per 1,000 impressions. */
export interface ExploringCost {
  /** Share of the answers that draw from all candidates. */
  readonly share: number
  /** What they bring less than the pools do; null: the build is not evaluated. */
  readonly cost: Estimate | null
  readonly verdict: Verdict | null
}

/** Finds what it costs; null: this server does not explore. */
export function findExploringCost(
  share: number,
  document: Pick<EvaluationDocument, 'overall'> | null,
): ExploringCost | null {
  if (share === 0) return null
  if (document === null) return { share, cost: null, verdict: null }
  const { lift, verdict } = document.overall
  const scale = (value: number | null) => (value === null ? null : round(value * share))
  const cost = { value: scale(lift.value), low: scale(lift.low), high: scale(lift.high) }
  return { share, cost, verdict }
}

/**
 * Says it in a sentence.
 *
 * @param currency - As it follows a number.
 */
export function describeExploring(
  { share, cost, verdict }: ExploringCost,
  currency: string,
): string {
  const percent = `${round(100 * share)} % of the answers draw from all candidates.`
  if (cost === null || cost.value === null) {
    return `${percent} What that costs is not known: the build is not evaluated (pools evaluate --write).`
  }
  const money = `${format(cost.value)}${currency}${describeRange(cost)} per 1,000 impressions`
  return verdict === 'the rule beats chance'
    ? `${percent} That costs ${money}.`
    : `${percent} That costs nothing that can be shown: ${money}.`
}

function describeRange({ low, high }: Estimate): string {
  return low === null || high === null ? '' : ` (${format(low)} to ${format(high)})`
}

function format(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 2 })
}

/** As evaluations are. */
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6
}
