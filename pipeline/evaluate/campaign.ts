import type { Dataset } from '../../contract/schema.ts'

/** Parts of the clicks; a pool is chosen on all but one of them and valued on that one. */
export const FOLDS = 10

/** Ways to cut the clicks into two halves. */
export const SPLITS = 64

/** Revenue is counted in whole millionths, as it is stored. */
export const MILLIONTHS = 1e6

/** One campaign in one dataset, candidates in the order of their ids. */
export interface Campaign {
  readonly dataset: Dataset
  readonly campaignId: number
  /** Of each candidate; so are the next three. */
  readonly bannerIds: Float64Array
  readonly impressions: Float64Array
  readonly clicks: Float64Array
  /** Place in the random order. */
  readonly tieRanks: Float64Array
  /** Clicks of candidate b in fold k, at b × {@link FOLDS} + k. */
  readonly foldClicks: Float64Array
  readonly converted: ConvertedClicks
}

/** Clicks with a conversion, in the order of candidate, revenue, fold and halves. */
interface ConvertedClicks extends SplitClicks {
  /** In millionths: whole numbers. */
  readonly revenues: Float64Array
  readonly folds: Uint8Array
}

/** Clicks with the half sample that each is in. */
export interface SplitClicks {
  /** Place of the banner among the candidates. */
  readonly places: Int32Array
  /** Sides of splits 0 to 31; the lowest bit is split 0. */
  readonly lowBits: Uint32Array
  /** Sides of splits 32 to 63. */
  readonly highBits: Uint32Array
}

/** What each candidate has on some of the clicks. */
export interface Counts {
  readonly clicks: Float64Array
  readonly converted: Float64Array
  /** In millionths. */
  readonly revenues: Float64Array
}

/** Adds up numbers in their order. */
export function sum(values: ArrayLike<number>): number {
  let total = 0
  for (let index = 0; index < values.length; index += 1) total += values[index] ?? 0
  return total
}

/** Counts what each candidate has on all clicks. */
export function countAll(campaign: Campaign): Counts {
  const size = campaign.bannerIds.length
  const { places, revenues } = campaign.converted
  const converted = new Float64Array(size)
  const sums = new Float64Array(size)
  for (const [index, place] of places.entries()) {
    converted[place] = (converted[place] ?? 0) + 1
    sums[place] = (sums[place] ?? 0) + (revenues[index] ?? 0)
  }
  return { clicks: campaign.clicks, converted, revenues: sums }
}

/** Counts what each candidate has on the clicks outside each fold. */
export function countTraining(campaign: Campaign): readonly Counts[] {
  const all = countAll(campaign)
  const folds = Array.from({ length: FOLDS }, (_, fold) => ({
    clicks: all.clicks.map((clicks, b) => clicks - (campaign.foldClicks[b * FOLDS + fold] ?? 0)),
    converted: all.converted.slice(),
    revenues: all.revenues.slice(),
  }))
  const { places, revenues, folds: own } = campaign.converted
  for (const [index, place] of places.entries()) {
    const counts = folds[own[index] ?? 0]
    if (counts === undefined) throw new Error(`no such fold: ${own[index]}`)
    counts.converted[place] = (counts.converted[place] ?? 0) - 1
    counts.revenues[place] = (counts.revenues[place] ?? 0) - (revenues[index] ?? 0)
  }
  return folds
}
