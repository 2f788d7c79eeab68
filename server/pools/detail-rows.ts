/** The rows of `banners.parquet`. */
import type { BannerRow } from '../../contract/schema.ts'
import { openTable } from '../parquet/table.ts'
import { NUMBERS, TEXTS } from '../parquet/values.ts'

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }

/**
 * Reads the rows, in their order. An id that is null becomes 0, which is none.
 *
 * @param bytes - A whole Parquet file.
 * @param rowCount - What the manifest says.
 * @throws {ParquetError} If it is not a Parquet file, lacks a column, or claims more than its size or the manifest allows.
 */
export async function readBannerRows(bytes: Uint8Array, rowCount: number): Promise<BannerRow[]> {
  const read = async (start: number, end: number) => bytes.subarray(start, end)
  const table = await openTable({ bytes: bytes.length, read }, rowCount)
  const rows = Array.from({ length: rowCount }, createRow)
  for (const group of table.groups) {
    const numbers = (name: 'banner_id' | 'width' | 'height') =>
      table.readColumn(group, { name, kind: NUMBERS }, (place, value) => {
        const row = rows[group.start + place]
        if (row !== undefined) row[name] = value
      })
    const texts = (name: 'click_url' | 'alt') =>
      table.readColumn(group, { name, kind: TEXTS }, (place, value) => {
        const row = rows[group.start + place]
        if (row !== undefined) row[name] = value
      })
    await numbers('banner_id')
    await texts('click_url')
    await texts('alt')
    await numbers('width')
    await numbers('height')
  }
  return rows
}

function createRow(): Mutable<BannerRow> {
  return { banner_id: 0, click_url: null, alt: null, width: null, height: null }
}
