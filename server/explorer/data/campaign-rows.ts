import type { RowGroup } from '../../parquet/footer.ts'
import type { ParquetTable } from '../../parquet/table.ts'

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
  const campaigns = new Float64Array(group.end - group.start)
  await table.readNumbers(group, 'campaign_id', campaigns)
  const rows: number[] = []
  for (let row = campaigns.indexOf(campaignId); row >= 0; ) {
    rows.push(row)
    row = campaigns.indexOf(campaignId, row + 1)
  }
  return rows
}
