import type { Campaign, Counts } from '../../../pipeline/evaluate/campaign.ts'
import { FOLDS } from '../../../pipeline/evaluate/campaign.ts'

/** A candidate as a test writes it down. */
export interface TestBanner {
  readonly impressions?: number
  readonly clicks: number
  /** Revenue of each converted click, in millionths. */
  readonly revenues?: readonly number[]
  readonly tie?: number
}

/** A campaign of these banners, numbered 1, 2, …; all clicks in fold 0 and in the first half of every split. */
export function campaignWith(...banners: readonly TestBanner[]): Campaign {
  const places = banners.flatMap(({ revenues = [] }, place) => revenues.map(() => place))
  const zeros = places.map(() => 0)
  const foldClicks = new Float64Array(banners.length * FOLDS)
  for (const [place, { clicks }] of banners.entries()) foldClicks[place * FOLDS] = clicks
  return {
    dataset: 1,
    campaignId: 7,
    bannerIds: Float64Array.from(banners, (_, place) => place + 1),
    impressions: Float64Array.from(banners, ({ impressions = 0 }) => impressions),
    clicks: Float64Array.from(banners, ({ clicks }) => clicks),
    tieRanks: Float64Array.from(banners, ({ tie }, place) => tie ?? place + 1),
    foldClicks,
    converted: {
      places: Int32Array.from(places),
      revenues: Float64Array.from(banners.flatMap(({ revenues = [] }) => revenues)),
      folds: Uint8Array.from(zeros),
      lowBits: Uint32Array.from(zeros),
      highBits: Uint32Array.from(zeros),
    },
  }
}

/** The counts of these banners, on all clicks. */
export function countsOf(...banners: readonly TestBanner[]): Counts {
  return {
    clicks: Float64Array.from(banners, ({ clicks }) => clicks),
    converted: Float64Array.from(banners, ({ revenues = [] }) => revenues.length),
    revenues: Float64Array.from(banners, ({ revenues = [] }) =>
      revenues.reduce((a, b) => a + b, 0),
    ),
  }
}
