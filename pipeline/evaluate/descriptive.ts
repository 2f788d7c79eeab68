/** Figures that describe a log: spread of conversions per click, and whether clicks follow impressions. */
import type { Slope } from '../../contract/evaluation.ts'
import { type Campaign, type Counts, sum } from './campaign.ts'
import { NORMAL_QUANTILE } from './interval.ts'

/** Pearson's χ² of one campaign and its degrees of freedom. */
export interface ChiSquare {
  readonly value: number
  readonly freedom: number
}

/** Compares the banners' conversions per click with the campaign's; nothing where none or all clicks converted. */
export function measureChiSquare({ clicks }: Campaign, { converted }: Counts): ChiSquare {
  const share = sum(converted) / sum(clicks)
  if (!(share > 0 && share < 1)) return { value: 0, freedom: 0 }
  let value = 0
  let clicked = 0
  for (const [place, count] of clicks.entries()) {
    if (count === 0) continue
    clicked += 1
    value += ((converted[place] ?? 0) - count * share) ** 2 / (count * share * (1 - share))
  }
  return { value, freedom: clicked - 1 }
}

/** The sums of a regression of clicks on impressions between the banners of a campaign. */
export interface SlopeSums {
  readonly xy: number
  readonly xx: number
  readonly variance: number
}

/** Sums up one campaign; 0 without impressions. */
export function sumSlope({ impressions, clicks }: Campaign): SlopeSums {
  const shown = sum(impressions)
  if (shown === 0) return { xy: 0, xx: 0, variance: 0 }
  const rate = sum(clicks) / shown
  const meanShown = shown / impressions.length
  const meanClicks = sum(clicks) / impressions.length
  let xy = 0
  let squares = 0
  let variance = 0
  for (const [place, own] of impressions.entries()) {
    const away = own - meanShown
    xy += away * ((clicks[place] ?? 0) - meanClicks)
    squares += away ** 2
    variance += away ** 2 * rate * own
  }
  return { xy, xx: rate * squares, variance }
}

/** Fits one slope over all campaigns: 1 = clicks are proportional to impressions. */
export function fitSlope(all: readonly SlopeSums[]): Slope {
  let [xy, xx, variance] = [0, 0, 0]
  for (const sums of all) {
    xy += sums.xy
    xx += sums.xx
    variance += sums.variance
  }
  if (xx === 0) return { slope: null, low: null, high: null }
  const half = (NORMAL_QUANTILE * Math.sqrt(variance)) / xx
  return { slope: xy / xx, low: xy / xx - half, high: xy / xx + half }
}

/** How much clicks of banners vary beside what single clicks would, by chance. */
export interface Dispersion {
  /** About 1 where each click is another visitor's and banners are clicked alike for their impressions. */
  readonly value: number
  /** Its standard error where it is 1. */
  readonly error: number
}

/**
 * Compares the variance of clicks between the banners of a campaign, around what the slope expects, with their mean.
 *
 * @returns Null without clicks on two banners of a campaign.
 */
export function measureDispersion(campaigns: readonly Campaign[], slope: Slope): Dispersion | null {
  const proportional = Math.min(1, Math.max(0, slope.slope ?? 0))
  let [value, freedom] = [0, 0]
  for (const { impressions, clicks } of campaigns) {
    const [shown, clicked, size] = [sum(impressions), sum(clicks), clicks.length]
    if (shown === 0 || clicked === 0) continue
    for (const [place, count] of clicks.entries()) {
      const share = (proportional * (impressions[place] ?? 0)) / shown + (1 - proportional) / size
      value += ((count - clicked * share) ** 2 * size) / clicked
    }
    freedom += size - 1
  }
  return freedom === 0 ? null : { value: value / freedom, error: Math.sqrt(2 / freedom) }
}
