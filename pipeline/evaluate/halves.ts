/** How much of a pool chance decides: the pools of 64 random halves of the clicks, and of what is left. */
import type { PoolSizes } from '../rank/ranker.ts'
import { type Campaign, type Counts, SPLITS, type SplitClicks } from './campaign.ts'
import { choosePool } from './choose.ts'

/** What half samples say of one campaign. */
export interface Halves {
  /** For each candidate the share of 128 half samples in which it is in the pool. */
  readonly stability: Float64Array
  /** Mean overlap of the pools of complementary halves, 0 to 1. */
  readonly agreement: number
}

const BITS = 32

/** What half samples are made of. */
export interface HalvesOptions {
  readonly campaign: Campaign
  readonly whole: Counts
  readonly sizes: PoolSizes
  /** All clicks; only asked for where {@link isThin}. */
  readonly clicks: SplitClicks | null
}

/** Tells whether some half has fewer converted banners than a full pool: there its own clicks decide. */
export function isThin(campaign: Campaign, { top }: PoolSizes): boolean {
  const { lowBits, highBits } = campaign.converted
  return [lowBits, highBits].some((bits) => {
    const banners = findSides(campaign, bits)
    return banners.some((sides) => {
      for (let bit = 0; bit < BITS; bit += 1) {
        let count = 0
        for (const side of sides) count += (side >>> bit) & 1
        if (count < top) return true
      }
      return false
    })
  })
}

/** For each candidate the splits in which it is converted on the side of the zeros, and on that of the ones. */
function findSides({ bannerIds, converted }: Campaign, bits: Uint32Array): Uint32Array[] {
  const zeros = new Uint32Array(bannerIds.length)
  const ones = new Uint32Array(bannerIds.length)
  for (const [index, place] of converted.places.entries()) {
    zeros[place] = (zeros[place] ?? 0) | ~(bits[index] ?? 0)
    ones[place] = (ones[place] ?? 0) | (bits[index] ?? 0)
  }
  return [zeros, ones]
}

/** Chooses the pools of all half samples. */
export function compareHalves({ campaign, whole, sizes, clicks }: HalvesOptions): Halves {
  const stability = new Float64Array(campaign.bannerIds.length)
  let agreement = 0
  for (let split = 0; split < SPLITS; split += 1) {
    const ones = countOnes(campaign, split)
    const halves = [subtract(whole, ones), ones]
    const pools = halves.map((half, side) => {
      const isShort = countConverted(half.converted) < sizes.top
      const counted = isShort ? countClicks(clicks, split, side, whole.clicks.length) : whole.clicks
      const counts = { ...half, clicks: counted }
      return choosePool({ campaign, counts, scores: half.revenues, sizes }).places
    })
    const [one = [], other = []] = pools
    for (const place of [...one, ...other]) stability[place] = (stability[place] ?? 0) + 1
    const both = one.filter((place) => other.includes(place)).length
    agreement += both / ((one.length + other.length) / 2)
  }
  return {
    stability: stability.map((count) => count / (2 * SPLITS)),
    agreement: agreement / SPLITS,
  }
}

/** What each candidate has on the converted clicks of one side. */
type Half = Omit<Counts, 'clicks'>

/** Counts the side of the ones. Converted clicks are in the order of candidates, so each is written once. */
function countOnes({ bannerIds, converted }: Campaign, split: number): Half {
  const { places, revenues } = converted
  const bits = split < BITS ? converted.lowBits : converted.highBits
  const shift = split % BITS
  const counts = new Float64Array(bannerIds.length)
  const sums = new Float64Array(bannerIds.length)
  let index = 0
  while (index < places.length) {
    const place = places[index] ?? 0
    let [count, sum] = [0, 0]
    for (; places[index] === place; index += 1) {
      const side = ((bits[index] ?? 0) >>> shift) & 1
      count += side
      sum += side * (revenues[index] ?? 0)
    }
    counts[place] = count
    sums[place] = sum
  }
  return { converted: counts, revenues: sums }
}

/** The other side: sums are of whole millionths, so nothing is lost. */
function subtract(whole: Half, { converted, revenues }: Half): Half {
  return {
    converted: whole.converted.map((count, place) => count - (converted[place] ?? 0)),
    revenues: whole.revenues.map((sum, place) => sum - (revenues[place] ?? 0)),
  }
}

function countClicks(
  clicks: SplitClicks | null,
  split: number,
  side: number,
  size: number,
): Float64Array {
  if (clicks === null) throw new Error('half samples with few converted banners need all clicks')
  const bits = split < BITS ? clicks.lowBits : clicks.highBits
  const counts = new Float64Array(size)
  for (const [index, place] of clicks.places.entries()) {
    if ((((bits[index] ?? 0) >>> (split % BITS)) & 1) === side) {
      counts[place] = (counts[place] ?? 0) + 1
    }
  }
  return counts
}

function countConverted(converted: Float64Array): number {
  let count = 0
  for (const own of converted) if (own > 0) count += 1
  return count
}
