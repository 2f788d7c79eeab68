/** What the page of a banner shows. */
import { DATASETS } from '../../../contract/schema.ts'
import { findCampaign } from '../../pools/campaign-table.ts'
import { bannersOf, slotOf } from '../../pools/pools.ts'
import type { PageContext } from '../page-context.ts'
import type { BannerView, Standing } from '../pages/banner.tsx'
import { describeRanks, NO_HISTORY } from './days.ts'

/** Gathers where a banner stands in each quarter; undefined if it is no candidate in any. */
export async function viewBanner(
  visit: PageContext,
  campaignId: number,
  bannerId: number,
): Promise<BannerView | undefined> {
  const { root, build, links, denylist, live } = visit
  const index = findCampaign(build.pools.campaignIds, campaignId)
  // Before anything is waited for: a change may be written into the pools meanwhile.
  const ranks = DATASETS.map((dataset) => {
    return bannersOf(build.pools, slotOf(index, dataset)).indexOf(bannerId) + 1
  })
  const explained = await visit.details.explain(build, campaignId, bannerId)
  const evaluated = await visit.details.evaluation(build, campaignId)
  const evaluations = Array.isArray(evaluated) ? evaluated : []
  const history = await visit.details.readDays(build, campaignId)
  const { rows: days, losses } = typeof history === 'string' ? NO_HISTORY : history
  const quarters = typeof explained === 'string' ? [] : explained
  const standings = DATASETS.map((dataset, place): Standing => {
    const quarter = quarters.find((one) => one.dataset === dataset)
    const evaluation = evaluations.find((one) => one.dataset === dataset)
    return {
      dataset,
      rank: ranks[place] || null,
      figures: quarter?.banner ?? undefined,
      candidates: quarter?.candidate_count,
      stability: evaluation?.stabilities.get(bannerId),
      verdict: evaluation?.verdict,
    }
  })
  const noFigures = typeof explained === 'string' ? explained : undefined
  if (noFigures === undefined && standings.every(({ figures }) => figures === undefined)) {
    return undefined
  }
  return {
    root,
    campaignId,
    bannerId,
    imageUrl: links.image(bannerId),
    isDenied: denylist.banners.has(bannerId),
    live: live.dataset,
    standings,
    noFigures,
    currency: visit.currency,
    days: describeRanks(days, bannerId),
    losses,
  }
}
