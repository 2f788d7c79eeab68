/** What is counted for each pair of campaign and banner of one dataset, and which campaigns changed since last asked. */
import { type Blob, type BlobFile, bytesOf } from './blobs.ts'
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

/** Counts as they were saved; the columns in the order of {@link PairTable}. */
export interface SavedPairs {
  readonly size: number
  readonly columns: readonly Blob[]
}

/** Counts by pair; a pair is a number from 0 on, and keeps it. */
export class PairTable {
  /** Pairs that were ever named. */
  size = 0
  campaign: Float64Array
  banner: Float64Array
  impressions: Float64Array
  clicks: Uint32Array
  conversions: Uint32Array
  /** Millionths, halves of 32 bits; the upper one is exact up to 2^53. */
  revenueHi: Float64Array
  revenueLo: Uint32Array
  /** Where the list of each campaign's pairs begins. */
  readonly #firstPairs = new Map<number, number>()
  /** Campaigns that were touched, and for each pair in which turn it was. */
  readonly #touched = new Set<number>()
  #touchedIn: Uint32Array
  #turn = 1
  #next: Uint32Array
  #slots = new Uint32Array(FIRST_SLOTS)

  constructor(saved?: SavedPairs, file: BlobFile | null = null) {
    const parts = saved && file ? saved.columns.map((blob) => file.read(blob)) : []
    this.campaign = new Float64Array(parts[0] ?? [])
    this.banner = new Float64Array(parts[1] ?? [])
    this.impressions = new Float64Array(parts[2] ?? [])
    this.clicks = new Uint32Array(parts[3] ?? [])
    this.conversions = new Uint32Array(parts[4] ?? [])
    this.revenueHi = new Float64Array(parts[5] ?? [])
    this.revenueLo = new Uint32Array(parts[6] ?? [])
    this.#next = new Uint32Array(this.campaign.length)
    this.#touchedIn = new Uint32Array(this.campaign.length)
    while (this.size < (saved?.size ?? 0)) this.#link(this.size)
    this.#fillSlots()
  }

  save(file: BlobFile): SavedPairs {
    const { size, campaign, banner, impressions, clicks, conversions, revenueHi, revenueLo } = this
    const columns = [campaign, banner, impressions, clicks, conversions, revenueHi, revenueLo]
    return {
      size,
      columns: columns.map((column) => file.append(bytesOf(column.subarray(0, size)))),
    }
  }

  /** Bytes of all columns. */
  get bytes(): number {
    const own = [this.campaign, this.banner, this.impressions, this.clicks, this.conversions]
    const rest = [this.revenueHi, this.revenueLo, this.#next, this.#slots, this.#touchedIn]
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
    if (this.#touchedIn[pair] === this.#turn) return
    this.#touchedIn[pair] = this.#turn
    this.#touched.add(this.campaign[pair] as number)
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
    const touched = [...this.#touched]
    this.#touched.clear()
    this.#turn += 1
    return touched
  }

  /** All campaigns that were ever named. */
  campaigns(): Iterable<number> {
    return this.#firstPairs.keys()
  }

  /** The candidates of some campaigns, campaign by campaign. */
  findCandidates(campaigns: Iterable<number>): Uint32Array {
    let found = new Uint32Array(0)
    let size = 0
    for (const campaign of campaigns) {
      let pair = this.#firstPairs.get(campaign) ?? NONE
      for (; pair !== NONE; pair = this.#next[pair] as number) {
        if (!this.isCandidate(pair)) continue
        if (size === found.length) found = withRoom(found, size + 1)
        found[size] = pair
        size += 1
      }
    }
    return found.subarray(0, size)
  }

  /** A pair without impressions and clicks is no candidate. */
  isCandidate(pair: number): boolean {
    return (this.impressions[pair] as number) > 0 || (this.clicks[pair] as number) > 0
  }

  #append(campaign: number, banner: number): number {
    const pair = this.size
    this.#makeRoom(pair + 1)
    this.campaign[pair] = campaign
    this.banner[pair] = banner
    this.#link(pair)
    if (this.size > this.#slots.length * FULL) this.#fillSlots()
    return pair
  }

  /** Makes a pair the first of its campaign's. */
  #link(pair: number): void {
    const campaign = this.campaign[pair] as number
    this.#next[pair] = this.#firstPairs.get(campaign) ?? NONE
    this.#firstPairs.set(campaign, pair)
    this.size = pair + 1
  }

  #makeRoom(rows: number): void {
    if (rows <= this.campaign.length) return
    this.campaign = withRoom(this.campaign, rows)
    this.banner = withRoom(this.banner, rows)
    this.impressions = withRoom(this.impressions, rows)
    this.clicks = withRoom(this.clicks, rows)
    this.conversions = withRoom(this.conversions, rows)
    this.revenueHi = withRoom(this.revenueHi, rows)
    this.revenueLo = withRoom(this.revenueLo, rows)
    this.#next = withRoom(this.#next, rows)
    this.#touchedIn = withRoom(this.#touchedIn, rows)
  }

  #fillSlots(): void {
    let length = this.#slots.length
    while (this.size > length * FULL) length *= 2
    const slots = new Uint32Array(length)
    const mask = slots.length - 1
    for (let pair = 0; pair < this.size; pair += 1) {
      let place = hashOf(this.campaign[pair] as number, this.banner[pair] as number) & mask
      while (slots[place] !== 0) place = (place + 1) & mask
      slots[place] = pair + 1
    }
    this.#slots = slots
  }
}

function hashOf(campaign: number, banner: number): number {
  let mixed = Math.imul(banner, GOLDEN) ^ Math.imul(campaign, PRIME)
  if (banner > TWO_32 || campaign > TWO_32) {
    mixed ^= Math.imul(banner * HIGH, PRIME) ^ Math.imul(campaign * HIGH, GOLDEN)
  }
  return mixed ^ (mixed >>> 15)
}
