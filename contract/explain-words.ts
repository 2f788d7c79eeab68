/** Words for what explain.ts computes, the same on the command line and on the pages of the server. */
import type { ExplainedBanner, ExplainedDataset, Needs } from './explain.ts'
import type { Dataset, Reason } from './schema.ts'

/** Why a candidate is in, or out; whatever the sizes of pools are. */
export const REASON_WORDS: Readonly<Record<Reason, string>> = {
  in_top_revenue: 'one of those with the most revenue',
  in_converted: 'every converted banner is in',
  in_clicks_after_converted: 'one of the most clicked, to fill the pool',
  in_top_clicks: 'one of those with the most clicks',
  in_random_fill: 'no clicks; drawn to fill the pool',
  out_below_top_revenue: 'converted, but the pool is full of banners with more revenue',
  out_not_converted: 'not converted, as all in the pool are',
  out_below_top_clicks: 'clicked, but others were clicked more',
  out_no_clicks: 'no clicks, and the pool was full without it',
  out_not_drawn: 'no clicks; others were drawn',
}

/** When a dataset is served, in every hour. */
export const QUARTER_MINUTES: Readonly<Record<Dataset, string>> = {
  1: 'minutes 0–14',
  2: 'minutes 15–29',
  3: 'minutes 30–44',
  4: 'minutes 45–59',
}

/** Says which rule made a pool: `the top 10 by revenue`. */
export function describeRule(explained: ExplainedDataset): string {
  const { converted_count: converted, candidate_count, pool } = explained
  const size = pool.length
  if (candidate_count === size) return 'every candidate'
  if (pool[0]?.reason === 'in_top_revenue') return `the top ${size} by revenue`
  if (converted === size) return `these ${size}`
  return converted > 0 ? `these, then the most clicked, to ${size}` : `the ${size} most clicked`
}

/** What would bring a banner in: any one of these is enough. */
export function needsWords({ more_revenue, conversion_of, more_clicks }: Needs): string {
  const ways = [
    ...(more_revenue === null ? [] : [`${more_revenue} more revenue`]),
    ...(conversion_of === null ? [] : [conversionWords(conversion_of)]),
    ...(more_clicks === null
      ? []
      : [`${more_clicks} more ${more_clicks === 1 ? 'click' : 'clicks'}`]),
  ]
  return ways.join(' or ')
}

/** How little that says, where it does; to be added to {@link needsWords}. */
export function chanceWords({
  needs,
  within_chance,
}: Pick<ExplainedBanner, 'needs' | 'within_chance'>): string {
  if (needs === null || within_chance !== true) return ''
  if (needs.more_revenue !== null) return 'less than one conversion brings: chance decides'
  return 'one conversion: chance decides'
}

function conversionWords(revenue: string): string {
  return Number(revenue) === 0 ? 'a conversion' : `a conversion of ${revenue}`
}
