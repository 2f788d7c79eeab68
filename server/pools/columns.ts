/** The four columns of `pools.parquet` that serving needs, read one row group at a time. */
import { type DecodedArray, parquetScan } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

/** Columns of `pools.parquet` in file order: 18 bytes a row, held only while loading. */
export interface PoolColumns {
  /** Clamped, not wrapped: a value that is no `smallint` must not turn into a valid one. */
  readonly dataset: Uint8ClampedArray
  readonly campaignId: Float64Array
  readonly rank: Uint8ClampedArray
  readonly bannerId: Float64Array
}

type Target = Uint8ClampedArray | Float64Array

/**
 * Reads the columns. Nulls become 0, which is no valid value of any of them.
 *
 * @param bytes - A whole Parquet file, whose hash was checked: hyparquet can abort the process on a hostile one.
 * @throws {Error} If it is not a Parquet file or lacks a column.
 */
export async function readColumns(bytes: Uint8Array): Promise<PoolColumns> {
  const file = {
    byteLength: bytes.length,
    slice: (start: number, end?: number) => new Uint8Array(bytes.subarray(start, end)).buffer,
  }
  const names = ['dataset', 'campaign_id', 'rank', 'banner_id']
  const scan = await parquetScan({ file, columns: names, compressors })
  const columns = allocate(Number(scan.metadata.num_rows))
  for (const range of scan.ranges) {
    const copy = async (column: string, target: Target) =>
      copyNumbers(await scan.readColumn({ column, ...range }), target, range.rowStart)
    await copy('dataset', columns.dataset)
    await copy('campaign_id', columns.campaignId)
    await copy('rank', columns.rank)
    await copy('banner_id', columns.bannerId)
  }
  return columns
}

function allocate(rows: number): PoolColumns {
  return {
    dataset: new Uint8ClampedArray(rows),
    campaignId: new Float64Array(rows),
    rank: new Uint8ClampedArray(rows),
    bannerId: new Float64Array(rows),
  }
}

/** One by one: 64-bit integers arrive as BigInt, and `set` does not take these. */
function copyNumbers(values: DecodedArray, target: Target, start: number): void {
  for (let row = 0; row < values.length; row++) target[start + row] = Number(values[row])
}
