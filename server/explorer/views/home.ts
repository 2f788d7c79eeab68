/** What the first page shows of the served build. */
import { BANNER_STATS_FILE, DATASETS } from '../../../contract/schema.ts'
import { findCampaign } from '../../pools/campaign-table.ts'
import { describeChanges } from '../../pools/changes/describe.ts'
import { type Pools, slotOf } from '../../pools/pools.ts'
import { findCampaigns } from '../campaign-list.ts'
import type { CampaignSummary, HomeView } from '../pages/home.tsx'
import type { BuildFacts } from '../parts/build-section.tsx'
import type { Visit } from '../visit.ts'

/** How an id may begin. */
const DIGITS = /^(?:[1-9]\d{0,15})?$/

/** The number of a page; no list has more of them. */
const PAGE = /^[1-9]\d{0,8}$/

const SEARCH_FAULT = 'A campaign id has 1 to 16 digits and does not begin with 0.'

/** Finds the campaigns of the list, and what their pools earned. */
export async function viewHome(visit: Visit): Promise<HomeView> {
  const { root, live, build } = visit
  const search = visit.query('q')?.trim() ?? ''
  const fault = DIGITS.test(search) ? undefined : SEARCH_FAULT
  const page = PAGE.exec(visit.query('page') ?? '')
  const { sortedIds } = build.pools
  const list = findCampaigns(sortedIds, fault === undefined ? search : '', Number(page ?? 1))
  const ids = fault === undefined ? list.ids : []
  const revenues = ids.length === 0 ? [] : await visit.details.addRevenues(build, ids)
  const isKnown = typeof revenues !== 'string'
  const campaigns = ids.map((id, index): CampaignSummary => {
    return {
      id,
      poolSizes: poolSizesOf(build.pools, id),
      revenue: isKnown ? revenues[index] : undefined,
      isDenied: visit.denylist.campaigns.has(id),
    }
  })
  const facts = factsOf(visit)
  const noFigures = isKnown ? undefined : revenues
  const isWatched = visit.query('watch') !== undefined && facts.changes.state !== 'none'
  return { root, live, build: facts, isWatched, search, fault, list, campaigns, noFigures }
}

function poolSizesOf(pools: Pools, campaignId: number): number[] {
  const index = findCampaign(pools.campaignIds, campaignId)
  return DATASETS.map((dataset) => pools.sizes[slotOf(index, dataset)] ?? 0)
}

function factsOf({ build, now, maxAge }: Visit): BuildFacts {
  const { pools, manifest, createdAtMs } = build
  const { state, n, createdAtMs: madeMs } = describeChanges(build)
  const sum = (field: 'accepted' | 'rejected') =>
    manifest.inputs.reduce((total, input) => total + input[field], 0)
  return {
    buildId: pools.buildId,
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
