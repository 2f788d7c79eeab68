/**
 * Takes the rows of pools in parts, checks them, and keeps what serving needs: where each pool begins, and the banners. A
 * row that goes on with the pool before it is told by three comparisons.
 */
import { ArtifactError } from '../../contract/read.ts'
import { DATASETS, type Dataset, MAX_ID } from '../../contract/schema.ts'
import type { PoolColumns } from './columns.ts'

/** Banners of a pool are counted in a byte. */
const MAX_RANK = 255

/** The first id that does not fit in 32 bits. */
const WIDE = 2 ** 32

const FIRST_ROOM = 1024

/** Rows that were checked, as pools. */
export interface CheckedRows {
  /** In the order of the rows. */
  readonly bannerIds: Uint32Array | Float64Array
  /** Of each pool, in the order of the rows. */
  readonly campaignIds: Float64Array
  readonly starts: Uint32Array
  /** Pools of each dataset and those before: of dataset 2, `ends[1]` to `ends[2] - 1`. */
  readonly ends: Uint32Array
}

/** See {@link file://./pool-rows.ts}. */
export class PoolRows {
  #bannerIds: Uint32Array | Float64Array
  #campaignIds = new Float64Array(FIRST_ROOM)
  #starts = new Uint32Array(FIRST_ROOM)
  readonly #ends = new Uint32Array(DATASETS.length + 1)
  #pools = 0
  #rows = 0
  // Of the row before.
  #dataset = Number.NEGATIVE_INFINITY
  #campaignId = 0
  #rank = 0

  /** @param rows - As many come, in all parts together. */
  constructor(rows: number) {
    this.#bannerIds = new Uint32Array(rows)
  }

  /**
   * Adds rows that follow those before.
   *
   * @param columns - Sorted by dataset, campaign, rank; ranks from 1 without gaps; no banner twice in a pool.
   * @throws {ArtifactError} If a row breaks that, naming the row (the first of all parts is 1).
   */
  add(columns: PoolColumns): void {
    if (hasWide(columns.bannerId)) this.#widen()
    for (let i = 0; i < columns.rank.length; ) {
      if (!this.#goesOn(columns, i)) this.#open(columns, i)
      i = this.#addPool(columns, i)
    }
  }

  /** Adds the rows that belong to the pool that is open; returns the place of the first that does not. */
  #addPool(columns: PoolColumns, from: number): number {
    const { dataset, campaignId, rank, bannerId } = columns
    const [openDataset, openCampaign, banners] = [this.#dataset, this.#campaignId, this.#bannerIds]
    const start = this.#starts[this.#pools - 1] ?? 0
    let before = this.#rank
    let row = this.#rows
    let i = from
    for (; i < rank.length; i++, before++, row++) {
      const id = bannerId[i] ?? 0
      if (rank[i] !== before + 1 || before === MAX_RANK || !isId(id)) break
      if (campaignId[i] !== openCampaign || dataset[i] !== openDataset) break
      if (isIn(banners, start, row, id)) break
      banners[row] = id
    }
    this.#rank = before
    this.#rows = row
    if (i === from) this.#refuse(columns, i)
    return i
  }

  /** @returns Arrays that are as long as what is in them. */
  finish(): CheckedRows {
    for (let dataset = 1; dataset <= DATASETS.length; dataset++) {
      this.#ends[dataset] ||= this.#ends[dataset - 1] ?? 0
    }
    return {
      bannerIds: this.#bannerIds,
      campaignIds: this.#campaignIds.subarray(0, this.#pools),
      starts: this.#starts.subarray(0, this.#pools),
      ends: this.#ends,
    }
  }

  #goesOn({ dataset, campaignId, rank }: PoolColumns, i: number): boolean {
    return (
      dataset[i] === this.#dataset &&
      campaignId[i] === this.#campaignId &&
      rank[i] === this.#rank + 1
    )
  }

  #open(columns: PoolColumns, i: number): void {
    const [dataset = 0, campaignId = 0] = [columns.dataset[i], columns.campaignId[i]]
    const isLater =
      dataset > this.#dataset || (dataset === this.#dataset && campaignId > this.#campaignId)
    const isValid = DATASETS.includes(dataset as Dataset) && isId(campaignId)
    if (columns.rank[i] !== 1 || !isLater || !isValid) this.#refuse(columns, i)
    if (this.#pools === this.#starts.length) this.#grow()
    this.#campaignIds[this.#pools] = campaignId
    this.#starts[this.#pools] = this.#rows
    this.#pools++
    this.#ends[dataset] = this.#pools
    this.#dataset = dataset
    this.#campaignId = campaignId
    this.#rank = 0
  }

  #grow(): void {
    const campaignIds = new Float64Array(2 * this.#pools)
    campaignIds.set(this.#campaignIds)
    this.#campaignIds = campaignIds
    const starts = new Uint32Array(2 * this.#pools)
    starts.set(this.#starts)
    this.#starts = starts
  }

  #widen(): void {
    if (this.#bannerIds instanceof Uint32Array) this.#bannerIds = new Float64Array(this.#bannerIds)
  }

  #refuse(columns: PoolColumns, i: number): never {
    throw new ArtifactError(`row ${this.#rows + 1}: ${this.#findFault(columns, i)}`)
  }

  #findFault({ dataset, campaignId, rank, bannerId }: PoolColumns, i: number): string {
    if (!DATASETS.includes(dataset[i] as Dataset)) return `dataset is ${dataset[i]}`
    if (!isId(campaignId[i] ?? 0)) return `campaign_id is ${campaignId[i]}`
    if (!isId(bannerId[i] ?? 0)) return `banner_id is ${bannerId[i]}`
    const order = Number(dataset[i]) - this.#dataset || Number(campaignId[i]) - this.#campaignId
    if (order < 0) return 'rows are not sorted by dataset and campaign_id'
    const expected = order > 0 ? 1 : this.#rank + 1
    if (rank[i] !== expected) return `rank is ${rank[i]}, expected ${expected}`
    if (expected > MAX_RANK) return `rank is ${rank[i]}, expected at most ${MAX_RANK}`
    return `banner ${bannerId[i]} is in its pool twice`
  }
}

function hasWide(ids: Float64Array): boolean {
  for (let i = 0; i < ids.length; i++) if ((ids[i] ?? 0) >= WIDE) return true
  return false
}

function isId(value: number): boolean {
  return value >= 1 && value <= MAX_ID
}

function isIn(
  banners: Uint32Array | Float64Array,
  start: number,
  end: number,
  id: number,
): boolean {
  for (let row = start; row < end; row++) if (banners[row] === id) return true
  return false
}
