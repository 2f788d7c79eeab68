/** The four columns of `pools.parquet` that serving needs, read one row group at a time. */
import { openTable } from '../parquet/table.ts'

/** Columns of `pools.parquet`: rows in file order. */
export interface PoolColumns {
  readonly dataset: Float64Array
  readonly campaignId: Float64Array
  readonly rank: Float64Array
  readonly bannerId: Float64Array
}

/**
 * Reads the columns. Nulls become 0, which is no valid value of any of them.
 *
 * @param bytes - A whole Parquet file.
 * @param rows - What the manifest says.
 * @param add - Called for each row group in turn; the arrays are overwritten by the next.
 * @throws {ParquetError} If it is not a Parquet file, lacks a column, or claims more than its size or the manifest allows.
 */
export async function readColumns(
  bytes: Uint8Array,
  rows: number,
  add: (columns: PoolColumns) => void,
): Promise<void> {
  const read = async (start: number, end: number) => bytes.subarray(start, end)
  const table = await openTable({ bytes: bytes.length, read }, rows)
  const most = table.groups.reduce((most, { start, end }) => Math.max(most, end - start), 0)
  const room = allocate(most)
  for (const group of table.groups) {
    const columns = cut(room, group.end - group.start)
    await table.readNumbers(group, 'dataset', columns.dataset)
    await table.readNumbers(group, 'campaign_id', columns.campaignId)
    await table.readNumbers(group, 'rank', columns.rank)
    await table.readNumbers(group, 'banner_id', columns.bannerId)
    add(columns)
  }
}

/** Reads the columns of a small file, all row groups together. */
export async function readAllColumns(bytes: Uint8Array, rows: number): Promise<PoolColumns> {
  const all = allocate(rows)
  let row = 0
  await readColumns(bytes, rows, (columns) => {
    all.dataset.set(columns.dataset, row)
    all.campaignId.set(columns.campaignId, row)
    all.rank.set(columns.rank, row)
    all.bannerId.set(columns.bannerId, row)
    row += columns.rank.length
  })
  return all
}

function allocate(rows: number): PoolColumns {
  return {
    dataset: new Float64Array(rows),
    campaignId: new Float64Array(rows),
    rank: new Float64Array(rows),
    bannerId: new Float64Array(rows),
  }
}

function cut({ dataset, campaignId, rank, bannerId }: PoolColumns, rows: number): PoolColumns {
  return {
    dataset: dataset.subarray(0, rows),
    campaignId: campaignId.subarray(0, rows),
    rank: rank.subarray(0, rows),
    bannerId: bannerId.subarray(0, rows),
  }
}
