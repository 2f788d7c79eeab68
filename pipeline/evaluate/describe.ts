/** An evaluation in words and as a table, for people. People see whole numbers: the decimals mean nothing. */
import type {
  EvaluatedPool,
  Evaluation,
  LoggedDecisions,
  LoggedPolicy,
  Overall,
} from '../../contract/evaluation.ts'
import { describeVerdict, formatEstimate, formatNumber } from '../../contract/evaluation-words.ts'
import { formatShare } from './format.ts'

/** Pools that are shown, at most; `--campaign` and `--json` show the others. */
const MAX_POOLS = 20

/** All lines of `pools evaluate`. */
export function describeEvaluation(evaluation: Evaluation): string[] {
  const { overall, pools, alternatives } = evaluation
  return [
    describeVerdict(overall),
    '',
    ...describeOverall(overall),
    ...describeAlternatives(overall, alternatives),
    '',
    ...tableOfPools(pools),
  ]
}

const POLICY_WORDS: Readonly<Record<LoggedPolicy['name'], string>> = {
  pools: 'pools of the rules',
  chance: 'any banner at random',
  revenue_per_impression: 'by revenue per impression',
  revenue_per_impression_shrunk: 'the same, shrunk',
}

/** Lines about logged probabilities; none without them. */
export function describeLogged(logged: LoggedDecisions | null): string[] {
  if (logged === null) return []
  const count = logged.impressions.toLocaleString('en')
  return [
    '',
    `by the probability that ${count} impressions were chosen with`,
    ...logged.policies.map((policy) => {
      const { name, value, effective_impressions: effective, is_enough } = policy
      const few = `, too few to decide by: as much as ${Math.round(effective)} impressions, ${Math.round(policy.effective_conversions)} conversions tell`
      return `${POLICY_WORDS[name].padEnd(30)} ${formatEstimate(value)}${is_enough ? '' : few}`
    }),
  ]
}

function describeOverall(overall: Overall): string[] {
  const { different, different_adjusted, p_value } = overall
  return [
    ['earned in fact', formatNumber(overall.earned)],
    ['promised by the same clicks', formatNumber(overall.naive)],
    ['brought on clicks not seen', formatEstimate(overall.honest)],
    ['any banner at random', formatEstimate(overall.chance)],
    ['difference', formatEstimate(overall.lift)],
    [
      'banners differ in conversions',
      p_value === null ? 'too few to tell' : `p ${p_value.toFixed(4)}`,
    ],
    ['pools whose banners differ', `${different}, adjusted ${different_adjusted}`],
    ['places that halves agree on', formatShare(overall.mean_stability)],
    [
      'overlap of two halves',
      `${formatShare(overall.agreement)}, by chance ${formatShare(overall.agreement_by_chance)}`,
    ],
  ].map(([label = '', value = '']) => `${label.padEnd(30)} ${value}`)
}

function describeAlternatives(
  overall: Overall,
  alternatives: Evaluation['alternatives'],
): string[] {
  const told = alternatives.filter(({ name, gain }) => name !== 'chance' && gain !== null)
  if (told.length === 0 && overall.clicks_follow_impressions.high !== null) {
    return [
      '',
      'In this log a banner shown more often is not clicked more often: read nothing per impression into it.',
    ]
  }
  return told.map(({ name, gain }) => {
    const value = gain === null ? 'unknown' : `${formatEstimate(gain)} more, approximate`
    return `${`by ${name.replaceAll('_', ' ')}`.padEnd(30)} ${value}`
  })
}

function tableOfPools(pools: readonly EvaluatedPool[]): string[] {
  const shown = pools.slice(0, MAX_POOLS)
  const rows = shown.map((pool) => [
    String(pool.dataset),
    String(pool.campaign_id),
    formatNumber(pool.naive),
    formatEstimate(pool.honest),
    formatNumber(pool.chance.value),
    formatShare(meanStability(pool)),
    pool.verdict,
  ])
  const header = ['dataset', 'campaign', 'promised', 'brought', 'chance', 'stability', 'verdict']
  const more = pools.length - shown.length
  const rest = more === 0 ? [] : [`… ${more} more pools, see --campaign and --json`]
  return [...alignColumns([header, ...rows]), ...rest]
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function meanStability({ banners }: EvaluatedPool): number | null {
  if (banners.length === 0) return null
  return banners.reduce((total, { stability }) => total + stability, 0) / banners.length
}
