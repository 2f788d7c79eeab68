/** Why a banner is in its pool, or what it would have needed: computed from the candidates of one campaign. */
import { BANNER_STATS_COLUMNS, type PublishedRow } from './columns.ts'
import type { Dataset } from './schema.ts'

/** Banners that are out and shown beside a pool. */
const MISSED = 5
const MILLION = 1_000_000n

const { campaign_id: _, ...OTHER_COLUMNS } = BANNER_STATS_COLUMNS

/** The columns of `banner_stats` that tell a candidate of one campaign. */
export const CANDIDATE_COLUMNS = OTHER_COLUMNS

/** A row of `banner_stats`, its revenue in millionths, so that differences are exact. */
export type Candidate = PublishedRow<typeof CANDIDATE_COLUMNS, bigint>

/**
 * What would bring a banner in, all other figures as they are: any one of these is enough and nothing less of it is.
 * Null: it would not help.
 */
export interface Needs {
  /** For a converted banner: so much more revenue. Plain decimal. */
  readonly more_revenue: string | null
  /** For another: one conversion of at least so much. Plain decimal. */
  readonly conversion_of: string | null
  readonly more_clicks: number | null
}

/** A candidate as it is explained. */
export interface ExplainedBanner extends Omit<Candidate, 'dataset' | 'revenue'> {
  /** Plain decimal with six places. */
  readonly revenue: string
  /** Null if it is in. */
  readonly needs: Needs | null
  /** True: it lacks no more than what one conversion brings here on average, so chance decides. Null if it is in. */
  readonly within_chance: boolean | null
}

/** A campaign in one quarter of the hour. */
export interface ExplainedDataset {
  readonly dataset: Dataset
  /** X of the business rules. */
  readonly converted_count: number
  readonly candidate_count: number
  /** By rank. */
  readonly pool: readonly ExplainedBanner[]
  /** The next that are out, at most five, in revenue order. */
  readonly missed: readonly ExplainedBanner[]
  /** The banner that was asked about; null if it is no candidate here. Absent if none was asked about. */
  readonly banner?: ExplainedBanner | null
}

/**
 * Explains the pools of one campaign, in the order of their datasets.
 *
 * @param candidates - Of one campaign, ordered by dataset.
 */
export function explainDatasets(
  candidates: readonly Candidate[],
  bannerId?: number,
): ExplainedDataset[] {
  const datasets = [...new Set(candidates.map((candidate) => candidate.dataset))]
  return datasets.map((dataset) => {
    const there = candidates.filter((candidate) => candidate.dataset === dataset)
    return explainDataset(there, bannerId)
  })
}

/**
 * Explains one pool.
 *
 * @param candidates - All of one campaign in one dataset, at least one.
 */
export function explainDataset(
  candidates: readonly Candidate[],
  bannerId?: number,
): ExplainedDataset {
  const [first] = candidates
  if (first === undefined) throw new RangeError('a pool has candidates')
  const byRank = [...candidates].sort((a, b) => a.revenue_rank - b.revenue_rank)
  const pool = byRank
    .filter(({ pool_rank }) => pool_rank !== null)
    .sort((a, b) => Number(a.pool_rank) - Number(b.pool_rank))
  const explain = (candidate: Candidate) => explainBanner(candidate, candidates, pool)
  const asked = candidates.find(({ banner_id }) => banner_id === bannerId)
  return {
    dataset: first.dataset,
    converted_count: countConverted(candidates),
    candidate_count: candidates.length,
    pool: pool.map(explain),
    missed: byRank
      .filter(({ pool_rank }) => pool_rank === null)
      .slice(0, MISSED)
      .map(explain),
    ...(bannerId !== undefined && { banner: asked === undefined ? null : explain(asked) }),
  }
}

function explainBanner(
  candidate: Candidate,
  candidates: readonly Candidate[],
  pool: readonly Candidate[],
): ExplainedBanner {
  const { dataset: _, revenue, ...rest } = candidate
  const last = pool.at(-1)
  const isIn = candidate.pool_rank !== null || last === undefined
  const needs = isIn ? null : findNeeds(candidate, candidates, { size: pool.length, last })
  const within_chance = needs === null ? null : isChance(needs, candidates)
  return { ...rest, revenue: formatMillionths(revenue), needs, within_chance }
}

/** Tells whether a banner lacks no more than what one conversion brings here on average. */
function isChance(
  { more_revenue, conversion_of }: Needs,
  candidates: readonly Candidate[],
): boolean {
  const conversions = candidates.reduce((sum, candidate) => sum + candidate.conversions, 0)
  const revenue = candidates.reduce((sum, candidate) => sum + candidate.revenue, 0n)
  // Without any conversion the first one decides, whatever it brings.
  const average = conversions === 0 ? Number.POSITIVE_INFINITY : Number(revenue) / conversions
  return Number(more_revenue ?? conversion_of) * Number(MILLION) <= average
}

/** Which rule made the pool is read off the pool, so that it is right for pools of any size. */
function findNeeds(
  candidate: Candidate,
  candidates: readonly Candidate[],
  { size, last }: { readonly size: number; readonly last: Candidate },
): Needs {
  if (last.reason === 'in_top_revenue') return findNeedsToBeat(candidate, last)
  const found = candidates.filter(({ clicks, conversions }) => clicks + conversions > 0).length
  // With fewer found than the pool takes, one click is enough to be found.
  const clicks = found < size ? 1 : clicksToPass(candidate, last)
  // No click helps where all in the pool are converted.
  const more_clicks = last.conversions > 0 ? null : clicks
  return { more_revenue: null, conversion_of: formatMillionths(0n), more_clicks }
}

/** As many converted banners are in as a pool takes: only revenue counts, and clicks where it is equal. */
function findNeedsToBeat(candidate: Candidate, last: Candidate): Needs {
  const losesTie = clicksToPass(candidate, last) > 0
  const missing = last.revenue - candidate.revenue + (losesTie ? 1n : 0n)
  const isConverted = candidate.conversions > 0
  return {
    more_revenue: isConverted ? formatMillionths(missing) : null,
    conversion_of: isConverted ? null : formatMillionths(missing),
    more_clicks:
      isConverted && candidate.revenue === last.revenue ? clicksToPass(candidate, last) : null,
  }
}

/** More clicks that a banner needs to stand before another with the same revenue; 0 or less if it does already. */
function clicksToPass(candidate: Candidate, other: Candidate): number {
  const isLowerId = candidate.banner_id < other.banner_id
  return other.clicks - candidate.clicks + (isLowerId ? 0 : 1)
}

function countConverted(candidates: readonly Candidate[]): number {
  return candidates.filter(({ conversions }) => conversions > 0).length
}

/** Writes millionths as a plain decimal with six places. */
export function formatMillionths(millionths: bigint): string {
  return `${millionths / MILLION}.${String(millionths % MILLION).padStart(6, '0')}`
}
