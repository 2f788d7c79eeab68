/** What pools of other sizes would bring more than those of the rules, on one log: a paired comparison. */
import type { Estimate } from '../../contract/evaluation.ts'
import type { Dataset } from '../../contract/schema.ts'
import type { PoolSizes } from '../rank/ranker.ts'
import { type Campaign, countAll, countTraining, MILLIONTHS, sum } from './campaign.ts'
import { choosePool, type Pool } from './choose.ts'
import { type Choice, chooseByRevenue, shareIn, type Valued, valueChoice } from './cross-fit.ts'
import {
  estimateExactly,
  estimateNormally,
  subtract,
  UNKNOWN,
  type WeightedSum,
} from './interval.ts'

/** What a change of sizes would bring, in revenue per 1,000 impressions; below 0: what it would cost. */
export interface SizesGain {
  /** Of all pools, weighted by impressions. */
  readonly gain: Estimate
  /** Only those that have other banners with the other sizes. */
  readonly pools: readonly PoolGain[]
}

/** What the change would bring in one pool. */
export interface PoolGain {
  readonly dataset: Dataset
  readonly campaign_id: number
  readonly gain: Estimate
  /** Its interval holds 0 once it is widened for the number of pools that are asked: nothing is shown. */
  readonly within_chance: boolean
}

/** Two sizes of pools on the same clicks. */
export interface GainOptions {
  /** In the order of dataset and campaign. */
  readonly campaigns: readonly Campaign[]
  readonly sizes: PoolSizes
  readonly otherSizes: PoolSizes
}

/** What is beyond each end of an interval of 95 %. */
const TAIL = 0.025

/** Values the change from one size to the other. */
export function gainOfSizes(options: GainOptions): SizesGain {
  const gains = options.campaigns.map((campaign) => measureGain(campaign, options))
  const changed = gains.filter(({ isChanged }) => isChanged)
  return {
    gain: addUp(gains),
    pools: changed.map(({ campaign, parts }) => {
      const gain = parts === null ? UNKNOWN : estimate(parts)
      const widened = parts === null ? UNKNOWN : estimate(parts, TAIL / changed.length)
      return {
        ...{ dataset: campaign.dataset, campaign_id: campaign.campaignId, gain },
        within_chance: !((widened.low ?? 0) > 0 || (widened.high ?? 0) < 0),
      }
    }),
  }
}

/** The change in one pool. */
interface Gain {
  readonly campaign: Campaign
  readonly isChanged: boolean
  readonly total: Valued
  /** Null where no banner of either pool has impressions. */
  readonly parts: Parts | null
}

/** Clicks that count for more with the other sizes, and those that count for less. No click is in both. */
interface Parts {
  readonly gained: WeightedSum
  readonly lost: WeightedSum
}

function measureGain(campaign: Campaign, { sizes, otherSizes }: GainOptions): Gain {
  const folds = countTraining(campaign)
  const rule = chooseByRevenue({ campaign, folds, sizes })
  const other = chooseByRevenue({ campaign, folds, sizes: otherSizes })
  const [before, after] = [choose(campaign, sizes), choose(campaign, otherSizes)]
  const isKnown = hasImpressions(campaign, before) && hasImpressions(campaign, after)
  const total = valueChoice(campaign, other, rule)
  return {
    campaign,
    isChanged: before.places.join() !== after.places.join(),
    total,
    parts: isKnown ? splitGain(campaign, { other, rule, variance: total.variance }) : null,
  }
}

function choose(campaign: Campaign, sizes: PoolSizes): Pool {
  const counts = countAll(campaign)
  const scores = counts.revenues.map((revenue) => revenue / MILLIONTHS)
  return choosePool({ campaign, counts, scores, sizes })
}

function hasImpressions({ impressions }: Campaign, { places }: Pool): boolean {
  return places.some((place) => (impressions[place] ?? 0) > 0)
}

/** Both sums have an interval for few clicks, which the normal one of their difference has not. */
function splitGain(
  campaign: Campaign,
  { other, rule, variance }: { other: Choice; rule: Choice; variance: number },
): Parts {
  const { places, revenues, folds } = campaign.converted
  const gained = { value: 0, variance: 0 }
  const lost = { value: 0, variance: 0 }
  for (const [index, place] of places.entries()) {
    const impressions = campaign.impressions[place] ?? 0
    if (impressions === 0) continue
    const fold = folds[index] ?? 0
    const share = shareIn(other, fold, place) - shareIn(rule, fold, place)
    const weight = ((revenues[index] ?? 0) / MILLIONTHS / impressions) * 1000 * share
    const part = share > 0 ? gained : lost
    part.value += Math.abs(weight)
    part.variance += weight ** 2
  }
  // Clicks that also decide the choice make the whole uncertain, so both parts.
  const squares = gained.variance + lost.variance
  const factor = squares === 0 ? 1 : Math.max(1, variance / squares)
  const unseen = findUnseen(campaign, other, rule)
  return {
    gained: { value: gained.value, variance: gained.variance * factor, unseen: unseen.gained },
    lost: { value: lost.value, variance: lost.variance * factor, unseen: unseen.lost },
  }
}

/** The weight that one more unseen click could have in either part; null without a converted click. */
function findUnseen(campaign: Campaign, other: Choice, rule: Choice) {
  const { places, revenues } = campaign.converted
  const mean = places.length === 0 ? 0 : sum(revenues) / MILLIONTHS / places.length
  if (mean === 0) return { gained: null, lost: null }
  let [most, least] = [0, 0]
  for (const [place, shown] of campaign.impressions.entries()) {
    if (shown === 0) continue
    for (let fold = 0; fold < rule.folds.length; fold += 1) {
      const share = (shareIn(other, fold, place) - shareIn(rule, fold, place)) / shown
      most = Math.max(most, share)
      least = Math.min(least, share)
    }
  }
  return { gained: mean * 1000 * most, lost: mean * 1000 * -least }
}

function estimate({ gained, lost }: Parts, tail: number = TAIL): Estimate {
  return subtract(estimateExactly(gained, tail), estimateExactly(lost, tail))
}

function addUp(gains: readonly Gain[]): Estimate {
  const known = gains.filter(({ parts }) => parts !== null)
  const weights = known.map(({ campaign }) => sum(campaign.impressions))
  const all = sum(weights)
  if (all === 0) return UNKNOWN
  let [value, variance] = [0, 0]
  for (const [index, { total }] of known.entries()) {
    const share = (weights[index] ?? 0) / all
    value += share * total.value
    variance += share ** 2 * total.variance
  }
  return estimateNormally(value, variance)
}
