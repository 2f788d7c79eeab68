/** What the page of a campaign shows: pools from memory, figures from the files. */
import type { ExplainedBanner } from '../../../contract/explain.ts'
import { parseId } from '../../../contract/ids.ts'
import { DATASETS, type Dataset } from '../../../contract/schema.ts'
import { chooseBanner } from '../../banner/choose.ts'
import { findCampaign } from '../../pools/campaign-table.ts'
import { bannersOf, slotOf } from '../../pools/pools.ts'
import { findNeighbours } from '../campaign-list.ts'
import { chartCampaign, describeConcentration } from '../chart-jobs.ts'
import { formatAlike } from '../format.ts'
import type { PageContext } from '../page-context.ts'
import type { CampaignView } from '../pages/campaign.tsx'
import type { Card } from '../parts/banner-card.tsx'
import type { Draw } from '../parts/preview.tsx'
import { lookBack } from '../since-when.ts'
import { drawAll } from './charts.ts'
import { describeDays, NO_HISTORY } from './days.ts'

/** Gathers one quarter of a campaign. */
export async function viewCampaign(
  visit: PageContext,
  campaignId: number,
  shown: Dataset,
): Promise<CampaignView> {
  const { root, build, links, denylist, currency } = visit
  const { pools } = build
  const index = findCampaign(pools.campaignIds, campaignId)
  // Before anything is waited for: a change may be written into the pools meanwhile.
  const banners = bannersOf(pools, slotOf(index, shown))
  const all = DATASETS.map((dataset) => bannersOf(pools, slotOf(index, dataset)))
  const poolSizes = all.map(({ length }) => length)
  const explained = await visit.details.explain(build, campaignId)
  const evaluated = await visit.details.evaluation(build, campaignId)
  const evaluations = Array.isArray(evaluated) ? evaluated : []
  const evaluation = evaluations.find((one) => one.dataset === shown)
  const history = await visit.details.readDays(build, campaignId)
  const { rows: days, losses } = typeof history === 'string' ? NO_HISTORY : history
  const rows = describeDays(days)
  const places = lookBack(days, shown, banners)
  const quarters = typeof explained === 'string' ? [] : explained
  const figures = quarters.find(({ dataset }) => dataset === shown)
  const listed = [...(figures?.pool ?? []), ...(figures?.missed ?? [])]
  const written = formatAlike(listed.map(({ revenue }) => revenue))
  const cardOf = (bannerId: number, rank: number | null, its?: ExplainedBanner): Card => ({
    bannerId,
    rank,
    figures: its,
    revenue: (its && written[listed.indexOf(its)]) ?? '',
    history: rank === null ? undefined : places.get(bannerId),
    stability: evaluation?.stabilities.get(bannerId),
    verdict: evaluation?.verdict,
    isDenied: denylist.banners.has(bannerId),
    imageUrl: links.image(bannerId),
    href: `${root}explorer/campaigns/${campaignId}/banners/${bannerId}`,
  })
  const pool = banners.map((bannerId, place) => {
    return cardOf(bannerId, place + 1, figures?.pool[place])
  })
  return {
    root,
    campaignId,
    isDenied: denylist.campaigns.has(campaignId),
    guarded: (await visit.guarded()).filter(({ campaign_id }) => campaign_id === campaignId),
    quarters: DATASETS.map((dataset, place) => ({
      dataset,
      poolSize: poolSizes[place] ?? 0,
      revenue: quarters.find((quarter) => quarter.dataset === dataset)?.pool_revenue,
    })),
    shown,
    live: visit.live.dataset,
    pool,
    missed: figures?.missed.map((banner) => cardOf(banner.banner_id, null, banner)) ?? [],
    figures,
    evaluation,
    noFigures: typeof explained === 'string' ? explained : undefined,
    draw: visit.query('draw') === undefined ? undefined : draw(visit, campaignId, shown),
    campaignUrl: links.campaign(campaignId),
    scriptUrl: `${links.base}/embed.js`,
    previewUrl: `${root}campaigns/${campaignId}.png?dataset=${visit.live.dataset}`,
    currency,
    pools: DATASETS.map((dataset) => ({
      dataset,
      banners: all[dataset - 1] ?? [],
      figures: quarters.find((quarter) => quarter.dataset === dataset)?.pool ?? [],
    })),
    days: rows,
    losses,
    charts: await drawAll(
      visit,
      chartCampaign({ days: rows, shown, figures, evaluations, currency }),
    ),
    concentration:
      figures && figures.earned.length > 1 ? describeConcentration(figures.earned) : undefined,
    ...findNeighbours(pools.sortedIds, campaignId),
  }
}

/** Chooses as for a visitor; the last banner is in the page instead of a cookie. */
function draw(visit: PageContext, campaignId: number, dataset: Dataset): Draw {
  const { build, denylist, random, links } = visit
  const last = parseId(visit.query('last') ?? '')
  const slot = slotOf(findCampaign(build.pools.campaignIds, campaignId), dataset)
  const choice = denylist.campaigns.has(campaignId)
    ? 'disabled'
    : chooseBanner(build.pools, slot, { last, excluded: [], denied: denylist.banners, random })
  const imageUrl = typeof choice === 'string' ? undefined : links.image(choice.bannerId)
  return { choice, last, imageUrl }
}
