/** What the thread of details.ts does: reads figures of the served build from its files. */
import { explainDatasets, formatMillionths } from '../../../contract/explain.ts'
import { ArtifactError } from '../../../contract/read.ts'
import { readCandidates } from './candidates.ts'
import type { CampaignFigures, QuarterFigures } from './figures.ts'
import { type PublishedFile, withParquet } from './parquet-file.ts'
import { type PoolRows, readRevenues } from './revenues.ts'

/** A result, or why the file cannot be used. */
export type Outcome<T> = { readonly result: T } | { readonly fault: string }

/** A campaign that is asked about, and perhaps a banner of it. */
export interface CampaignJob {
  /** `banner_stats.parquet` */
  readonly file: PublishedFile
  readonly campaignId: number
  readonly bannerId: number | undefined
}

/** Campaigns whose pools are asked about. */
export interface RevenueJob {
  /** `pools.parquet` */
  readonly file: PublishedFile
  readonly pools: PoolRows
}

/** Explains the pools of a campaign. */
export function explainCampaign(job: CampaignJob): Promise<Outcome<CampaignFigures>> {
  return attempt(async () => {
    const candidates = await withParquet(job.file, (table) => readCandidates(table, job.campaignId))
    return explainDatasets(candidates, job.bannerId).map((explained): QuarterFigures => {
      const there = candidates.filter(({ dataset }) => dataset === explained.dataset)
      const pool = there.filter(({ pool_rank }) => pool_rank !== null)
      return { ...explained, revenue: sumOf(there), pool_revenue: sumOf(pool) }
    })
  })
}

/** Adds up what the pools of some campaigns earned. */
export function addRevenues(job: RevenueJob): Promise<Outcome<readonly string[]>> {
  return attempt(async () => {
    const sums = await withParquet(job.file, (table) => readRevenues(table, job.pools))
    return sums.map(formatMillionths)
  })
}

function sumOf(candidates: readonly { readonly revenue: bigint }[]): string {
  return formatMillionths(candidates.reduce((sum, { revenue }) => sum + revenue, 0n))
}

/** An error of this kind would lose its class on its way to the other thread. */
async function attempt<T>(fn: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { result: await fn() }
  } catch (error) {
    if (!(error instanceof ArtifactError)) throw error
    return { fault: error.message }
  }
}
