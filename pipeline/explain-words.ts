/** An explanation as people read it. */
import type { Dataset, Reason } from '../artifacts/schema.ts'
import type { ExplainedBanner, ExplainedDataset, Explanation, Needs } from './explain.ts'

const REASON_WORDS: Readonly<Record<Reason, string>> = {
  in_top_revenue: 'one of the ten with the most revenue',
  in_converted: 'every converted banner is in',
  in_clicks_after_converted: 'one of the most clicked, to make five',
  in_top_clicks: 'one of the five with the most clicks',
  in_random_fill: 'no clicks; drawn to make five',
  out_below_top_revenue: 'converted, but ten others come first',
  out_not_converted: 'not converted, as all in the pool are',
  out_below_top_clicks: 'clicked, but others were clicked more',
  out_no_clicks: 'no clicks, and the pool was full without it',
  out_not_drawn: 'no clicks; others were drawn',
}

const QUARTERS: Readonly<Record<Dataset, string>> = {
  1: 'minutes 0–14',
  2: 'minutes 15–29',
  3: 'minutes 30–44',
  4: 'minutes 45–59',
}

/** Words an explanation, in lines. */
export function describeExplanation({ build_id, campaign_id, datasets }: Explanation): string[] {
  return [
    `campaign ${campaign_id}, build ${build_id}`,
    ...datasets.flatMap((dataset) => ['', ...describeDataset(dataset)]),
  ]
}

function describeDataset(explained: ExplainedDataset): string[] {
  const { dataset, converted_count, candidate_count, pool, missed, banner } = explained
  const title = `dataset ${dataset} (${QUARTERS[dataset]}): ${converted_count} of ${candidate_count} candidates converted, so ${ruleWords(converted_count)}`
  if (banner === null) return [title, '  the banner has no impression and no click here']
  if (banner !== undefined) return [title, ...table([banner])]
  const next = missed.length === 0 ? [] : ['  next', ...table(missed).slice(1)]
  return [title, ...table(pool), ...next]
}

function ruleWords(converted: number): string {
  if (converted >= 10) return 'the top 10 by revenue'
  if (converted >= 5) return `these ${converted}`
  return converted > 0 ? 'these, then the most clicked, to 5' : 'the 5 most clicked'
}

function table(banners: readonly ExplainedBanner[]): string[] {
  const head = row('rank', 'banner', 'revenue', 'clicks', 'conversions', 'why')
  return [head, ...banners.map(describeBanner)]
}

function describeBanner(banner: ExplainedBanner): string {
  const { pool_rank, banner_id, revenue, clicks, conversions, reason, needs } = banner
  const lacks = needs === null ? '' : `; would need ${needsWords(needs)}`
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

function needsWords({ more_revenue, conversion_of, more_clicks }: Needs): string {
  const ways = [
    ...(more_revenue === null ? [] : [`${more_revenue} more revenue`]),
    ...(conversion_of === null ? [] : [conversionWords(conversion_of)]),
    ...(more_clicks === null
      ? []
      : [`${more_clicks} more ${more_clicks === 1 ? 'click' : 'clicks'}`]),
  ]
  return ways.join(' or ')
}

function conversionWords(revenue: string): string {
  return Number(revenue) === 0 ? 'a conversion' : `a conversion of ${revenue}`
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
