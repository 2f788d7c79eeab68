/** What is counted for each pair of campaign and banner of one dataset, and which campaigns changed since last asked. */
import { withRoom } from './columns.ts'

const FIRST_SLOTS = 1024
/** Of the slots, before the table doubles. */
const FULL = 0.5
const GOLDEN = 0x9e3779b1
const PRIME = 0x85ebca77
const TWO_32 = 2 ** 32
/** Ids beyond 32 bits differ in what this leaves. */
const HIGH = 2 ** -32

/** Instead of a pair: the list ends. */
const NONE = 0xffffffff

/** Counts by pair; a pair is a number from 0 on, and keeps it. */
export class PairTable {
  /** Pairs that were ever named. */
  size = 0
  campaign = new Float64Array(0)
  banner = new Float64Array(0)
  impressions = new Float64Array(0)
  clicks = new Uint32Array(0)
  conversions = new Uint32Array(0)
  /** Millionths, halves of 32 bits; the upper one is exact up to 2^53. */
  revenueHi = new Float64Array(0)
  revenueLo = new Uint32Array(0)
  readonly #campaigns = new CampaignList()
  #next = new Uint32Array(0)
  #slots = new Uint32Array(FIRST_SLOTS)

  /** Bytes of all columns. */
  get bytes(): number {
    const own = [this.campaign, this.banner, this.impressions, this.clicks, this.conversions]
    const rest = [this.revenueHi, this.revenueLo, this.#next, this.#slots]
    return [...own, ...rest].reduce((sum, { byteLength }) => sum + byteLength, 0)
  }

  /** Gives the number of a pair, a new one if it was never named. */
  pairOf(campaign: number, banner: number): number {
    const mask = this.#slots.length - 1
    let place = hashOf(campaign, banner) & mask
    for (;;) {
      const known = this.#slots[place] as number
      if (known === 0) break
      if (this.banner[known - 1] === banner && this.campaign[known - 1] === campaign)
        return known - 1
      place = (place + 1) & mask
    }
    this.#slots[place] = this.size + 1
    return this.#append(campaign, banner)
  }

  /** Notes that a campaign has to be ranked again. */
  touch(pair: number): void {
    this.#campaigns.touch(this.campaign[pair] as number)
  }

  /** Adds revenue to a pair, or takes it away. */
  addRevenue(pair: number, hi: number, lo: number, sign: 1 | -1): void {
    const sum = (this.revenueLo[pair] as number) + sign * lo
    const carry = Math.floor(sum / TWO_32)
    this.revenueLo[pair] = sum - carry * TWO_32
    this.revenueHi[pair] = (this.revenueHi[pair] as number) + sign * hi + carry
  }

  /** Campaigns that were touched since the last call, and forgets them. */
  takeTouched(): number[] {
    return this.#campaigns.takeTouched()
  }

  /** All campaigns that were ever named. */
  campaigns(): Iterable<number> {
    return this.#campaigns.firstPairs.keys()
  }

  /** The candidates among the pairs of a campaign. */
  *candidatesOf(campaign: number): Generator<number> {
    let pair = this.#campaigns.firstPairs.get(campaign) ?? NONE
    for (; pair !== NONE; pair = this.#next[pair] as number) {
      if (this.isCandidate(pair)) yield pair
    }
  }

  /** A pair without impressions and clicks is no candidate. */
  isCandidate(pair: number): boolean {
    return (this.impressions[pair] as number) > 0 || (this.clicks[pair] as number) > 0
  }

  #append(campaign: number, banner: number): number {
    const pair = this.size
    this.size += 1
    this.#makeRoom()
    this.campaign[pair] = campaign
    this.banner[pair] = banner
    this.#next[pair] = this.#campaigns.firstPairs.get(campaign) ?? NONE
    this.#campaigns.firstPairs.set(campaign, pair)
    if (this.size > this.#slots.length * FULL) this.#growSlots()
    return pair
  }

  #makeRoom(): void {
    const rows = this.size
    if (rows <= this.campaign.length) return
    this.campaign = withRoom(this.campaign, rows)
    this.banner = withRoom(this.banner, rows)
    this.impressions = withRoom(this.impressions, rows)
    this.clicks = withRoom(this.clicks, rows)
    this.conversions = withRoom(this.conversions, rows)
    this.revenueHi = withRoom(this.revenueHi, rows)
    this.revenueLo = withRoom(this.revenueLo, rows)
    this.#next = withRoom(this.#next, rows)
  }

  #growSlots(): void {
    const slots = new Uint32Array(this.#slots.length * 2)
    const mask = slots.length - 1
    for (let pair = 0; pair < this.size; pair += 1) {
      let place = hashOf(this.campaign[pair] as number, this.banner[pair] as number) & mask
      while (slots[place] !== 0) place = (place + 1) & mask
      slots[place] = pair + 1
    }
    this.#slots = slots
  }
}

/** Campaigns, where the list of each one's pairs begins, and which of them were touched. */
class CampaignList {
  readonly firstPairs = new Map<number, number>()
  #touched = new Set<number>()

  touch(campaign: number): void {
    this.#touched.add(campaign)
  }

  takeTouched(): number[] {
    const touched = [...this.#touched]
    this.#touched = new Set()
    return touched
  }
}

function hashOf(campaign: number, banner: number): number {
  let mixed = Math.imul(banner, GOLDEN) ^ Math.imul(campaign, PRIME)
  if (banner > TWO_32 || campaign > TWO_32) {
    mixed ^= Math.imul(banner * HIGH, PRIME) ^ Math.imul(campaign * HIGH, GOLDEN)
  }
  return mixed ^ (mixed >>> 15)
}
