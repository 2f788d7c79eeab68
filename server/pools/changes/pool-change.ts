/** From the rows of a change to pools that take the place of others. */
import { ArtifactError } from '../../../contract/read.ts'
import type { Dataset } from '../../../contract/schema.ts'
import type { PoolColumns } from '../columns.ts'
import { PoolRows } from '../pool-rows.ts'

/** Whole pools, as typed arrays that one thread hands to another at no cost. */
export interface PoolChange {
  /** Of each pool. */
  readonly datasets: Uint8Array
  readonly campaignIds: Float64Array
  /** Banners of each pool; 0: the pool is gone. */
  readonly sizes: Uint8Array
  /** Of all pools in turn, the best first. */
  readonly bannerIds: Float64Array
  /** A banner id does not fit in 32 bits. */
  readonly isWide: boolean
}

/** The first id that does not fit in 32 bits. */
const WIDE = 2 ** 32

/** Changes nothing. */
export const NO_CHANGE: PoolChange = {
  datasets: new Uint8Array(),
  campaignIds: new Float64Array(),
  sizes: new Uint8Array(),
  bannerIds: new Float64Array(),
  isWide: false,
}

/** The campaigns of a dataset whose pools are replaced. */
export interface TouchedCampaigns {
  readonly dataset: Dataset
  readonly campaign_ids: readonly number[]
}

/**
 * Arranges the rows of a change as pools.
 *
 * @param columns - As those of a build: by dataset, campaign, rank.
 * @param touched - Every campaign of the rows, and those that have none any more.
 * @throws {ArtifactError} If a row breaks the contract or is of a campaign that is not touched, or one is touched twice.
 */
export function createPoolChange(
  columns: PoolColumns,
  touched: readonly TouchedCampaigns[],
): PoolChange {
  new PoolRows(columns.rank.length).add(columns)
  const { datasets, campaignIds } = arrange(touched)
  const sizes = new Uint8Array(datasets.length)
  let row = 0
  for (let pool = 0; pool < sizes.length; pool++) {
    const start = row
    while (isOf(columns, row, datasets[pool], campaignIds[pool])) row++
    sizes[pool] = row - start
  }
  if (row < columns.rank.length) {
    const [dataset, campaignId] = [columns.dataset[row], columns.campaignId[row]]
    throw new ArtifactError(
      `row ${row + 1}: campaign ${campaignId} of dataset ${dataset} is not touched`,
    )
  }
  const { bannerId: bannerIds } = columns
  const isWide = bannerIds.some((id) => id >= WIDE)
  return { datasets, campaignIds, sizes, bannerIds, isWide }
}

/** The arrays, by dataset and campaign. */
function arrange(touched: readonly TouchedCampaigns[]) {
  const ordered = [...touched].sort((one, other) => one.dataset - other.dataset)
  const count = ordered.reduce((sum, { campaign_ids }) => sum + campaign_ids.length, 0)
  const datasets = new Uint8Array(count)
  const campaignIds = new Float64Array(count)
  let start = 0
  for (const { dataset, campaign_ids } of ordered) {
    const end = start + campaign_ids.length
    datasets.fill(dataset, start, end)
    campaignIds.subarray(start, end).set(Float64Array.from(campaign_ids).sort())
    start = end
  }
  for (let pool = 1; pool < count; pool++) {
    const isSame =
      datasets[pool] === datasets[pool - 1] && campaignIds[pool] === campaignIds[pool - 1]
    if (isSame) throw new ArtifactError(`campaign ${campaignIds[pool]} is touched twice`)
  }
  return { datasets, campaignIds }
}

function isOf(
  { dataset, campaignId, rank }: PoolColumns,
  row: number,
  wantedDataset: number | undefined,
  wantedId: number | undefined,
): boolean {
  return row < rank.length && dataset[row] === wantedDataset && campaignId[row] === wantedId
}
