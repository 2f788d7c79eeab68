/** Worlds of which the truth is known: counts are drawn directly, as the evaluation reads them. */
import { type Campaign, FOLDS, MILLIONTHS } from '../../pipeline/evaluate/campaign.ts'
import type { Random } from './random.ts'

/** How a world is made. Rates are means over banners. */
export interface WorldOptions {
  /** Campaigns; each has one pool. */
  readonly campaigns: number
  /** Candidates of a campaign. */
  readonly banners: number
  /** Of a campaign. */
  readonly impressions: number
  readonly clicksPerImpression: number
  readonly conversionsPerClick: number
  /** s: standard deviation of the logarithm of conversions per click, between banners. */
  readonly spread: number
  /** The same of impressions. */
  readonly unevenness: number
  readonly revenue: Revenue
  /** Clicks that one heavy visitor makes on one banner; others make one. */
  readonly clicksPerVisitor: number
  /** Share of visitors who are heavy. */
  readonly heavyShare: number
  /** All clicks of a heavy visitor convert, or none; else each of its own. */
  readonly isAllOrNone: boolean
}

/** Revenue of a conversion, 0.9 in the mean: normal with 0.35, or log-normal with this standard deviation. */
export type Revenue = 'normal' | { readonly sd: number }

const MEAN_REVENUE = 0.9
const REVENUE_SD = 0.35
/** Cut off on both sides, so that no revenue is negative and the mean stays. */
const MAX_DEVIATION = 2.5

/** A campaign and what each impression of its banners is worth in truth, in revenue per 1,000 impressions. */
export interface KnownCampaign {
  readonly campaign: Campaign
  readonly values: Float64Array
}

/** Draws the campaigns of a world. */
export function drawWorld(options: WorldOptions, random: Random): KnownCampaign[] {
  return Array.from({ length: options.campaigns }, (_, index) =>
    drawCampaign(options, { random, campaignId: index + 1 }),
  )
}

/** What happened to one banner. */
interface Drawn {
  readonly impressions: number
  /** By fold. */
  readonly clicks: Float64Array
  readonly converted: readonly Converted[]
  readonly value: number
}

interface Converted {
  readonly revenue: number
  readonly fold: number
}

function drawCampaign(
  options: WorldOptions,
  { random, campaignId }: { random: Random; campaignId: number },
): KnownCampaign {
  const drawn = Array.from({ length: options.banners }, () => drawBanner(options, random)).filter(
    ({ impressions }) => impressions > 0,
  )
  const converted = drawn.flatMap((banner, place) =>
    banner.converted.map((click) => ({ place, ...click })),
  )
  const places = drawn.map((_, place) => place + 1)
  const noBits = new Uint32Array(converted.length)
  return {
    values: Float64Array.from(drawn, ({ value }) => value),
    campaign: {
      ...{ dataset: 1, campaignId },
      bannerIds: Float64Array.from(places),
      impressions: Float64Array.from(drawn, ({ impressions }) => impressions),
      clicks: Float64Array.from(drawn, ({ clicks }) => clicks.reduce((a, b) => a + b)),
      tieRanks: Float64Array.from(places),
      foldClicks: Float64Array.from(drawn.flatMap(({ clicks }) => [...clicks])),
      converted: {
        places: Int32Array.from(converted, ({ place }) => place),
        revenues: Float64Array.from(converted, ({ revenue }) => revenue),
        folds: Uint8Array.from(converted, ({ fold }) => fold),
        ...{ lowBits: noBits, highBits: noBits },
      },
    },
  }
}

function drawBanner(options: WorldOptions, random: Random): Drawn {
  const mean = options.impressions / options.banners
  const impressions = random.poisson(mean * drawFactor(options.unevenness, random))
  const share = options.conversionsPerClick * drawFactor(options.spread, random)
  const conversions = Math.min(1, share)
  const clicks = new Float64Array(FOLDS)
  const converted: Converted[] = []
  const { clicksPerVisitor, heavyShare, isAllOrNone } = options
  const clicksOfOne = 1 + heavyShare * (clicksPerVisitor - 1)
  const visitors = (impressions * options.clicksPerImpression) / clicksOfOne
  for (let visitor = random.poisson(visitors); visitor > 0; visitor -= 1) {
    const isConverted = random.uniform() < conversions
    const own = heavyShare > 0 && random.uniform() < heavyShare ? clicksPerVisitor : 1
    for (let click = 0; click < own; click += 1) {
      const fold = Math.floor(random.uniform() * FOLDS)
      clicks[fold] = (clicks[fold] ?? 0) + 1
      const earns = click === 0 || isAllOrNone ? isConverted : random.uniform() < conversions
      if (earns) converted.push({ revenue: drawRevenue(options.revenue, random), fold })
    }
  }
  converted.sort((a, b) => a.revenue - b.revenue || a.fold - b.fold)
  const value = 1000 * options.clicksPerImpression * conversions * MEAN_REVENUE
  return { impressions, clicks, converted, value }
}

/** A log-normal factor with mean 1. */
function drawFactor(sd: number, random: Random): number {
  return sd === 0 ? 1 : Math.exp(sd * random.normal() - sd ** 2 / 2)
}

/** In millionths. */
function drawRevenue(revenue: Revenue, random: Random): number {
  if (revenue !== 'normal') {
    return Math.round(MEAN_REVENUE * drawFactor(revenue.sd, random) * MILLIONTHS)
  }
  let deviation = random.normal()
  while (Math.abs(deviation) > MAX_DEVIATION) deviation = random.normal()
  return Math.round((MEAN_REVENUE + REVENUE_SD * deviation) * MILLIONTHS)
}
