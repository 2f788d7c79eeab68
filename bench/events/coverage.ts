/**
 * How often the interval of a value by logged probabilities holds the truth: worlds of known rates, of which 5 % explore. A
 * campaign has the impressions of a month, so a banner outside the pool that was served has 125 of them.
 *
 *     npx tsx bench/events/coverage.ts [--worlds 1000] [--impressions 100000] [--spread 0.5]
 */
import { parseArgs } from 'node:util'
import type { Campaign } from '../../pipeline/evaluate/campaign.ts'
import { countTraining, FOLDS, MILLIONTHS } from '../../pipeline/evaluate/campaign.ts'
import { chooseByRevenue } from '../../pipeline/evaluate/cross-fit.ts'
import type { DecisionGroup } from '../../pipeline/evaluate/decisions.ts'
import { valueDecisions } from '../../pipeline/evaluate/value-decisions.ts'
import { createRandom, type Random } from '../evaluate/random.ts'

const { values: flags } = parseArgs({
  options: {
    worlds: { type: 'string', default: '1000' },
    impressions: { type: 'string', default: '100000' },
    spread: { type: 'string', default: '0.5' },
  },
})
const WORLDS = Number(flags.worlds)
const SIZES = { top: 10, fill: 5 }
const CAMPAIGNS = 20
const BANNERS = 40
/** Of a campaign. */
const IMPRESSIONS = Number(flags.impressions)
const SHARE = 0.05
const CLICKS = 0.05
/** Conversions a click; between banners log-normal, with the standard deviation `SPREAD` of the logarithm. */
const CONVERSIONS = 0.1
const SPREAD = Number(flags.spread)

const covered = { pools: 0, chance: 0 }
const told = { pools: 0, chance: 0 }
for (let world = 0; world < WORLDS; world++) {
  const random = createRandom(20261130 + world)
  const made = Array.from({ length: CAMPAIGNS }, (_, i) => makeCampaign(i + 1, random))
  const { policies } = valueDecisions(
    made.flatMap(({ groups }) => groups),
    made.map(({ campaign }) => campaign),
    SIZES,
  )
  for (const name of ['pools', 'chance'] as const) {
    const { low, high } = policies.find((policy) => policy.name === name)?.value ?? {}
    if (low == null || high == null) continue
    const truth = made.reduce((sum, one) => sum + one[name], 0) / CAMPAIGNS
    told[name]++
    if (low <= truth && truth <= high) covered[name]++
  }
}
for (const name of ['pools', 'chance'] as const) {
  const percent = ((100 * covered[name]) / told[name]).toFixed(1)
  console.log(`${name}: ${percent} % of ${told[name]} intervals hold the truth`)
}

interface Made {
  readonly campaign: Campaign
  readonly groups: DecisionGroup[]
  /** True values for 1,000 impressions: of the pools of the folds, and of any banner. */
  readonly pools: number
  readonly chance: number
}

/** The pool of the policy that was logged is chosen by chance: what the log chooses is another one. */
function makeCampaign(campaignId: number, random: Random): Made {
  const rates = Array.from(
    { length: BANNERS },
    () => CLICKS * CONVERSIONS * Math.exp(SPREAD * random.normal()),
  )
  const logged = rates.map((_, place) => (place < 10 ? (1 - SHARE) / 10 : 0) + SHARE / BANNERS)
  const impressions = new Float64Array(BANNERS)
  const clicks = new Float64Array(BANNERS)
  const foldClicks = new Float64Array(BANNERS * FOLDS)
  const converted: { place: number; revenue: number; fold: number }[] = []
  const groups: DecisionGroup[] = []
  for (const [place, rate] of rates.entries()) {
    for (let fold = 0; fold < FOLDS; fold++) {
      const shown = random.poisson((IMPRESSIONS * (logged[place] ?? 0)) / FOLDS)
      const count = random.poisson(shown * rate)
      const revenues = Array.from({ length: count }, () =>
        Math.round(MILLIONTHS * Math.exp(0.5 * random.normal())),
      )
      const clicked = count + random.poisson(shown * CLICKS * (1 - CONVERSIONS))
      impressions[place] = (impressions[place] ?? 0) + shown
      clicks[place] = (clicks[place] ?? 0) + clicked
      foldClicks[place * FOLDS + fold] = clicked
      for (const revenue of revenues) converted.push({ place, revenue, fold })
      if (shown === 0) continue
      const money = revenues.map((revenue) => revenue / MILLIONTHS)
      groups.push({
        ...{ dataset: 1, campaign_id: campaignId, banner_id: place + 1, fold },
        probability: logged[place] ?? 1,
        impressions: shown,
        rewarded: count,
        revenue: money.reduce((a, b) => a + b, 0),
        squares: money.reduce((a, b) => a + b ** 2, 0),
      })
    }
  }
  const campaign: Campaign = {
    ...{ dataset: 1, campaignId, impressions, clicks, foldClicks },
    bannerIds: Float64Array.from(rates, (_, place) => place + 1),
    tieRanks: Float64Array.from(rates, (_, place) => place),
    converted: {
      places: Int32Array.from(converted, ({ place }) => place),
      revenues: Float64Array.from(converted, ({ revenue }) => revenue),
      folds: Uint8Array.from(converted, ({ fold }) => fold),
      lowBits: new Uint32Array(converted.length),
      highBits: new Uint32Array(converted.length),
    },
  }
  // A mean of log-normal revenue.
  const values = rates.map((rate) => 1_000 * rate * Math.exp(0.5 ** 2 / 2))
  const mean = (places: readonly number[]) =>
    places.reduce((sum, place) => sum + (values[place] ?? 0), 0) / places.length
  const choice = chooseByRevenue({ campaign, folds: countTraining(campaign), sizes: SIZES })
  return {
    campaign,
    groups,
    pools: choice.folds.reduce((sum, { pool }) => sum + mean(pool.places), 0) / FOLDS,
    chance: mean(values.map((_, place) => place)),
  }
}
