/** The candidates of one campaign, from `banner_stats.parquet`. */
import { CANDIDATE_COLUMNS, type Candidate } from '../../../contract/explain.ts'
import { readRows } from '../../parquet/rows.ts'
import type { ParquetTable } from '../../parquet/table.ts'
import { findRowsOf } from './rows-of.ts'

/**
 * Reads the candidates of a campaign in all datasets, in the order of the file.
 *
 * @throws {ParquetError} If the file is damaged, or breaks the contract.
 */
export async function readCandidates(
  table: ParquetTable,
  campaignId: number,
): Promise<Candidate[]> {
  const candidates: Candidate[] = []
  for (const group of table.groups) {
    const rows = await findRowsOf(table, group, { column: 'campaign_id', id: campaignId })
    if (rows.length === 0) continue
    candidates.push(...(await readRows(table, group, { columns: CANDIDATE_COLUMNS, rows })))
  }
  return candidates
}
