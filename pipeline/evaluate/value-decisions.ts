/** What the pools, and other ways to choose, bring by the probability that logged impressions were chosen with. */
import type { LoggedDecisions, LoggedPolicy } from '../../contract/evaluation.ts'
import type { PoolSizes } from '../rank/ranker.ts'
import { measureSpread, scorePerImpression, scoreShrunk } from './alternatives.ts'
import { type Campaign, countTraining } from './campaign.ts'
import { type Choice, chooseByRevenue, chooseInFolds, type Training } from './cross-fit.ts'
import type { DecisionGroup } from './decisions.ts'
import { valuePolicy, type WeightedDecisions } from './off-policy.ts'
import { fitDataset } from './pool-value.ts'

/** A way to choose: the chance that it gives a banner of a campaign, where a pool is chosen without a fold. */
type Policy = (campaign: CampaignChoices, fold: number, place: number) => number

/** What is chosen for a campaign in each fold. */
interface CampaignChoices {
  readonly campaign: Campaign
  readonly places: ReadonlyMap<number, number>
  readonly rule: Choice
  readonly perImpression: Choice
  readonly shrunk: Choice
}

const POLICIES: readonly (readonly [LoggedPolicy['name'], Policy])[] = [
  ['pools', ({ rule }, fold, place) => chanceIn(rule, fold, place)],
  ['chance', ({ campaign }) => 1 / campaign.bannerIds.length],
  ['revenue_per_impression', (own, fold, place) => chanceIn(own.perImpression, fold, place)],
  ['revenue_per_impression_shrunk', (own, fold, place) => chanceIn(own.shrunk, fold, place)],
]

/** Revenue is told for so many impressions. */
const PER = 1_000

/**
 * Values policies. Pools are chosen on nine tenths of the clicks and valued on the rest, so no impression is valued by a
 * pool that it helped to choose.
 *
 * @param groups - Of campaigns that are among `campaigns`; others are left out.
 */
export function valueDecisions(
  groups: readonly DecisionGroup[],
  campaigns: readonly Campaign[],
  sizes: PoolSizes,
): LoggedDecisions {
  const choices = chooseAll(groups, campaigns, sizes)
  const known = groups.filter((group) => choices.has(keyOf(group)))
  const add = (total: number, { impressions }: DecisionGroup) => total + impressions
  return {
    impressions: known.reduce(add, 0),
    policies: POLICIES.map(([name, policy]) => valueOne(name, sumGroups(known, choices, policy))),
  }
}

function valueOne(name: LoggedPolicy['name'], sums: WeightedDecisions): LoggedPolicy {
  const { selfNormalised, effectiveDecisions, effectiveRewards, isEnough } = valuePolicy(sums)
  const scale = (value: number | null) => (value === null ? null : value * PER)
  const { value, low, high } = selfNormalised
  return {
    name,
    value: { value: scale(value), low: scale(low), high: scale(high) },
    effective_impressions: effectiveDecisions,
    effective_conversions: effectiveRewards,
    is_enough: isEnough,
  }
}

/** As `sumDecisions` adds up decisions one by one. */
function sumGroups(
  groups: readonly DecisionGroup[],
  choices: ReadonlyMap<string, CampaignChoices>,
  policy: Policy,
): WeightedDecisions {
  const sums = {
    ...{ count: 0, weights: 0, squares: 0, rewards: 0, crossed: 0, rewardSquares: 0 },
    ...{ greatest: 0, rewarded: 0, unweighted: 0 },
  }
  for (const group of groups) {
    const own = choices.get(keyOf(group))
    const place = own?.places.get(group.banner_id)
    const wanted = own === undefined || place === undefined ? 0 : policy(own, group.fold, place)
    const weight = wanted / group.probability
    sums.count += group.impressions
    sums.weights += weight * group.impressions
    sums.squares += weight ** 2 * group.impressions
    sums.rewards += weight * group.revenue
    sums.crossed += weight ** 2 * group.revenue
    sums.rewardSquares += weight ** 2 * group.squares
    sums.greatest = Math.max(sums.greatest, weight)
    sums.rewarded += group.rewarded
    sums.unweighted += group.revenue
  }
  return sums
}

function chooseAll(
  groups: readonly DecisionGroup[],
  campaigns: readonly Campaign[],
  sizes: PoolSizes,
): Map<string, CampaignChoices> {
  const wanted = new Set(groups.map(keyOf))
  const keyOfCampaign = ({ dataset, campaignId }: Campaign) => `${dataset} ${campaignId}`
  const spreads = new Map(
    [...new Set(campaigns.map(({ dataset }) => dataset))].map((dataset) => {
      return [dataset, fitDataset(campaigns.filter((one) => one.dataset === dataset))]
    }),
  )
  return new Map(
    campaigns
      .filter((campaign) => wanted.has(keyOfCampaign(campaign)))
      .map((campaign) => {
        const fitted = spreads.get(campaign.dataset) ?? []
        return [keyOfCampaign(campaign), chooseFor(campaign, sizes, fitted)]
      }),
  )
}

function chooseFor(
  campaign: Campaign,
  sizes: PoolSizes,
  fitted: readonly number[],
): CampaignChoices {
  const training: Training = { campaign, folds: countTraining(campaign), sizes }
  const spread = measureSpread(campaign, training.folds)
  const counts = (fold: number) => {
    const found = training.folds[fold]
    if (found === undefined) throw new Error(`no such fold: ${fold}`)
    return found
  }
  return {
    campaign,
    places: new Map([...campaign.bannerIds].map((id, place) => [id, place])),
    rule: chooseByRevenue(training),
    perImpression: chooseInFolds(training, (fold) => scorePerImpression(campaign, counts(fold))),
    shrunk: chooseInFolds(training, (fold) =>
      scoreShrunk({
        ...{ campaign, counts: counts(fold), spread: spread?.[fold], fitted: fitted[fold] ?? 0 },
      }),
    ),
  }
}

/** Evenly from the pool of a fold. */
function chanceIn({ folds }: Choice, fold: number, place: number): number {
  const chosen = folds[fold]
  return chosen?.isIn[place] === 1 ? 1 / chosen.pool.places.length : 0
}

function keyOf({ dataset, campaign_id }: Pick<DecisionGroup, 'dataset' | 'campaign_id'>): string {
  return `${dataset} ${campaign_id}`
}
