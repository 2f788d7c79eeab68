import { LISTS, type List, MAX_ID, type Table } from '../../contract/schema.ts'

/**
 * `id`: whole number from 1 to 2^53 - 1. `event_id`: from 1 to 2^63 - 1. `revenue`: plain decimal, not negative, six
 * decimals kept.
 */
export type ColumnKind = 'id' | 'event_id' | 'revenue'

/** Kinds that are whole numbers. */
export type IdKind = Exclude<ColumnKind, 'revenue'>

/** Kinds of a list's columns beside ids. A value may be empty. */
export type ListKind = 'url' | 'alt' | 'size'

/** A column that a file must have; its place in the file is found by its name. */
export interface Column<Kind = ColumnKind> {
  readonly name: string
  readonly kind: Kind
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

/** The columns of each list, in the order in which they are published; the first is the key of `banners`. */
const LIST_COLUMNS: Readonly<Record<List, readonly Column<ColumnKind | ListKind>[]>> = {
  banners: [
    { name: 'banner_id', kind: 'id' },
    { name: 'click_url', kind: 'url' },
    { name: 'alt', kind: 'alt' },
    { name: 'width', kind: 'size' },
    { name: 'height', kind: 'size' },
  ],
  campaign_banners: [
    { name: 'campaign_id', kind: 'id' },
    { name: 'banner_id', kind: 'id' },
  ],
}

/** The columns of a log or a list. */
export function findColumns(table: Table | List): readonly Column<ColumnKind | ListKind>[] {
  return isList(table) ? LIST_COLUMNS[table] : COLUMNS[table]
}

/** Tells a list from a log. */
export function isList(table: Table | List): table is List {
  return LISTS.some((list) => list === table)
}

/** How DuckDB stores each kind. */
export const SQL_TYPES: Readonly<Record<ColumnKind | ListKind, string>> = {
  id: 'bigint',
  event_id: 'bigint',
  revenue: 'decimal(18,6)',
  url: 'varchar',
  alt: 'varchar',
  size: 'integer',
}

/** Writes the columns as a table declares them: `banner_id bigint, …`. */
export function declareColumns(table: Table | List): string {
  return findColumns(table)
    .map(({ name, kind }) => `${name} ${SQL_TYPES[kind]}`)
    .join(', ')
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
