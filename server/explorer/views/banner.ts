/** What the page of a banner shows. */
import { DATASETS } from '../../../contract/schema.ts'
import { findCampaign } from '../../pools/campaign-table.ts'
import { bannersOf, slotOf } from '../../pools/pools.ts'
import type { BannerView, Standing } from '../pages/banner.tsx'
import type { Visit } from '../visit.ts'

/** Gathers where a banner stands in each quarter; undefined if it is no candidate in any. */
export async function viewBanner(
  visit: Visit,
  campaignId: number,
  bannerId: number,
): Promise<BannerView | undefined> {
  const { root, build, links, denylist, live } = visit
  const index = findCampaign(build.pools.campaignIds, campaignId)
  const explained = await visit.details.explain(build, campaignId, bannerId)
  const quarters = typeof explained === 'string' ? [] : explained
  const standings = DATASETS.map((dataset): Standing => {
    const quarter = quarters.find((one) => one.dataset === dataset)
    const place = bannersOf(build.pools, slotOf(index, dataset)).indexOf(bannerId)
    return {
      dataset,
      rank: place < 0 ? null : place + 1,
      figures: quarter?.banner ?? undefined,
      candidates: quarter?.candidate_count,
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
  }
}
