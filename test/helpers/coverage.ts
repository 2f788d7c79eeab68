/** Which rules and edges some data reaches, read from the reference's rows: tests on made data must not pass on nothing. */
import type { Reference } from './reference.ts'
import type { ReferenceStatsRow } from './reference-rules.ts'

/** What a campaign in a dataset can show. `X` is its number of converted banners. */
export const CASES = [
  'X = 0, five or more clicked',
  'X = 0, fewer than five clicked',
  'X = 0, none clicked',
  'X from 1 to 4, enough clicked',
  'X from 1 to 4, too few clicked',
  'X from 5 to 9',
  'X = 10',
  'X above 10',
  'fewer than five candidates',
  'one candidate',
  'random draw with losers',
  'tie at the click cut',
  'revenue tie at the cut, clicks decide',
  'revenue tie at the cut, banner_id decides',
  'converted with revenue 0',
  'clicked without an impression',
] as const

export type Case = (typeof CASES)[number]

/** Counts, per case, the campaigns that show it. */
export function countCases(references: Iterable<Reference>): Record<Case, number> {
  const counts = Object.fromEntries(CASES.map((name) => [name, 0])) as Record<Case, number>
  for (const { stats } of references) {
    for (const candidates of campaignsOf(stats)) {
      for (const name of CASES) if (SHOWS[name](candidates)) counts[name] += 1
    }
  }
  return counts
}

type Candidates = readonly ReferenceStatsRow[]

const SHOWS: Readonly<Record<Case, (candidates: Candidates) => boolean>> = {
  'X = 0, five or more clicked': (c) => converted(c) === 0 && clicked(c) >= 5,
  'X = 0, fewer than five clicked': (c) => converted(c) === 0 && clicked(c) > 0 && clicked(c) < 5,
  'X = 0, none clicked': (c) => converted(c) === 0 && clicked(c) === 0,
  'X from 1 to 4, enough clicked': (c) => isFew(converted(c)) && clicked(c) >= 5,
  'X from 1 to 4, too few clicked': (c) => isFew(converted(c)) && clicked(c) < 5,
  'X from 5 to 9': (c) => converted(c) >= 5 && converted(c) <= 9,
  'X = 10': (c) => converted(c) === 10,
  'X above 10': (c) => converted(c) > 10,
  'fewer than five candidates': (c) => c.length < 5,
  'one candidate': (c) => c.length === 1,
  'random draw with losers': (c) =>
    c.some((row) => row.reason === 'in_random_fill') &&
    c.some((row) => row.reason === 'out_not_drawn'),
  'tie at the click cut': (c) => {
    const out = c.filter((row) => row.reason === 'out_below_top_clicks').map((row) => row.clicks)
    const last = c.filter((row) => CLICK_REASONS.has(row.reason)).map((row) => row.clicks)
    return out.length > 0 && Math.min(...last) === Math.max(...out)
  },
  'revenue tie at the cut, clicks decide': (c) => {
    const [tenth, eleventh] = aroundRevenueCut(c)
    return tenth?.revenue === eleventh?.revenue && tenth?.clicks !== eleventh?.clicks
  },
  'revenue tie at the cut, banner_id decides': (c) => {
    const [tenth, eleventh] = aroundRevenueCut(c)
    if (tenth === undefined || eleventh === undefined) return false
    return tenth.revenue === eleventh.revenue && tenth.clicks === eleventh.clicks
  },
  'converted with revenue 0': (c) =>
    c.some((row) => row.conversions > 0 && Number(row.revenue) === 0),
  'clicked without an impression': (c) => c.some((row) => row.clicks > 0 && row.impressions === 0),
}

const CLICK_REASONS: ReadonlySet<string> = new Set(['in_top_clicks', 'in_clicks_after_converted'])

function converted(candidates: Candidates): number {
  return candidates.filter((row) => row.conversions > 0).length
}

/** A converted banner has a click too. */
function clicked(candidates: Candidates): number {
  return candidates.filter((row) => row.clicks > 0).length
}

function isFew(count: number): boolean {
  return count >= 1 && count <= 4
}

function aroundRevenueCut(candidates: Candidates): (ReferenceStatsRow | undefined)[] {
  const order = candidates.filter((row) => row.conversions > 0)
  return [10, 11].map((rank) => order.find((row) => row.revenue_rank === rank))
}

function campaignsOf(stats: Candidates): Candidates[] {
  const campaigns = new Map<number, ReferenceStatsRow[]>()
  for (const row of stats) {
    const candidates = campaigns.get(row.campaign_id)
    if (candidates === undefined) campaigns.set(row.campaign_id, [row])
    else candidates.push(row)
  }
  return [...campaigns.values()]
}
