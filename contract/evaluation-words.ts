/** Words for an evaluation, the same on the command line, in the report and on the pages of the server. */
import type { Estimate, EvaluatedPool, Overall, Sureness, Verdict } from './evaluation.ts'

const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  'the rule beats chance': 'The rule beats chance',
  'the rule loses to chance': 'The rule loses to chance',
  'no difference shown': 'No difference shown',
}

/** What kinds of places mean: of random halves of the clicks. */
export const SURENESS_WORDS: Readonly<Record<Sureness, string>> = {
  safe: 'in 95 % of the half samples, and the rule beats chance there',
  steady: 'in 95 %, but the pool brings no more than chance',
  unsure: 'in 80 to 95 %',
  'coin toss': 'in fewer',
}

/** The numbers that a sentence is made of. */
type Valued = Pick<EvaluatedPool, 'verdict' | 'honest' | 'chance' | 'naive'>

/** Says in one sentence what all pools bring, and in how far that is luck. */
export function describeVerdict(overall: Overall): string {
  return describe(overall, {
    ...{ pools: 'the pools', bring: 'bring', log: 'log' },
    noImpressions: 'no banner of a pool has an impression',
  })
}

/** The same of one pool. */
export function describePoolVerdict(pool: Valued): string {
  return describe(pool, {
    ...{ pools: 'this pool', bring: 'brings', log: 'clicks' },
    noImpressions: 'none of its banners has an impression',
  })
}

/** Whole numbers, since the decimals mean nothing: `29 (25 to 35)`. */
export function formatEstimate({ value, low, high }: Estimate): string {
  if (value === null) return 'unknown'
  if (low === null || high === null) return formatNumber(value)
  return `${formatNumber(value)} (${formatNumber(low)} to ${formatNumber(high)})`
}

/** A whole number, or `unknown`. */
export function formatNumber(value: number | null): string {
  if (value === null) return 'unknown'
  return (Math.round(value) + 0).toLocaleString('en')
}

interface Subject {
  readonly pools: string
  readonly bring: string
  readonly log: string
  readonly noImpressions: string
}

function describe(valued: Valued, { pools, bring, log, noImpressions }: Subject): string {
  const { verdict, honest, chance, naive } = valued
  if (honest.value === null || naive === null) {
    return `Nothing can be said of what ${pools} ${bring}: ${noImpressions}.`
  }
  if (honest.low === null) {
    return `Nothing can be said of what ${pools} ${bring}: no click earned anything.`
  }
  return (
    `${VERDICT_WORDS[verdict]}: chosen on nine tenths of the ${log} and counted on the rest, ${pools} ${bring} ` +
    `${formatEstimate(honest)} per 1,000 impressions; any banner at random brings ` +
    `${formatNumber(chance.value)}.${describeDashboard(valued)}`
  )
}

/** What the same clicks seem to say when they choose the pool and count for it, too. */
function describeDashboard({ naive, honest, verdict }: Valued): string {
  if (naive === null || honest.high === null || naive <= honest.high) return ''
  const promised = `${formatNumber(naive)} on a dashboard is luck.`
  return verdict === 'the rule beats chance' ? ` The rest of the ${promised}` : ` The ${promised}`
}
