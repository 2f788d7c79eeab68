/** Values the pools of a log: from counted clicks to the numbers of docs/evaluate.md, not yet rounded. */
import type { EvaluatedPool, Evaluation, Overall } from '../../contract/evaluation.ts'
import type { Dataset } from '../../contract/schema.ts'
import type { PoolSizes } from '../rank/ranker.ts'
import { type Campaign, countAll, MILLIONTHS, type SplitClicks, sum } from './campaign.ts'
import { choosePool } from './choose.ts'
import { fitSlope, measureChiSquare, sumSlope } from './descriptive.ts'
import { compareHalves } from './halves.ts'
import { estimateExactly, subtract, UNKNOWN, type WeightedSum } from './interval.ts'
import { addMoments, countPairs, findPValue, type PairMoments } from './pair-test.ts'
import { fitDataset, valueAnyBanner, valuePool } from './pool-value.ts'
import { gainAlternatives, type Part, totalOf } from './totals.ts'
import { adjustPValues, judgeLift, judgePool, LEVEL } from './verdict.ts'

/** What is evaluated, and how. */
export interface EvaluateOptions {
  /** In the order of dataset and campaign. */
  readonly campaigns: readonly Campaign[]
  /** All clicks of thin campaigns, by their place in `campaigns`. */
  readonly thinClicks: ReadonlyMap<number, SplitClicks>
  readonly sizes: PoolSizes
  /** Values alternatives per impression even where clicks do not follow impressions: for tests. */
  readonly isUngated?: boolean
  /** Leaves out half samples and alternatives, which take most of the time: for simulations. */
  readonly isBrief?: boolean
}

/** Upper end of the slope below which nothing per impression is told. */
const GATE = 0.5

/** Works out all numbers. */
export function evaluateCampaigns(options: EvaluateOptions): Evaluation {
  const { campaigns, isUngated = false, isBrief = false } = options
  const slope = fitSlope(campaigns.map(sumSlope))
  const isGated = isBrief || (slope.high !== null && slope.high < GATE && !isUngated)
  const spreads = isGated ? null : fitDatasets(campaigns)
  const measured = campaigns.map((campaign, index) => {
    const spread = spreads?.get(campaign.dataset) ?? null
    return measurePool({ campaign, spread, clicks: options.thinClicks.get(index) ?? null }, options)
  })
  const adjusted = adjustPValues(measured.map(({ pool }) => pool.p_value))
  const pools = measured.map(({ pool }, index) => {
    const p_adjusted = adjusted[index] ?? null
    const { agreement, agreement_by_chance, banners, ...numbers } = pool
    const verdict = judgePool(pool.lift, p_adjusted)
    return { ...numbers, p_adjusted, verdict, agreement, agreement_by_chance, banners }
  })
  const overall = { ...addUp(measured, pools), clicks_follow_impressions: slope }
  const parts = measured.flatMap(({ part }) => part ?? [])
  const alternatives = gainAlternatives(parts, { isGated, lift: overall.lift })
  return { overall: { ...overall, verdict: judgeLift(overall.lift) }, pools, alternatives }
}

const NO_HALVES = { stability: new Float64Array(), agreement: 0 }

type PoolNumbers = Omit<EvaluatedPool, 'p_adjusted' | 'verdict'>

/** A pool with what totals need of it. */
interface Measured {
  readonly campaign: Campaign
  readonly pool: PoolNumbers
  readonly part: Part | null
  readonly revenue: number
  readonly moments: PairMoments | null
  readonly chiSquare: ReturnType<typeof measureChiSquare>
}

interface PoolOptions {
  readonly campaign: Campaign
  readonly spread: readonly number[] | null
  readonly clicks: SplitClicks | null
}

function measurePool(
  { campaign, spread, clicks }: PoolOptions,
  { sizes, isBrief = false }: EvaluateOptions,
): Measured {
  const whole = countAll(campaign)
  const scores = whole.revenues.map((revenue) => revenue / MILLIONTHS)
  const pool = choosePool({ campaign, counts: whole, scores, sizes })
  const chance = valueAnyBanner(campaign, whole)
  const valued = valuePool({ campaign, whole, pool, sizes, spread })
  const { stability, agreement } = isBrief
    ? NO_HALVES
    : compareHalves({ campaign, whole, sizes, clicks })
  const moments = countPairs(campaign, whole)
  const impressions = sum(campaign.impressions)
  return {
    campaign,
    moments,
    chiSquare: measureChiSquare(campaign, whole),
    revenue: sum(whole.revenues) / MILLIONTHS,
    part: valued === null || chance === null ? null : { impressions, chance, ...valued },
    pool: {
      dataset: campaign.dataset,
      campaign_id: campaign.campaignId,
      impressions,
      naive: valued?.naive ?? null,
      ...estimate(valued?.honest ?? null, chance),
      p_value: moments === null ? null : findPValue(moments),
      agreement,
      agreement_by_chance: pool.places.length / campaign.bannerIds.length,
      banners: pool.places.map((place, index) => ({
        banner_id: campaign.bannerIds[place] ?? 0,
        rank: index + 1,
        stability: stability[place] ?? 0,
      })),
    },
  }
}

function estimate(honest: WeightedSum | null, chance: WeightedSum | null) {
  const brought = honest === null ? UNKNOWN : estimateExactly(honest)
  const any = chance === null ? UNKNOWN : estimateExactly(chance)
  return { honest: brought, chance: any, lift: subtract(brought, any) }
}

function addUp(
  measured: readonly Measured[],
  pools: readonly EvaluatedPool[],
): Omit<Overall, 'clicks_follow_impressions' | 'verdict'> {
  const impressions = sum(pools.map((pool) => pool.impressions))
  const revenue = sum(measured.map((pool) => pool.revenue))
  const moments = addMoments(measured.flatMap((pool) => pool.moments ?? []))
  const freedom = sum(measured.map(({ chiSquare }) => chiSquare.freedom))
  const chiSquare = sum(measured.map((pool) => pool.chiSquare.value))
  const isDifferent = (p: number | null) => p !== null && p <= LEVEL
  return {
    impressions,
    earned: impressions === 0 ? null : (revenue / impressions) * 1000,
    ...totalOf(measured.flatMap(({ part }) => part ?? [])),
    chi_square_per_df: freedom === 0 ? null : chiSquare / freedom,
    p_value: moments === null ? null : findPValue(moments),
    different: pools.filter(({ p_value }) => isDifferent(p_value)).length,
    different_adjusted: pools.filter(({ p_adjusted }) => isDifferent(p_adjusted)).length,
    mean_stability: mean(pools.flatMap(({ banners }) => banners.map((banner) => banner.stability))),
    agreement: mean(pools.map(({ agreement }) => agreement)),
    agreement_by_chance: mean(pools.map((pool) => pool.agreement_by_chance)),
  }
}

function fitDatasets(campaigns: readonly Campaign[]): Map<Dataset, number[]> {
  const datasets = new Set(campaigns.map(({ dataset }) => dataset))
  const own = (dataset: Dataset) => campaigns.filter((campaign) => campaign.dataset === dataset)
  return new Map([...datasets].map((dataset) => [dataset, fitDataset(own(dataset))]))
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : sum(values) / values.length
}
