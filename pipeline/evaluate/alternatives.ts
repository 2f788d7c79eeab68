/** Other orders than revenue: revenue per impression, as it is and shrunk towards the campaign's mean. */
import { type Campaign, type Counts, FOLDS, MILLIONTHS, sum } from './campaign.ts'
import { type Scoring, scoreByRevenue } from './cross-fit.ts'

/** What shrinkage needs of one campaign and fold. */
export interface Spread {
  /** Revenue per impression on the training folds. */
  readonly mean: number
  /** Σ revenue² of the converted clicks on the training folds. */
  readonly squares: number
  /** Impressions. */
  readonly impressions: number
  /** Σ (R − μN)², less what chance alone would give. */
  readonly excess: number
  /** μ² ΣN² */
  readonly scale: number
}

/** Orders by revenue per 1,000 impressions; a banner without impressions comes last. */
export function scorePerImpression({ impressions }: Campaign, { revenues }: Counts): Scoring {
  return {
    // Of whole numbers first: equal ratios are equal doubles then.
    scores: revenues.map((revenue, place) => {
      const shown = impressions[place] ?? 0
      return shown > 0 ? (1000 * revenue) / shown / MILLIONTHS : -1
    }),
    loss(place, revenue) {
      const shown = impressions[place] ?? 0
      return shown > 0 ? (1000 * revenue) / shown : 0
    },
  }
}

/** Measures the spread of a campaign's banners on the training folds of each fold; null without impressions. */
export function measureSpread(campaign: Campaign, folds: readonly Counts[]): Spread[] | null {
  const { impressions, converted } = campaign
  const total = sum(impressions)
  if (total === 0) return null
  const shown2 = impressions.reduce((squares, shown) => squares + shown ** 2, 0)
  return folds.map(({ revenues }, fold) => {
    const mean = sum(revenues) / MILLIONTHS / total
    let squares = 0
    for (const [index, revenue] of converted.revenues.entries()) {
      if (converted.folds[index] !== fold) squares += (revenue / MILLIONTHS) ** 2
    }
    const away = revenues.reduce((all, revenue, place) => {
      return all + (revenue / MILLIONTHS - mean * (impressions[place] ?? 0)) ** 2
    }, 0)
    const excess = away - squares * (1 - shown2 / total ** 2)
    return { mean, squares, impressions: total, excess, scale: mean ** 2 * shown2 }
  })
}

/** Fits the spread between banners, in squares of the campaign's mean, for each fold over the campaigns of a dataset. */
export function fitSpread(spreads: readonly (readonly Spread[])[]): number[] {
  return Array.from({ length: FOLDS }, (_, fold) => {
    const own = spreads.flatMap((folds) => folds[fold] ?? [])
    const scale = own.reduce((total, spread) => total + spread.scale, 0)
    const excess = own.reduce((total, spread) => total + spread.excess, 0)
    return scale === 0 ? 0 : Math.max(0, excess / scale)
  })
}

/** What shrunk scores are made of. */
export interface Shrinking {
  readonly campaign: Campaign
  readonly counts: Counts
  readonly spread: Spread | undefined
  /** Of {@link fitSpread}. */
  readonly fitted: number
}

/** Orders by revenue per 1,000 impressions, shrunk by empirical Bayes; without spread by the rules' own order. */
export function scoreShrunk({ campaign, counts, spread, fitted }: Shrinking): Scoring {
  const between = spread === undefined ? 0 : fitted * spread.mean ** 2
  if (spread === undefined || between === 0 || spread.squares === 0) return scoreByRevenue(counts)
  const { mean, squares, impressions } = spread
  const noise = squares / impressions
  const weights = campaign.impressions.map((shown) => between / (shown * between + noise))
  return {
    scores: counts.revenues.map((revenue, place) => {
      const expected = mean * (campaign.impressions[place] ?? 0)
      return 1000 * (mean + (weights[place] ?? 0) * (revenue / MILLIONTHS - expected))
    }),
    loss: (place, revenue) => 1000 * (weights[place] ?? 0) * revenue,
  }
}
