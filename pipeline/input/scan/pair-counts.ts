/**
 * Counts of pairs of banner and campaign, so that no row of the largest log is kept.
 *
 * Where ids lie close together, as they do in most logs, a pair has a place of its own in a table of counts that fits a
 * core's cache; all other pairs are in a hash table with open addressing. Both are typed arrays of a bounded size: when
 * the hash table is full, it is written out and starts anew, so a pair may be written more than once and its counts are
 * to be added up.
 */

/** 1 Mi counts at most: 8 MB. */
const MOST_CELLS = 1 << 20
const FIRST_SIZE = 16

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
const TWO_32 = 2 ** 32

/** Numbers of a slot, and the places of two of them; the banner is the first. */
const STRIDE = 4
const CAMPAIGN = 1
const COUNT = 2

/** Takes a pair and its count. */
export type TakePair = (banner: number, campaign: number, count: number) => void

/** Ids of one kind that have places of their own. */
interface Ids {
  readonly first: number
  readonly size: number
}

/** Counts of the pairs that have places of their own: by banner, then by campaign. */
export interface PairCells {
  readonly counts: Float64Array
  readonly firstBanner: number
  readonly bannerCount: number
  readonly firstCampaign: number
  readonly campaignCount: number
}

/** Counts pairs; ids are below 2^53. */
export class PairCounts {
  readonly #take: TakePair
  #banners: Ids = { first: 0, size: 0 }
  #campaigns: Ids = { first: 0, size: 0 }
  /** By banner, then by campaign. */
  #cells = new Float64Array(0)
  #slots = 0
  #pairs = 0
  /** Banner, campaign, count (0 = the slot is free) and nothing. */
  #table = new Float64Array(0)

  /** @param take - Given pairs when the hash table is full and at the end. */
  constructor(take: TakePair) {
    this.#take = take
  }

  /**
   * Adds rows.
   *
   * @param banners - Two halves an id, the low one first.
   */
  add(banners: Int32Array, campaigns: Int32Array, rows: number): void {
    let row = 0
    while (row < rows) {
      row = this.#addToCells(banners, campaigns, { row, rows })
      if (row === rows) return
      const banner = joinHalves(banners, row)
      const campaign = joinHalves(campaigns, row)
      if (!this.#makeCell(banner, campaign)) this.#addToTable(banner, campaign, 1)
      else this.#addToCells(banners, campaigns, { row, rows: row + 1 })
      row += 1
    }
  }

  /** The cells as they are now, to be counted in directly; {@link add} may replace them. */
  get cells(): PairCells {
    const { first: firstBanner, size: bannerCount } = this.#banners
    const { first: firstCampaign, size: campaignCount } = this.#campaigns
    return { counts: this.#cells, firstBanner, bannerCount, firstCampaign, campaignCount }
  }

  /** Gives all pairs that were not given yet; nothing is left. */
  finish(): void {
    const { first, size } = this.#campaigns
    for (let cell = 0; cell < this.#cells.length; cell += 1) {
      const count = this.#cells[cell] as number
      const banner = this.#banners.first + Math.floor(cell / size)
      if (count > 0) this.#take(banner, first + (cell % size), count)
    }
    this.#cells.fill(0)
    this.#flush()
  }

  /** Gives the place of the first row whose pair has no cell. */
  #addToCells(
    banners: Int32Array,
    campaigns: Int32Array,
    { row: start, rows }: { readonly row: number; readonly rows: number },
  ): number {
    const cells = this.#cells
    const { first: firstBanner, size: bannerCount } = this.#banners
    const { first: firstCampaign, size: campaignCount } = this.#campaigns
    for (let row = start; row < rows; row += 1) {
      const banner = ((banners[2 * row] as number) - firstBanner) >>> 0
      const campaign = ((campaigns[2 * row] as number) - firstCampaign) >>> 0
      const high = (banners[2 * row + 1] as number) | (campaigns[2 * row + 1] as number)
      if (banner >= bannerCount || campaign >= campaignCount || high !== 0) return row
      const cell = Math.imul(banner, campaignCount) + campaign
      cells[cell] = (cells[cell] as number) + 1
    }
    return rows
  }

  /** False if there would be too many. */
  #makeCell(banner: number, campaign: number): boolean {
    if (banner > MAX_INT32 || campaign > MAX_INT32) return false
    const banners = withId(this.#banners, banner)
    const campaigns = withId(this.#campaigns, campaign)
    if (banners.size * campaigns.size > MOST_CELLS) return false
    const cells = new Float64Array(banners.size * campaigns.size)
    for (let row = 0; row < this.#banners.size; row += 1) {
      const from = row * this.#campaigns.size
      const to = (row + this.#banners.first - banners.first) * campaigns.size
      const start = to + this.#campaigns.first - campaigns.first
      cells.set(this.#cells.subarray(from, from + this.#campaigns.size), start)
    }
    this.#banners = banners
    this.#campaigns = campaigns
    this.#cells = cells
    return true
  }

  #addToTable(banner: number, campaign: number, count: number): void {
    if (this.#slots === 0) this.#resize(FIRST_SLOTS)
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
    else this.#resize(this.#slots * GROWTH)
  }

  #resize(slots: number): void {
    const old = this.#table
    this.#slots = slots
    this.#pairs = 0
    this.#table = new Float64Array(slots * STRIDE)
    for (let place = 0; place < old.length; place += STRIDE) {
      const count = old[place + COUNT] as number
      if (count > 0) this.#addToTable(old[place] as number, old[place + CAMPAIGN] as number, count)
    }
  }

  #flush(): void {
    const table = this.#table
    for (let place = 0; place < table.length; place += STRIDE) {
      const count = table[place + COUNT] as number
      if (count > 0) this.#take(table[place] as number, table[place + CAMPAIGN] as number, count)
    }
    table.fill(0)
    this.#pairs = 0
  }
}

function joinHalves(values: Int32Array, row: number): number {
  return (values[2 * row + 1] as number) * TWO_32 + ((values[2 * row] as number) >>> 0)
}

/** Widens a range, to twice its size at least: then it seldom has to be done. */
function withId({ first, size }: Ids, id: number): Ids {
  if (size === 0) return { first: id - (id % FIRST_SIZE), size: FIRST_SIZE }
  const least = Math.min(first, id)
  const greatest = Math.max(first + size - 1, id)
  let wider = size
  while (wider <= greatest - least) wider *= 2
  return { first: id < first ? Math.max(0, greatest - wider + 1) : least, size: wider }
}

function hashOf(banner: number, campaign: number): number {
  let mixed = Math.imul(banner, GOLDEN) ^ Math.imul(campaign, PRIME)
  if (banner > MAX_INT32 || campaign > MAX_INT32) {
    mixed ^= Math.imul(banner * HIGH, PRIME) ^ Math.imul(campaign * HIGH, GOLDEN)
  }
  return mixed ^ (mixed >>> 15)
}
