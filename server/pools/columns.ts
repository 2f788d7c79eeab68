/** The four columns of `pools.parquet` that serving needs, read one row group at a time. */
import { openTable } from '../parquet/table.ts'
import { NUMBERS } from '../parquet/values.ts'

/** Columns of `pools.parquet` in file order: 18 bytes a row, held only while loading. */
export interface PoolColumns {
  /** Clamped, not wrapped: a value that is no `smallint` must not turn into a valid one. */
  readonly dataset: Uint8ClampedArray
  readonly campaignId: Float64Array
  readonly rank: Uint8ClampedArray
  readonly bannerId: Float64Array
}

/**
 * Reads the columns. Nulls become 0, which is no valid value of any of them.
 *
 * @param bytes - A whole Parquet file.
 * @param rows - What the manifest says.
 * @throws {ParquetError} If it is not a Parquet file, lacks a column, or claims more than its size or the manifest allows.
 */
export async function readColumns(bytes: Uint8Array, rows: number): Promise<PoolColumns> {
  const read = async (start: number, end: number) => bytes.subarray(start, end)
  const table = await openTable({ bytes: bytes.length, read }, rows)
  const columns = allocate(rows)
  for (const group of table.groups) {
    const copy = (name: string, target: Uint8ClampedArray | Float64Array) =>
      table.readColumn(group, { name, kind: NUMBERS }, (row, value) => {
        target[group.start + row] = value
      })
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
