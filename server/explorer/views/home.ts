/** What the first page shows: the served build, what changed since an earlier one, and the campaigns. */
import { readEvaluation } from '../../../contract/evaluation.ts'
import { BANNER_STATS_FILE, DATASETS } from '../../../contract/schema.ts'
import { findCampaign } from '../../pools/campaign-table.ts'
import { describeChanges } from '../../pools/changes/describe.ts'
import { findPools, type Pools, slotOf } from '../../pools/pools.ts'
import { type CampaignPage, findCampaigns } from '../campaign-list.ts'
import { chartBuilds } from '../chart-jobs.ts'
import type { BuildSummary } from '../data/build-jobs.ts'
import type { NoFigures } from '../data/no-figures.ts'
import type { Overview, OverviewCampaign } from '../data/overview.ts'
import { chooseEarlier, type EarlierBuild, listEarlier } from '../earlier-build.ts'
import { describeExploring, findExploringCost } from '../exploring.ts'
import { type ListQuery, readListQuery } from '../list-query.ts'
import type { PageContext } from '../page-context.ts'
import type { BuildFacts } from '../parts/build-section.tsx'
import type { SinceFacts } from '../parts/since.tsx'
import { drawAll } from './charts.ts'
import type { CampaignSummary, HomeView } from './home-view.ts'

/** How an id may begin. */
const DIGITS = /^(?:[1-9]\d{0,15})?$/

const SEARCH_FAULT = 'A campaign id has 1 to 16 digits and does not begin with 0.'

/** Campaigns that are named as those which lost or gained most. */
const MOVERS = 3

/** Finds the campaigns of the list, what their pools earned, and what changed. */
export async function viewHome(visit: PageContext): Promise<HomeView> {
  const { root, live, build, currency } = visit
  const query = readListQuery(visit.query)
  const fault = DIGITS.test(query.digits) ? undefined : SEARCH_FAULT
  const answer = await visit.details.listBuilds(build)
  const { builds: known, losses } = typeof answer === 'string' ? { builds: [], losses: [] } : answer
  const earlier = listEarlier(known, { buildId: build.manifest.build_id })
  const since = chooseEarlier(earlier, build.createdAtMs, query.since)
  const found = await findList(visit, fault === undefined ? query : { ...query, digits: '' }, since)
  const revenues = await visit.details.addRevenues(build, found.current)
  const noFigures = typeof revenues === 'string' ? revenues : found.noFigures
  const facts = factsOf(visit)
  return {
    ...{ root, live, currency, fault, noFigures, earlier, losses },
    query: { ...query, page: found.list.page },
    build: facts,
    isWatched: visit.query('watch') !== undefined && facts.changes.state !== 'none',
    list: found.list,
    hasStability: found.campaigns.some(({ stability }) => stability !== null),
    campaigns: fault === undefined ? summarise(visit, found, revenues) : [],
    guarded: await visit.guarded(),
    exploring: await viewExploring(visit),
    since: since && (await viewSince(visit, { since, found, builds: known })),
    charts: await drawAll(
      visit,
      chartBuilds(known.flatMap(({ recorded }) => recorded ?? []).toReversed(), currency),
    ),
  }
}

async function viewExploring({
  build,
  exploringShare,
  currency,
}: PageContext): Promise<string | undefined> {
  if (exploringShare === 0) return undefined
  const document = await readEvaluation(build.folder, build.manifest.build_id)
  const cost = findExploringCost(exploringShare, document)
  return cost === null ? undefined : describeExploring(cost, currency)
}

interface FoundList {
  readonly list: Omit<CampaignPage, 'ids'>
  readonly campaigns: readonly OverviewCampaign[]
  /** Ids of those that are not gone. */
  readonly current: readonly number[]
  readonly overview: Overview | undefined
  readonly noFigures: NoFigures | undefined
}

/** In the order of their ids campaigns are in memory, those of changes too; any other order is that of the build. */
async function findList(
  { build, details }: PageContext,
  query: ListQuery,
  since: EarlierBuild | undefined,
): Promise<FoundList> {
  const { pools } = build
  const { ids, ...list } = findCampaigns(pools.sortedIds, query.digits, query.page)
  const isById = query.sort === 'id' && query.isAscending && query.filter === 'all'
  const question = { ...query, since: since?.buildId, ...(isById && { ids }) }
  const overview = await details.listCampaigns(build, question)
  if (typeof overview === 'string' || isById) {
    const known = typeof overview === 'string' ? [] : overview.campaigns
    const campaigns = ids.map((id) => known.find((one) => one.id === id) ?? describeUnknown(id))
    return typeof overview === 'string'
      ? { list, campaigns, current: ids, overview: undefined, noFigures: overview }
      : { list, campaigns, current: ids, overview, noFigures: undefined }
  }
  // A change may have taken away what the build had.
  const campaigns = overview.campaigns.filter(
    ({ id, revenueNow }) => revenueNow === null || findPools(pools, id) >= 0,
  )
  const current = campaigns.filter(({ revenueNow }) => revenueNow !== null).map(({ id }) => id)
  return { list: overview, campaigns, current, overview, noFigures: undefined }
}

function describeUnknown(id: number): OverviewCampaign {
  return { id, revenueThen: null, revenueNow: null, entered: 0, left: 0, stability: null }
}

function summarise(
  { build, denylist }: PageContext,
  { campaigns, current, overview }: FoundList,
  revenues: readonly string[] | NoFigures,
): CampaignSummary[] {
  return campaigns.map((campaign): CampaignSummary => {
    const place = current.indexOf(campaign.id)
    return {
      ...campaign,
      poolSizes: poolSizesOf(build.pools, campaign.id),
      revenue: place < 0 || typeof revenues === 'string' ? undefined : revenues[place],
      isGone: overview !== undefined && place < 0,
      isDenied: denylist.campaigns.has(campaign.id),
    }
  })
}

/** What changed between the earlier build and the served one. */
async function viewSince(
  { build, details }: PageContext,
  {
    since,
    found,
    builds,
  }: { since: EarlierBuild; found: FoundList; builds: readonly BuildSummary[] },
): Promise<SinceFacts | undefined> {
  if (found.overview === undefined) return undefined
  const ask = async (isAscending: boolean) => {
    const question = { since: since.buildId, sort: 'change', isAscending, filter: 'all' } as const
    const answer = await details.listCampaigns(build, { ...question, digits: '', page: 1 })
    return typeof answer === 'string' ? [] : answer.campaigns
  }
  const changeOf = ({ revenueNow, revenueThen }: OverviewCampaign) =>
    revenueNow === null || revenueThen === null ? 0 : Number(revenueNow) - Number(revenueThen)
  const recorded = builds.find(({ buildId }) => buildId === since.buildId)?.recorded
  const rejected = build.manifest.inputs.reduce((sum, input) => sum + input.rejected, 0)
  return {
    since,
    totals: found.overview.totals,
    lost: (await ask(true)).filter((one) => changeOf(one) < 0).slice(0, MOVERS),
    gained: (await ask(false)).filter((one) => changeOf(one) > 0).slice(0, MOVERS),
    rejectedThen: recorded?.rejected,
    rejectedNow: rejected,
    warnings: build.manifest.checks.filter(({ passed }) => !passed).map(({ name }) => name),
  }
}

function poolSizesOf(pools: Pools, campaignId: number): number[] {
  const index = findCampaign(pools.campaignIds, campaignId)
  return DATASETS.map((dataset) => (index < 0 ? 0 : (pools.sizes[slotOf(index, dataset)] ?? 0)))
}

function factsOf({ build, now, maxAge }: PageContext): BuildFacts {
  const { pools, manifest, createdAtMs } = build
  const { state, n, createdAtMs: madeMs } = describeChanges(build)
  const sum = (field: 'accepted' | 'rejected') =>
    manifest.inputs.reduce((total, input) => total + input[field], 0)
  return {
    buildId: pools.buildId,
    pageId: manifest.build_id,
    createdAt: new Date(createdAtMs),
    ageMs: now.getTime() - createdAtMs,
    maxAgeHours: maxAge,
    campaigns: pools.campaignCount,
    pools: pools.poolCount,
    logRows: sum('accepted'),
    rejects: sum('rejected'),
    changes: { state, n, ageMs: madeMs === undefined ? undefined : now.getTime() - madeMs },
    candidates: manifest.outputs.find(({ file }) => file === BANNER_STATS_FILE)?.rows,
  }
}
