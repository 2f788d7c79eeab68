/** Counts of pairs as columns, as they go into the models. */
import type { Dataset } from '../../contract/schema.ts'
import type { PairTable } from './pair-table.ts'

const TWO_32 = 2 ** 32

/** Campaigns by dataset. */
export type Campaigns = ReadonlyMap<Dataset, readonly number[]>

/** One entry for each candidate: a pair with an impression or a click. In no order. */
export interface PairCounts {
  readonly size: number
  readonly dataset: Int16Array
  readonly campaign: BigInt64Array
  readonly banner: BigInt64Array
  readonly impressions: BigInt64Array
  readonly clicks: BigInt64Array
  readonly conversions: BigInt64Array
  /** Millionths, as `decimal(18,6)` stores them. */
  readonly revenue: BigInt64Array
}

/** Pairs of a dataset that are wanted. */
export interface WantedPairs {
  readonly dataset: Dataset
  readonly table: PairTable
  readonly pairs: Uint32Array
}

/** Copies the counts of pairs, so that they do not change with the next line. */
export function copyPairCounts(wanted: readonly WantedPairs[]): PairCounts {
  const counts = createPairCounts(wanted.reduce((sum, { pairs }) => sum + pairs.length, 0))
  let start = 0
  for (const { dataset, table, pairs } of wanted) {
    counts.dataset.fill(dataset, start, start + pairs.length)
    copyNumbers(counts.campaign, start, table.campaign, pairs)
    copyNumbers(counts.banner, start, table.banner, pairs)
    copyNumbers(counts.impressions, start, table.impressions, pairs)
    copyNumbers(counts.clicks, start, table.clicks, pairs)
    copyNumbers(counts.conversions, start, table.conversions, pairs)
    copyRevenue(counts.revenue, start, table, pairs)
    start += pairs.length
  }
  return counts
}

function createPairCounts(size: number): PairCounts {
  return {
    size,
    dataset: new Int16Array(size),
    campaign: new BigInt64Array(size),
    banner: new BigInt64Array(size),
    impressions: new BigInt64Array(size),
    clicks: new BigInt64Array(size),
    conversions: new BigInt64Array(size),
    revenue: new BigInt64Array(size),
  }
}

/** Halves of the numbers from `start` on, the lower one first. A bigint would cost an object each. */
function halvesFrom(column: BigInt64Array, start: number): Int32Array {
  return new Int32Array(column.buffer, start * column.BYTES_PER_ELEMENT)
}

function copyNumbers(
  into: BigInt64Array,
  start: number,
  from: Float64Array | Uint32Array,
  pairs: Uint32Array,
): void {
  const halves = halvesFrom(into, start)
  for (let at = 0; at < pairs.length; at += 1) {
    const value = from[pairs[at] as number] as number
    halves[2 * at] = value
    halves[2 * at + 1] = Math.floor(value / TWO_32)
  }
}

function copyRevenue(
  into: BigInt64Array,
  start: number,
  { revenueHi, revenueLo }: PairTable,
  pairs: Uint32Array,
): void {
  const halves = halvesFrom(into, start)
  for (let at = 0; at < pairs.length; at += 1) {
    const pair = pairs[at] as number
    halves[2 * at] = revenueLo[pair] as number
    halves[2 * at + 1] = revenueHi[pair] as number
  }
}
