/** What the thread of details.ts does: reads figures of the served build from its files. */
import { readEvaluation } from '../../../contract/evaluation.ts'
import { type Candidate, explainDatasets, formatMillionths } from '../../../contract/explain.ts'
import { BANNER_STATS_FILE, POOLS_FILE } from '../../../contract/schema.ts'
import * as buildJobs from './build-jobs.ts'
import { readCandidates } from './candidates.ts'
import { type ChangedPool, type ChangesPlace, findChangeFile, groupByChange } from './changed.ts'
import * as charts from './charts.ts'
import { type CampaignEvaluation, readCampaignEvaluation } from './evaluation.ts'
import type { CampaignFigures, QuarterFigures } from './figures.ts'
import { attempt, type Outcome } from './outcome.ts'
import { type PublishedFile, withParquet } from './parquet-file.ts'
import { createRecent } from './recent.ts'
import { type PoolRows, readAllRevenues, readRevenues } from './revenues.ts'

/** What the thread does for pages about builds: it calls functions of this module by name. */
export const {
  diffBuilds,
  listBuilds,
  listCampaigns,
  locateBanner,
  readBannerDays,
  readBuild,
  readDays,
  readRejects,
  readReport,
} = buildJobs

/** Likewise, its charts. */
export const { drawCharts } = charts

/** A campaign that is asked about, and perhaps a banner of it. */
export interface CampaignJob {
  /** `banner_stats.parquet` */
  readonly file: PublishedFile
  readonly campaignId: number
  readonly bannerId: number | undefined
  /** The pools of it that are from changes on top of the build. */
  readonly changed?: ChangedPools | undefined
}

/** Campaigns whose pools are asked about. */
export interface RevenueJob {
  /** `pools.parquet` */
  readonly file: PublishedFile
  /** Those that are as in the build. */
  readonly pools: PoolRows
  readonly changed?: (ChangedPools & { readonly campaignIds: readonly number[] }) | undefined
}

/** Pools of changes on top of a build. */
export interface ChangedPools {
  readonly place: ChangesPlace
  readonly pools: readonly ChangedPool[]
}

/** A campaign whose evaluation is asked for. */
export interface EvaluationJob {
  /** Of the build. */
  readonly folder: string
  readonly buildId: string
  readonly campaignId: number
}

/** Explains the pools of a campaign. */
export function explainCampaign(job: CampaignJob): Promise<Outcome<CampaignFigures>> {
  return attempt(async () => {
    const candidates = await readCurrent(job)
    return explainDatasets(candidates, job.bannerId).map((explained): QuarterFigures => {
      const there = candidates.filter(({ dataset }) => dataset === explained.dataset)
      const pool = there.filter(({ pool_rank }) => pool_rank !== null)
      const earned = there
        .map(({ revenue }) => Number(revenue) / 1e6)
        .filter((revenue) => revenue > 0)
        .sort((a, b) => b - a)
      return { ...explained, earned, revenue: sumOf(there), pool_revenue: sumOf(pool) }
    })
  })
}

/** Adds up what the pools of some campaigns earned. */
export function addRevenues(job: RevenueJob): Promise<Outcome<readonly string[]>> {
  return attempt(async () => {
    const sums = await withParquet(job.file, (table) => readRevenues(table, job.pools))
    if (job.changed === undefined) return sums.map(formatMillionths)
    const { place, pools, campaignIds } = job.changed
    for (const [n, changed] of groupByChange(pools)) {
      const revenues = await readChangedRevenues(place, n)
      for (const { dataset, campaignId } of changed) {
        const index = campaignIds.indexOf(campaignId)
        sums[index] = (sums[index] ?? 0n) + (revenues.get(`${dataset} ${campaignId}`) ?? 0n)
      }
    }
    return sums.map(formatMillionths)
  })
}

/** Reads what the evaluation beside the build says of a campaign; null if there is none. */
export function readEvaluated(job: EvaluationJob): Promise<Outcome<CampaignEvaluation | null>> {
  return attempt(async () => {
    const document = await readEvaluation(job.folder, job.buildId)
    return document && readCampaignEvaluation(job.folder, document, job.campaignId)
  })
}

/** The candidates of a campaign, each dataset from the build or from the change that touched it last. */
async function readCurrent({ file, campaignId, changed }: CampaignJob): Promise<Candidate[]> {
  const built = await withParquet(file, (table) => readCandidates(table, campaignId))
  if (changed === undefined) return built
  const { place, pools } = changed
  const isChanged = new Set(pools.map(({ dataset }) => dataset))
  const candidates = built.filter(({ dataset }) => !isChanged.has(dataset))
  for (const [n, touched] of groupByChange(pools)) {
    const stats = await findChangeFile(place, n, BANNER_STATS_FILE)
    const found = await withParquet(stats, (table) => readCandidates(table, campaignId))
    const wanted = new Set(touched.map(({ dataset }) => dataset))
    candidates.push(...found.filter(({ dataset }) => wanted.has(dataset)))
  }
  return candidates.sort((one, other) => one.dataset - other.dataset)
}

/** Sums of the pools of a change, by dataset and campaign, for the changes that were wanted last. */
const recentRevenues = createRecent<ReadonlyMap<string, bigint>>(64)

function readChangedRevenues(place: ChangesPlace, n: number): Promise<ReadonlyMap<string, bigint>> {
  const key = [place.artifacts, place.buildId, place.epoch, n].join(' ')
  return recentRevenues.get(key, async () => {
    return withParquet(await findChangeFile(place, n, POOLS_FILE), readAllRevenues)
  })
}

function sumOf(candidates: readonly { readonly revenue: bigint }[]): string {
  return formatMillionths(candidates.reduce((sum, { revenue }) => sum + revenue, 0n))
}
