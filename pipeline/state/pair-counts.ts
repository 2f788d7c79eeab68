/** Counts of pairs as columns, as they go into the models. */
import type { Dataset } from '../../contract/schema.ts'
import { joinHalves } from './int64.ts'
import type { PairTable } from './pair-table.ts'

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
  readonly pairs: readonly number[]
}

/** Copies the counts of pairs, so that they do not change with the next line. */
export function copyPairCounts(wanted: readonly WantedPairs[]): PairCounts {
  const counts = createPairCounts(wanted.reduce((sum, { pairs }) => sum + pairs.length, 0))
  let at = 0
  for (const { dataset, table, pairs } of wanted) {
    for (const pair of pairs) {
      counts.dataset[at] = dataset
      counts.campaign[at] = BigInt(table.campaign[pair] as number)
      counts.banner[at] = BigInt(table.banner[pair] as number)
      counts.impressions[at] = BigInt(table.impressions[pair] as number)
      counts.clicks[at] = BigInt(table.clicks[pair] as number)
      counts.conversions[at] = BigInt(table.conversions[pair] as number)
      counts.revenue[at] = joinHalves(
        table.revenueHi[pair] as number,
        table.revenueLo[pair] as number,
      )
      at += 1
    }
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
