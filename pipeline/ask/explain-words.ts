/** An explanation as people read it. */
import type { ExplainedBanner, ExplainedDataset } from '../../contract/explain.ts'
import {
  chanceWords,
  describeRule,
  needsWords,
  QUARTER_MINUTES,
  REASON_WORDS,
} from '../../contract/explain-words.ts'
import type { Explanation } from './explain.ts'

/** Words an explanation, in lines. */
export function describeExplanation({ build_id, campaign_id, datasets }: Explanation): string[] {
  return [
    `campaign ${campaign_id}, build ${build_id}`,
    ...datasets.flatMap((dataset) => ['', ...describeDataset(dataset)]),
  ]
}

function describeDataset(explained: ExplainedDataset): string[] {
  const { dataset, converted_count, candidate_count, pool, missed, banner } = explained
  const title = `dataset ${dataset} (${QUARTER_MINUTES[dataset]}): ${converted_count} of ${candidate_count} candidates converted, so ${describeRule(explained)}`
  if (banner === null) return [title, '  the banner has no impression and no click here']
  if (banner !== undefined) return [title, ...table([banner])]
  const next = missed.length === 0 ? [] : ['  next', ...table(missed).slice(1)]
  return [title, ...table(pool), ...next]
}

function table(banners: readonly ExplainedBanner[]): string[] {
  const head = row('rank', 'banner', 'revenue', 'clicks', 'conversions', 'why')
  return [head, ...banners.map(describeBanner)]
}

function describeBanner(banner: ExplainedBanner): string {
  const { pool_rank, banner_id, revenue, clicks, conversions, reason, needs } = banner
  const chance = chanceWords(banner)
  const little = chance === '' ? '' : ` (${chance})`
  const lacks = needs === null ? '' : `; would need ${needsWords(needs)}${little}`
  const why = `${REASON_WORDS[reason]}${lacks}`
  return row(
    String(pool_rank ?? 'out'),
    String(banner_id),
    revenue,
    String(clicks),
    String(conversions),
    why,
  )
}

function row(
  ...[rank, banner, revenue, clicks, conversions, why]: [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
): string {
  const figures = `${revenue.padStart(16)}${clicks.padStart(9)}${conversions.padStart(13)}`
  return `  ${rank.padStart(4)}${banner.padStart(18)}${figures}  ${why}`
}
