/** The lines that a build left out, from `rejects.parquet`. Runs in the thread of details.ts. */
import { REJECT_COLUMNS, type RejectRow } from '../../../contract/columns.ts'
import { readRows } from '../../parquet/rows.ts'
import { CODES } from '../../parquet/values.ts'
import { type PublishedFile, withParquet } from './parquet-file.ts'

/** A page of them. */
export interface RejectedLines {
  readonly lines: readonly RejectRow[]
  readonly total: number
  readonly page: number
  readonly pages: number
}

/** Lines of one page. */
const LINES = 100

/**
 * Reads a page of the rejected lines in the order of the file.
 *
 * @param reason - Only lines with this one; undefined: all.
 */
export function readRejectedLines(
  file: PublishedFile,
  { reason, page }: { readonly reason: string | undefined; readonly page: number },
): Promise<RejectedLines> {
  return withParquet(file, async (table) => {
    const found: { readonly group: number; readonly row: number }[] = []
    for (const [place, group] of table.groups.entries()) {
      await table.readColumn(group, { name: 'reason', kind: CODES }, (row, value) => {
        if (reason === undefined || reason === value) found.push({ group: place, row })
      })
    }
    const pages = Math.max(1, Math.ceil(found.length / LINES))
    const shown = Math.min(page, pages)
    const wanted = found.slice((shown - 1) * LINES, shown * LINES)
    const lines: RejectRow[] = []
    for (const [place, group] of table.groups.entries()) {
      const rows = wanted.filter((one) => one.group === place).map(({ row }) => row)
      if (rows.length === 0) continue
      lines.push(...(await readRows(table, group, { columns: REJECT_COLUMNS, rows })))
    }
    return { lines, total: found.length, page: shown, pages }
  })
}
