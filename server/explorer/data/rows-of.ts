import type { RowGroup } from '../../parquet/footer.ts'
import type { ParquetTable } from '../../parquet/table.ts'

/**
 * Finds the rows of an id in a row group, ascending; the first of the group is 0.
 *
 * Files are sorted so that the rows of a campaign, and in the history those of a banner, lie in a few row groups; the
 * statistics of the others tell that it is not there.
 *
 * @throws {ParquetError} If the file is damaged.
 */
export async function findRowsOf(
  table: ParquetTable,
  group: RowGroup,
  { column, id }: { column: 'campaign_id' | 'banner_id'; id: number },
): Promise<number[]> {
  if (!table.mayHold(group, column, id)) return []
  const ids = new Float64Array(group.end - group.start)
  await table.readNumbers(group, column, ids)
  const rows: number[] = []
  for (let row = ids.indexOf(id); row >= 0; row = ids.indexOf(id, row + 1)) rows.push(row)
  return rows
}
