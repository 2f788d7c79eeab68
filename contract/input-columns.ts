/**
 * The columns of the logs and lists, declared once: the scanner, the cache, the casts for clusters and the tables of
 * docs/input.md follow.
 */
import type { List, Table } from './schema.ts'

/**
 * `id`: whole number from 1 to 2^53 - 1. `event_id`: from 1 to 2^63 - 1. `revenue`: plain decimal, not negative, six
 * decimals kept.
 */
export type ColumnKind = 'id' | 'event_id' | 'revenue'

/** Kinds of a list's columns beside ids. A value may be empty. */
export type ListKind = 'url' | 'alt' | 'size'

/** A column that a file must have; its place in the file is found by its name. */
export interface InputColumn<Kind = ColumnKind> {
  readonly name: string
  readonly kind: Kind
}

/** The columns of each log, in the order in which staging keeps them; the first is the key of a log with unique rows. */
export const LOG_COLUMNS = {
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
} as const satisfies Readonly<Record<Table, readonly InputColumn[]>>

/** The columns of each list, in the order in which they are published; the first is the key of `banners`. */
export const LIST_COLUMNS = {
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
} as const satisfies Readonly<Record<List, readonly InputColumn<ColumnKind | ListKind>[]>>
