import type { Table } from '../../../contract/schema.ts'
import { COLUMNS } from '../../input/columns.ts'

/** Columns of the segments of each table: `event`, then those of the table. */
export const COLUMN_NAMES: Readonly<Record<Table, readonly string[]>> = {
  impressions: namesOf('impressions'),
  clicks: namesOf('clicks'),
  conversions: namesOf('conversions'),
}

function namesOf(table: Table): string[] {
  return ['event', ...COLUMNS[table].map(({ name }) => name)]
}
