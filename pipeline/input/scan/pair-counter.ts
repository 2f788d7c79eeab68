/**
 * Counts impressions where they are proven, so that the largest log is parsed once and no row of it is kept.
 *
 * A hash table with open addressing in a typed array: no object for any of the rows. It holds a bounded number of
 * pairs; when it is full, it is written out and starts anew, so a pair may be written more than once and its counts are
 * to be added up.
 */
import type { AcceptedRows } from './accepted-rows.ts'
import type { Header } from './header.ts'

const SPACE = 32
const COMMA = 44
const ZERO = 48

/** 64 Ki slots at first, 2 MB: half of them cost a fifth more time on the sample, for slots that are taken. */
const FIRST_SLOTS = 1 << 16
const GROWTH = 4
/** At least, so that most pairs are found in the first slot that is looked at. */
const SLOTS_PER_PAIR = 4
/** 1 Mi slots at most: 32 MB a worker, a quarter of a million pairs. */
const MAX_SLOTS = 1 << 20

/** Odd numbers with well-mixed bits: 2^32 / golden ratio, and a prime of the xxHash family. */
const GOLDEN = 0x9e3779b1
const PRIME = 0x85ebca77
/** Ids beyond 32 bits differ in what this leaves. */
const HIGH = 2 ** -32
const MAX_INT32 = 2 ** 31 - 1

/** Numbers of a slot, and the places of two of them; the banner is the first. */
const STRIDE = 4
const CAMPAIGN = 1
const COUNT = 2

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
  /** Banner, campaign, count (0 = the slot is free) and nothing: a slot is half a line of the cache. */
  #table = new Float64Array(FIRST_SLOTS * STRIDE)

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

  #count(banner: number, campaign: number, count = 1): void {
    const table = this.#table
    const mask = this.#slots - 1
    let place = (hashOf(banner, campaign) & mask) * STRIDE
    for (;;) {
      const known = table[place + COUNT] as number
      if (known === 0) break
      if (table[place] === banner && table[place + CAMPAIGN] === campaign) {
        table[place + COUNT] = known + count
        return
      }
      place = (place + STRIDE) & (mask * STRIDE)
    }
    table[place] = banner
    table[place + CAMPAIGN] = campaign
    table[place + COUNT] = count
    this.#pairs += 1
    if (this.#pairs * SLOTS_PER_PAIR > this.#slots) this.#makeRoom()
  }

  #makeRoom(): void {
    if (this.#slots >= MAX_SLOTS) this.#flush()
    else this.#grow()
  }

  #grow(): void {
    const old = this.#table
    this.#slots *= GROWTH
    this.#pairs = 0
    this.#table = new Float64Array(this.#slots * STRIDE)
    for (let place = 0; place < old.length; place += STRIDE) {
      const count = old[place + COUNT] as number
      if (count > 0) this.#count(old[place] as number, old[place + CAMPAIGN] as number, count)
    }
  }

  #flush(): void {
    const table = this.#table
    const lines: string[] = []
    for (let place = 0; place < table.length; place += STRIDE) {
      if (table[place + COUNT] === 0) continue
      lines.push(`${table[place]},${table[place + CAMPAIGN]},${table[place + COUNT]}\n`)
    }
    table.fill(0)
    this.#pairs = 0
    if (lines.length > 0) this.#write(lines.join(''))
  }
}

function hashOf(banner: number, campaign: number): number {
  let mixed = Math.imul(banner, GOLDEN) ^ Math.imul(campaign, PRIME)
  if (banner > MAX_INT32 || campaign > MAX_INT32) {
    mixed ^= Math.imul(banner * HIGH, PRIME) ^ Math.imul(campaign * HIGH, GOLDEN)
  }
  return mixed ^ (mixed >>> 15)
}
