/**
 * Counts impressions where they are proven, so that the largest log is parsed once and no row of it is kept.
 *
 * A hash table with open addressing in three typed arrays: no object for any of the rows. It holds a bounded number of
 * pairs; when it is full, it is written out and starts anew, so a pair may be written more than once and its counts are
 * to be added up.
 */
import type { AcceptedRows } from './accepted-rows.ts'
import type { Header } from './header.ts'

const SPACE = 32
const COMMA = 44
const ZERO = 48

/** 64 Ki slots at first: 1.5 MB, about what a core's cache holds, and enough for most files. */
const FIRST_SLOTS = 1 << 16
const GROWTH = 4
/** 1 Mi slots at most: 24 MB a worker, half a million pairs. */
const MAX_SLOTS = 1 << 20

/** Odd numbers with well-mixed bits: 2^32 / golden ratio, and a prime of the xxHash family. */
const GOLDEN = 0x9e3779b1
const PRIME = 0x85ebca77
/** Ids beyond 32 bits differ in what this leaves. */
const HIGH = 2 ** -32

/** What the counter must know of a file. */
export type PairFormat = Pick<Header, 'kinds' | 'positions' | 'lineEnd'>

/** Counts the pairs of banner and campaign in clean lines (clean-lines.ts) of impressions. */
export class PairCounter implements AcceptedRows {
  readonly takesLines = true
  readonly #fieldCount: number
  readonly #bannerField: number
  readonly #campaignField: number
  readonly #lineEndBytes: number
  readonly #write: (rows: string) => void
  #slots = FIRST_SLOTS
  #pairs = 0
  #banners = new Float64Array(FIRST_SLOTS)
  #campaigns = new Float64Array(FIRST_SLOTS)
  /** 0 = the slot is free. */
  #counts = new Float64Array(FIRST_SLOTS)

  /** @param write - Takes lines `banner_id,campaign_id,row_count`, when the table is full and at the end. */
  constructor({ kinds, positions, lineEnd }: PairFormat, write: (rows: string) => void) {
    const [banner = 0, campaign = 0] = positions
    this.#fieldCount = kinds.length
    this.#bannerField = banner
    this.#campaignField = campaign
    this.#lineEndBytes = lineEnd.length
    this.#write = write
  }

  /** Counts proven lines. The bytes behind a field are all below the digits, so no other bound is needed. */
  addLines(block: Uint8Array, start: number, end: number): void {
    const fieldCount = this.#fieldCount
    const bannerField = this.#bannerField
    const campaignField = this.#campaignField
    // One byte of the line end is passed over like a comma.
    const restOfLineEnd = this.#lineEndBytes - 1
    let at = start
    while (at < end) {
      let banner = 0
      let campaign = 0
      for (let field = 0; field < fieldCount; field += 1) {
        let id = 0
        let byte = block[at] as number
        if (field === bannerField || field === campaignField) {
          while (byte >= ZERO) {
            id = id * 10 + (byte - ZERO)
            at += 1
            byte = block[at] as number
          }
          if (field === bannerField) banner = id
          else campaign = id
        } else {
          while (byte >= SPACE && byte !== COMMA) {
            at += 1
            byte = block[at] as number
          }
        }
        at += 1
      }
      at += restOfLineEnd
      this.#count(banner, campaign)
    }
  }

  addRow([banner, campaign]: readonly string[]): void {
    this.#count(Number(banner), Number(campaign))
  }

  finish(): void {
    this.#flush()
  }

  #count(banner: number, campaign: number): void {
    const slot = this.#slotOf(banner, campaign)
    if (this.#counts[slot] === 0) {
      this.#banners[slot] = banner
      this.#campaigns[slot] = campaign
      this.#pairs += 1
    }
    this.#counts[slot] = (this.#counts[slot] as number) + 1
    if (this.#pairs * 2 > this.#slots) this.#makeRoom()
  }

  #slotOf(banner: number, campaign: number): number {
    const mask = this.#slots - 1
    let slot = hashOf(banner, campaign) & mask
    while (
      this.#counts[slot] !== 0 &&
      (this.#banners[slot] !== banner || this.#campaigns[slot] !== campaign)
    ) {
      slot = (slot + 1) & mask
    }
    return slot
  }

  #makeRoom(): void {
    if (this.#slots >= MAX_SLOTS) this.#flush()
    else this.#grow()
  }

  #grow(): void {
    const [banners, campaigns, counts] = [this.#banners, this.#campaigns, this.#counts]
    this.#slots *= GROWTH
    this.#banners = new Float64Array(this.#slots)
    this.#campaigns = new Float64Array(this.#slots)
    this.#counts = new Float64Array(this.#slots)
    for (let old = 0; old < counts.length; old += 1) {
      if (counts[old] === 0) continue
      const slot = this.#slotOf(banners[old] as number, campaigns[old] as number)
      this.#banners[slot] = banners[old] as number
      this.#campaigns[slot] = campaigns[old] as number
      this.#counts[slot] = counts[old] as number
    }
  }

  #flush(): void {
    const lines: string[] = []
    for (let slot = 0; slot < this.#slots; slot += 1) {
      if (this.#counts[slot] === 0) continue
      lines.push(`${this.#banners[slot]},${this.#campaigns[slot]},${this.#counts[slot]}\n`)
    }
    this.#counts.fill(0)
    this.#pairs = 0
    if (lines.length > 0) this.#write(lines.join(''))
  }
}

function hashOf(banner: number, campaign: number): number {
  const low = Math.imul(banner, GOLDEN) ^ Math.imul(campaign, PRIME)
  const high = Math.imul(banner * HIGH, PRIME) ^ Math.imul(campaign * HIGH, GOLDEN)
  const mixed = low ^ high
  return mixed ^ (mixed >>> 15)
}
