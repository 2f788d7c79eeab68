/** `.collect/rejected-<day>.jsonl`: what does not count, and why. Nothing about a visitor is in it. */
import { type EventKind, REJECTIONS, type RejectedEvent, type Rejection } from './event.ts'

/** Writes an event as a line, its end included. */
export function formatRejected({ of, reason, about }: RejectedEvent, now: Date): string {
  const { run, counter } = about
  return `${JSON.stringify({
    time: now.toISOString(),
    kind: of,
    reason,
    event: run === undefined ? undefined : `${run}:${counter}`,
    dataset: about.dataset,
    campaign_id: about.campaignId,
    banner_id: about.bannerId,
    conversion_id: about.conversionId,
    click_id: about.clickId,
    revenue: about.revenue,
    advertiser: about.advertiser,
  })}\n`
}

/** Reads a line, as far as it is counted; null if it is none. */
export function parseRejected(line: string): RejectedEvent | null {
  try {
    const { kind, reason, campaign_id, banner_id, click_id } = JSON.parse(line)
    if (!Object.hasOwn(REJECTIONS, reason)) return null
    const about = {
      ...(campaign_id === undefined ? {} : { campaignId: Number(campaign_id) }),
      ...(banner_id === undefined ? {} : { bannerId: Number(banner_id) }),
      ...(click_id === undefined ? {} : { clickId: Number(click_id) }),
    }
    return { kind: 'rejected', of: kind as EventKind, reason: reason as Rejection, about }
  } catch {
    return null
  }
}
