/** What a pool is worth: promised, brought, and by chance. */
import type { PoolSizes } from '../rank/ranker.ts'
import { fitSpread, measureSpread, scorePerImpression, scoreShrunk } from './alternatives.ts'
import { type Campaign, type Counts, countTraining, MILLIONTHS, sum } from './campaign.ts'
import type { Pool } from './choose.ts'
import {
  type Choice,
  chooseByRevenue,
  chooseInFolds,
  type Valued,
  valueChance,
  valueChoice,
} from './cross-fit.ts'
import type { WeightedSum } from './interval.ts'

/** The worth of one pool, in revenue per 1,000 impressions. */
export interface PoolValue {
  readonly naive: number
  readonly honest: WeightedSum
  readonly chance: WeightedSum
  /** Gains of other choices over the rules, paired, in the order of {@link ALTERNATIVES}; null where not asked for. */
  readonly gains: readonly Valued[]
}

/** Orders that the rules are compared with. */
export const ALTERNATIVES = ['revenue_per_impression', 'revenue_per_impression_shrunk'] as const

/** Candidates, their pool and the alternatives that are asked for. */
export interface ValueOptions {
  readonly campaign: Campaign
  readonly whole: Counts
  /** Chosen on all clicks. */
  readonly pool: Pool
  readonly sizes: PoolSizes
  /** Fitted spread of each fold in this dataset; null = no alternatives. */
  readonly spread: readonly number[] | null
}

/** The worth of any banner at random; null where no candidate has impressions. */
export function valueAnyBanner(campaign: Campaign, whole: Counts): WeightedSum | null {
  const shown = campaign.impressions.filter((impressions) => impressions > 0)
  if (shown.length === 0) return null
  const mean = meanRevenue(campaign, whole)
  if (mean === 0) return NOTHING
  const unseen = (mean * 1000) / (shown.length * shown.reduce((a, b) => Math.min(a, b)))
  return { ...valueChance(campaign, shown.length), unseen }
}

/** Values a pool; null where none of its banners has impressions. */
export function valuePool(options: ValueOptions): Omit<PoolValue, 'chance'> | null {
  const { campaign, whole, pool, sizes } = options
  const shown = pool.places.filter((place) => (campaign.impressions[place] ?? 0) > 0)
  if (shown.length === 0) return null
  const folds = countTraining(campaign)
  const rule = chooseByRevenue({ campaign, folds, sizes })
  const others = chooseOthers(options, folds)
  return {
    naive: promise(campaign, whole, shown),
    honest: valueRule({ campaign, whole, rule, shown: shown.length }),
    gains: others.map((other) => valueChoice(campaign, other, rule)),
  }
}

/** What the pool seems to bring, counted on the clicks that it was chosen by. */
function promise(
  { impressions }: Campaign,
  { revenues }: Counts,
  shown: readonly number[],
): number {
  const values = shown.map((place) => {
    return ((revenues[place] ?? 0) / MILLIONTHS / (impressions[place] ?? 0)) * 1000
  })
  return sum(values) / shown.length
}

interface RuleOptions {
  readonly campaign: Campaign
  readonly whole: Counts
  readonly rule: Choice
  /** Banners with impressions in the pool that is chosen on all clicks. */
  readonly shown: number
}

function valueRule({ campaign, whole, rule, shown }: RuleOptions): WeightedSum {
  const mean = meanRevenue(campaign, whole)
  if (mean === 0) return NOTHING
  const unseen = rule.fewest === null ? null : (mean * 1000) / (shown * rule.fewest)
  return { ...valueChoice(campaign, rule), unseen }
}

/** No revenue: 0, and nothing to make an interval of. */
const NOTHING: WeightedSum = { value: 0, variance: 0, unseen: null }

/** Revenue of a converted click; 0 if there is none. */
function meanRevenue({ converted }: Campaign, { revenues }: Counts): number {
  const count = converted.places.length
  return count === 0 ? 0 : sum(revenues) / MILLIONTHS / count
}

function chooseOthers(options: ValueOptions, folds: readonly Counts[]): Choice[] {
  const { campaign, sizes, spread } = options
  const training = { campaign, folds, sizes }
  if (spread === null) return []
  const own = measureSpread(campaign, folds)
  return [
    chooseInFolds(training, (fold) => scorePerImpression(campaign, at(folds, fold))),
    chooseInFolds(training, (fold) =>
      scoreShrunk({
        campaign,
        counts: at(folds, fold),
        spread: own?.[fold],
        fitted: spread[fold] ?? 0,
      }),
    ),
  ]
}

/** Fits the spread between banners over the campaigns of one dataset. */
export function fitDataset(campaigns: readonly Campaign[]): number[] {
  return fitSpread(
    campaigns.flatMap((campaign) => {
      const spread = measureSpread(campaign, countTraining(campaign))
      return spread === null ? [] : [spread]
    }),
  )
}

function at(folds: readonly Counts[], fold: number): Counts {
  const counts = folds[fold]
  if (counts === undefined) throw new Error(`no such fold: ${fold}`)
  return counts
}
