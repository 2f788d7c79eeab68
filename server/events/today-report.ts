/** The numbers of today, for people and programs. */
import type { Guarded } from '../../contract/guarded.ts'
import type { ExploringCost } from '../explorer/exploring.ts'
import type { Collector } from './collector.ts'
import type { Rejection } from './event.ts'
import { formatMicros } from './revenue.ts'

/** Of one banner in one campaign. */
export interface TodayRow {
  /** Null: what is known of no banner, such as a conversion of a click that is forgotten by now. */
  readonly campaign_id: number | null
  readonly banner_id: number | null
  readonly impressions: number
  /** Half in sight for a second. */
  readonly views: number
  readonly clicks: number
  readonly conversions: number
  /** In the unit of the conversions. */
  readonly revenue: string
  readonly rejected: Readonly<Partial<Record<Rejection, number>>>
}

/** What was collected since midnight, UTC. */
export interface TodayReport {
  readonly day: string
  /** False: events are lost now. */
  readonly is_collecting: boolean
  /** By campaign and banner, in ascending order. */
  readonly banners: readonly TodayRow[]
  /** Since the start of the server: what was counted, and not kept. */
  readonly unkept: Readonly<Record<string, number>>
  /** Clicks whose token could still bring an impression, and those of them that have none. */
  readonly clicks_judged: number
  readonly clicks_without_impression: number
  /** What a person should look at, in a sentence each. */
  readonly warnings: readonly string[]
}

/** What is told beside what was collected. */
export interface TodaySurroundings {
  readonly guarded: () => Promise<readonly Guarded[]>
  readonly findCost: () => Promise<ExploringCost | null>
}

/** What the page shows. */
export interface TodayPage extends TodayReport {
  /** Pools that a follower leaves as they are. */
  readonly guarded: readonly Guarded[]
  /** Null: this server does not explore. */
  readonly exploring: ExploringCost | null
}

/** Blockers stop some impressions; where more than this share is missing, something else is wrong. */
const GREATEST_SHARE = 0.2
/** Fewer tell nothing. */
const LEAST_CLICKS = 20

/** Describes the numbers of a collector. */
export function reportToday({ ledger, isOpen, unkept }: Collector): TodayReport {
  const { today } = ledger
  const banners = today.rows().map(
    ({ place, counted, revenue, rejected }): TodayRow => ({
      campaign_id: place?.campaignId ?? null,
      banner_id: place?.bannerId ?? null,
      impressions: counted.impression,
      views: counted.view,
      clicks: counted.click,
      conversions: counted.conversion,
      revenue: formatMicros(revenue),
      rejected: Object.fromEntries(rejected),
    }),
  )
  const { judged, withoutImpression } = today.clicks
  return {
    day: today.day,
    is_collecting: isOpen,
    banners,
    unkept,
    clicks_judged: judged,
    clicks_without_impression: withoutImpression,
    warnings: [...findClickedOnly(banners), ...findUnseen(judged, withoutImpression)],
  }
}

/** Campaigns with more clicks than impressions. */
export function findClicked(banners: readonly TodayRow[]): readonly TodayCampaign[] {
  const campaigns = new Map<number, { impressions: number; clicks: number }>()
  for (const { campaign_id, impressions, clicks } of banners) {
    if (campaign_id === null) continue
    const sum = campaigns.get(campaign_id) ?? { impressions: 0, clicks: 0 }
    sum.impressions += impressions
    sum.clicks += clicks
    campaigns.set(campaign_id, sum)
  }
  return [...campaigns]
    .filter(([, { impressions, clicks }]) => clicks > impressions)
    .map(([campaign_id, sums]) => ({ campaign_id, ...sums }))
}

interface TodayCampaign {
  readonly campaign_id: number
  readonly impressions: number
  readonly clicks: number
}

function findClickedOnly(banners: readonly TodayRow[]): string[] {
  return findClicked(banners).map(
    ({ campaign_id, clicks, impressions }) =>
      `campaign ${campaign_id} has ${clicks} clicks and ${impressions} impressions: robots, or pages that do not report impressions`,
  )
}

function findUnseen(judged: number, without: number): string[] {
  if (judged < LEAST_CLICKS || without / judged <= GREATEST_SHARE) return []
  return [
    `${without} of ${judged} clicks have no impression: pages that block or do not report impressions, or robots`,
  ]
}

/** As CSV, a row a banner. */
export function formatTodayCsv({ banners }: Pick<TodayReport, 'banners'>): string {
  const header = 'campaign_id,banner_id,impressions,views,clicks,conversions,revenue,rejected'
  const lines = banners.map((row) => {
    const rejected = Object.values(row.rejected).reduce((sum, count) => sum + count, 0)
    const { impressions, views, clicks, conversions, revenue } = row
    const ids = [row.campaign_id ?? '', row.banner_id ?? '']
    return [...ids, impressions, views, clicks, conversions, revenue, rejected].join()
  })
  return `${[header, ...lines].join('\n')}\n`
}
