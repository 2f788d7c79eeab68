import { MAX_ID, type Table } from '../../contract/schema.ts'

/**
 * `id`: whole number from 1 to 2^53 - 1. `event_id`: from 1 to 2^63 - 1. `revenue`: plain decimal, not negative, six
 * decimals kept.
 */
export type ColumnKind = 'id' | 'event_id' | 'revenue'

/** Kinds that are whole numbers. */
export type IdKind = Exclude<ColumnKind, 'revenue'>

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
    { name: 'click_id', kind: 'event_id' },
    { name: 'banner_id', kind: 'id' },
    { name: 'campaign_id', kind: 'id' },
  ],
  conversions: [
    { name: 'conversion_id', kind: 'event_id' },
    { name: 'click_id', kind: 'event_id' },
    { name: 'revenue', kind: 'revenue' },
  ],
}

/** How DuckDB stores each kind. */
export const SQL_TYPES: Readonly<Record<ColumnKind, string>> = {
  id: 'bigint',
  event_id: 'bigint',
  revenue: 'decimal(18,6)',
}

/** Digits after the point that `decimal(18,6)` keeps. */
export const REVENUE_DECIMALS = 6
/** Digits before the point that `decimal(18,6)` keeps. */
export const REVENUE_WHOLE_DIGITS = 12

/** Greatest id of each kind. No client ever gets an event's id, so it may be beyond what JavaScript counts exactly. */
export const GREATEST_IDS: Readonly<Record<IdKind, bigint>> = {
  id: BigInt(MAX_ID),
  event_id: 2n ** 63n - 1n,
}

/** Every id of up to this many digits is in range; one with more is compared with {@link GREATEST_IDS}. */
export const SAFE_DIGITS: Readonly<Record<IdKind, number>> = {
  id: String(GREATEST_IDS.id).length - 1,
  event_id: String(GREATEST_IDS.event_id).length - 1,
}
