import {
  type ColumnKind,
  type InputColumn,
  LIST_COLUMNS,
  type ListKind,
  LOG_COLUMNS,
} from '../../contract/input-columns.ts'
import { LISTS, type List, MAX_ID, type Table } from '../../contract/schema.ts'

/** Kinds that are whole numbers. */
export type IdKind = Exclude<ColumnKind, 'revenue'>

/** The columns of each log. */
export const COLUMNS: Readonly<Record<Table, readonly InputColumn[]>> = LOG_COLUMNS

/** The columns of a log or a list. */
export function findColumns(table: Table | List): readonly InputColumn<ColumnKind | ListKind>[] {
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
