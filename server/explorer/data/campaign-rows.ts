import type { RowGroup } from '../../parquet/footer.ts'
import type { ParquetTable } from '../../parquet/table.ts'
import { NUMBERS } from '../../parquet/values.ts'

/**
 * Finds the rows of a campaign in a row group, ascending; the first of the group is 0.
 *
 * Rows are sorted by dataset, then campaign, so a campaign lies in a few row groups; the statistics of the others tell
 * that it is not there.
 *
 * @throws {ParquetError} If the file is damaged.
 */
export async function findCampaignRows(
  table: ParquetTable,
  group: RowGroup,
  campaignId: number,
): Promise<number[]> {
  if (!table.mayHold(group, 'campaign_id', campaignId)) return []
  const rows: number[] = []
  await table.readColumn(group, { name: 'campaign_id', kind: NUMBERS }, (row, value) => {
    if (value === campaignId) rows.push(row)
  })
  return rows
}
