/** The list of campaigns as CSV and as JSON. */
import type { HomeView } from '../views/home-view.ts'

/** Columns of the CSV, and fields of the JSON, in order. */
const HEADER = [
  ...['campaign_id', 'pool_1', 'pool_2', 'pool_3', 'pool_4', 'revenue', 'revenue_then'],
  ...['entered', 'left', 'stability', 'is_gone', 'is_denied'],
]

/** Writes the campaigns of the page as CSV; what is not known is empty. */
export function renderListCsv({ campaigns }: HomeView): string {
  const rows = campaigns.map((one) =>
    [
      ...[one.id, ...one.poolSizes, one.revenue ?? '', one.revenueThen ?? ''],
      ...[one.entered, one.left, one.stability ?? '', one.isGone, one.isDenied],
    ].join(),
  )
  return `${[HEADER.join(), ...rows].join('\n')}\n`
}

/** Writes the campaigns of the page as JSON, with what they are compared with; what is not known is null. */
export function renderListJson({ build, since, list, campaigns }: HomeView): string {
  const document = {
    build_id: build.buildId,
    since_build_id: since?.since.buildId ?? null,
    ...{ total: list.total, page: list.page, pages: list.pages },
    campaigns: campaigns.map((one) => ({
      campaign_id: one.id,
      pool_sizes: one.poolSizes,
      revenue: one.revenue ?? null,
      revenue_then: one.revenueThen,
      ...{ entered: one.entered, left: one.left, stability: one.stability },
      ...{ is_gone: one.isGone, is_denied: one.isDenied },
    })),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}
