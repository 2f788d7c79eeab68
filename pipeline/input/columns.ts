import { MAX_ID, type Table } from '../../contract/schema.ts'

/** `id`: whole number from 1 to 2^53 - 1. `revenue`: plain decimal, not negative, six decimals kept. */
export type ColumnKind = 'id' | 'revenue'

/** A column that a log must have; its place in the file is found by its name. */
export interface Column {
  readonly name: string
  readonly kind: ColumnKind
}

/** The columns of each log, in the order in which staging keeps them; the first is the key of a log with unique rows. */
export const COLUMNS: Readonly<Record<Table, readonly Column[]>> = {
  impressions: [
    { name: 'banner_id', kind: 'id' },
    { name: 'campaign_id', kind: 'id' },
  ],
  clicks: [
    { name: 'click_id', kind: 'id' },
    { name: 'banner_id', kind: 'id' },
    { name: 'campaign_id', kind: 'id' },
  ],
  conversions: [
    { name: 'conversion_id', kind: 'id' },
    { name: 'click_id', kind: 'id' },
    { name: 'revenue', kind: 'revenue' },
  ],
}

/** How DuckDB stores each kind. */
export const SQL_TYPES: Readonly<Record<ColumnKind, string>> = {
  id: 'bigint',
  revenue: 'decimal(18,6)',
}

/** Digits after the point that `decimal(18,6)` keeps. */
export const REVENUE_DECIMALS = 6
/** Digits before the point that `decimal(18,6)` keeps. */
export const REVENUE_WHOLE_DIGITS = 12

/** Every id of up to this many digits is in range; one with more is compared with {@link MAX_ID}. */
export const SAFE_ID_DIGITS = String(MAX_ID).length - 1
