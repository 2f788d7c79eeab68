/** The rows of `banners.parquet`. */
import { BANNER_COLUMNS, type BannerRow } from '../../contract/columns.ts'
import { readRows } from '../parquet/rows.ts'
import { openTable } from '../parquet/table.ts'

/**
 * Reads the rows, in their order.
 *
 * @param bytes - A whole Parquet file.
 * @param rowCount - What the manifest says.
 * @throws {ParquetError} If it is not a Parquet file, lacks a column, or claims more than its size or the manifest allows.
 */
export async function readBannerRows(bytes: Uint8Array, rowCount: number): Promise<BannerRow[]> {
  const read = async (start: number, end: number) => bytes.subarray(start, end)
  const table = await openTable({ bytes: bytes.length, read }, rowCount)
  const groups: BannerRow[][] = []
  for (const group of table.groups) {
    groups.push(await readRows(table, group, { columns: BANNER_COLUMNS }))
  }
  return groups.flat()
}
