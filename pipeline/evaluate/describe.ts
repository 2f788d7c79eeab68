/** An evaluation in words and as a table, for people. People see whole numbers: the decimals mean nothing. */
import type { EvaluatedPool, Evaluation, Overall } from '../../contract/evaluation.ts'
import { formatEstimate, formatNumber, formatShare } from './format.ts'

/** Pools that are shown, at most; `--campaign` and `--json` show the others. */
const MAX_POOLS = 20

/** Says in one sentence what pools bring, and in how far that is luck. */
export function describeVerdict(overall: Overall): string {
  const { verdict, honest, chance, naive } = overall
  if (honest.value === null || naive === null) {
    return 'Nothing can be said of what the pools bring: no banner of a pool has an impression.'
  }
  if (honest.low === null) {
    return 'Nothing can be said of what the pools bring: no click earned anything.'
  }
  const sentences = {
    'the rule beats chance': 'The rule beats chance',
    'the rule loses to chance': 'The rule loses to chance',
    'no difference shown': 'No difference shown',
  }
  return (
    `${sentences[verdict]}: chosen on nine tenths of the log and counted on the rest, the pools bring ` +
    `${formatEstimate(honest)} per 1,000 impressions; any banner at random brings ` +
    `${formatNumber(chance.value)}.${describeDashboard(overall)}`
  )
}

/** What the same clicks seem to say when they choose the pool and count for it, too. */
function describeDashboard({ naive, honest, verdict }: Overall): string {
  if (naive === null || honest.high === null || naive <= honest.high) return ''
  const promised = `${formatNumber(naive)} on a dashboard is luck.`
  return verdict === 'the rule beats chance' ? ` The rest of the ${promised}` : ` The ${promised}`
}

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
