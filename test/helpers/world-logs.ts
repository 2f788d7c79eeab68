/** From a plan of banners and their faults to the rows of one dataset's logs. */
import type { Click, Conversion, DatasetLogs, Impression } from './reference.ts'

/** What is wrong with a click: its row repeated, or another row with its id and other contents. */
export type ClickFault = 'none' | 'duplicate' | 'other banner' | 'other campaign'

/** The same for a conversion; `orphan` names a click that is not there, `second` is one more of the same click. */
export type ConversionFault =
  | 'none'
  | 'duplicate'
  | 'other revenue'
  | 'other click'
  | 'orphan'
  | 'second'

export interface ConversionPlan {
  readonly revenue: string
  readonly fault: ConversionFault
}

export interface ClickPlan {
  readonly fault: ClickFault
  readonly conversion: ConversionPlan | null
}

export interface BannerPlan {
  readonly impressions: number
  readonly clicks: readonly ClickPlan[]
}

export type CampaignPlan = readonly BannerPlan[]

interface GrowingLogs extends DatasetLogs {
  readonly impressions: Impression[]
  readonly clicks: Click[]
  readonly conversions: Conversion[]
  clickCount: number
}

/** Ids of 2 and 3 digits: their order as text is another one. */
const FIRST_BANNER_ID = 94
/** Above every click id of a world. */
const FIRST_MISSING_CLICK_ID = 1_000_000
/** In no plan, so it contradicts each of them. */
const OTHER_REVENUE = '7.5'

/**
 * Makes the rows of one dataset; campaigns are numbered from 1.
 *
 * Click and conversion ids begin at 1 in each dataset: mixing up datasets or kinds of id would not go unnoticed.
 */
export function logsOf(campaigns: readonly CampaignPlan[]): DatasetLogs {
  const logs: GrowingLogs = { impressions: [], clicks: [], conversions: [], clickCount: 0 }
  for (const [campaignIndex, banners] of campaigns.entries()) {
    for (const [bannerIndex, plan] of banners.entries()) {
      const banner = { banner_id: FIRST_BANNER_ID + bannerIndex, campaign_id: campaignIndex + 1 }
      addBanner(logs, banner, plan)
    }
  }
  return logs
}

function addBanner(logs: GrowingLogs, banner: Impression, plan: BannerPlan): void {
  for (let shown = 0; shown < plan.impressions; shown += 1) logs.impressions.push(banner)
  for (const { fault, conversion } of plan.clicks) {
    logs.clickCount += 1
    const click = { click_id: logs.clickCount, ...banner }
    logs.clicks.push(...clickRows(click, fault))
    if (conversion !== null) logs.conversions.push(...conversionRows(click.click_id, conversion))
  }
}

function clickRows(click: Click, fault: ClickFault): Click[] {
  switch (fault) {
    case 'none':
      return [click]
    case 'duplicate':
      return [click, click]
    case 'other banner':
      return [click, { ...click, banner_id: click.banner_id + 1 }]
    case 'other campaign':
      return [click, click, { ...click, campaign_id: click.campaign_id + 1 }]
  }
}

function conversionRows(clickId: number, { revenue, fault }: ConversionPlan): Conversion[] {
  const row = { conversion_id: 2 * clickId, click_id: clickId, revenue }
  switch (fault) {
    case 'none':
      return [row]
    case 'duplicate':
      return [row, row, row]
    case 'other revenue':
      return [row, { ...row, revenue: OTHER_REVENUE }]
    case 'other click':
      return [row, { ...row, click_id: clickId + 1 }]
    case 'orphan':
      return [{ ...row, click_id: FIRST_MISSING_CLICK_ID + clickId }]
    case 'second':
      return [row, { ...row, conversion_id: row.conversion_id + 1 }]
  }
}
