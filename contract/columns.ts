/**
 * The columns of every published file, declared once. Row types, readers, the casts of older builds and the tables of
 * docs/artifact.md follow; a test holds `sql/publish/` to it.
 */
import { VERDICTS } from './evaluation.ts'
import {
  BANNER_STATS_FILE,
  BANNERS_FILE,
  CAMPAIGN_BANNERS_FILE,
  DATASETS,
  EVALUATION_FILE,
  LISTS,
  POOLS_FILE,
  REASONS,
  REJECTS_FILE,
  SOURCES,
  TABLES,
} from './schema.ts'

/** How a column is stored, in the words of SQL. */
type ColumnType = 'smallint' | 'integer' | 'bigint' | 'double' | 'decimal(18,6)' | 'varchar'

/** A column as it is published. */
export interface PublishedColumn {
  readonly type: ColumnType
  /** True: rows may lack it. */
  readonly isNullable?: true
  /** All that it can hold. */
  readonly values?: readonly (string | number)[]
  /** What a reader should know, for the docs: Markdown, no full stop. Empty if the name says it. */
  readonly meaning: string
}

/** The columns of a file, in its order. */
export type PublishedColumns = Readonly<Record<string, PublishedColumn>>

/** A row with these columns; a decimal is a number unless another type is given. */
export type PublishedRow<Columns extends PublishedColumns, Decimal = number> = {
  readonly [Name in keyof Columns]: Value<Columns[Name], Decimal>
}

type Value<Column extends PublishedColumn, Decimal> =
  | (Column extends { readonly values: readonly (infer One)[] }
      ? One
      : Column extends { readonly type: 'varchar' }
        ? string
        : Column extends { readonly type: 'decimal(18,6)' }
          ? Decimal
          : number)
  | (Column extends { readonly isNullable: true } ? null : never)

const dataset = {
  type: 'smallint',
  values: DATASETS,
  meaning: 'quarter of the hour, 1 to 4',
} as const
const id = { type: 'bigint', meaning: '' } as const
const count = { type: 'bigint', meaning: '' } as const
const revenue = { type: 'decimal(18,6)', meaning: 'in the unit of the input' } as const
const figure = { type: 'double', isNullable: true } as const

/** `pools.parquet`: a row for each place of a pool. */
export const POOL_COLUMNS = {
  dataset,
  campaign_id: id,
  rank: { type: 'smallint', meaning: 'place in the pool: 1 is the best, no gaps' },
  banner_id: id,
  source: { type: 'varchar', values: SOURCES, meaning: 'which order gave it its place' },
  revenue,
  clicks: count,
  conversions: count,
  impressions: count,
} as const satisfies PublishedColumns

/** `banner_stats.parquet`: a row for each candidate, in its pool or out. */
export const BANNER_STATS_COLUMNS = {
  dataset,
  campaign_id: id,
  banner_id: id,
  impressions: count,
  clicks: count,
  conversions: count,
  revenue,
  revenue_rank: {
    type: 'bigint',
    meaning: '1 = most revenue; converted banners first, so they have 1 to X',
  },
  click_rank: { type: 'bigint', meaning: '1 = most clicks' },
  pool_rank: { type: 'smallint', isNullable: true, meaning: 'rank in the pool; null = out' },
  reason: { type: 'varchar', values: REASONS, meaning: 'why it is in or out, see below' },
} as const satisfies PublishedColumns

/** `banners.parquet`: how a banner is shown and where a click on it leads. */
export const BANNER_COLUMNS = {
  banner_id: id,
  click_url: {
    type: 'varchar',
    isNullable: true,
    meaning:
      'absolute, http or https, printable ASCII; `{campaign_id}`, `{banner_id}` and `{click_id}` stand in it as they are; null = not given',
  },
  alt: {
    type: 'varchar',
    isNullable: true,
    meaning: 'stands for the picture, at most 1,000 characters; null = not given',
  },
  width: { type: 'integer', isNullable: true, meaning: 'CSS pixels, 1 to 65535; null = not given' },
  height: { type: 'integer', isNullable: true, meaning: 'as `width`' },
} as const satisfies PublishedColumns

/** `campaign_banners.parquet`: a row for each banner that its campaign may show. */
const CAMPAIGN_BANNER_COLUMNS = {
  campaign_id: id,
  banner_id: id,
} as const satisfies PublishedColumns

/** `rejects.parquet`: a row for each line of the input that was left out. */
export const REJECT_COLUMNS = {
  dataset: { ...dataset, isNullable: true, meaning: 'null for a list, which has none' },
  table: { type: 'varchar', values: [...TABLES, ...LISTS], meaning: 'a log or a list' },
  file: { type: 'varchar', meaning: 'path below the input folder, with `/`' },
  line: { type: 'bigint', meaning: '1 is the header' },
  reason: { type: 'varchar', meaning: 'see [Input](input.md#rows-that-do-not-fit)' },
  text: { type: 'varchar', meaning: 'the line without its line end, cut at 500 characters' },
} as const satisfies PublishedColumns

/** `evaluation.parquet`: a row for a pool, then one for each of its banners. */
export const EVALUATION_COLUMNS = {
  dataset,
  campaign_id: id,
  banner_id: { type: 'bigint', isNullable: true, meaning: 'null in the row of a pool' },
  rank: { type: 'smallint', isNullable: true, meaning: 'null in the row of a pool' },
  stability: {
    ...figure,
    meaning:
      'share of 128 half samples in which the banner is in the pool; null in the row of a pool',
  },
  impressions: {
    type: 'bigint',
    isNullable: true,
    meaning: 'of the campaign; this and all that follow are null in the row of a banner',
  },
  naive: {
    ...figure,
    meaning: 'revenue per 1,000 impressions, counted on the clicks that chose the pool',
  },
  honest: { ...figure, meaning: 'the same, counted on other clicks' },
  honest_low: { ...figure, meaning: 'lower end of its 95 % interval' },
  honest_high: { ...figure, meaning: 'upper end' },
  chance: { ...figure, meaning: 'of any banner at random' },
  chance_low: { ...figure, meaning: 'lower end of its 95 % interval' },
  chance_high: { ...figure, meaning: 'upper end' },
  lift: { ...figure, meaning: 'honest less chance' },
  lift_low: { ...figure, meaning: 'lower end of its 95 % interval' },
  lift_high: { ...figure, meaning: 'upper end' },
  p_value: { ...figure, meaning: 'of no difference between banners' },
  p_adjusted: { ...figure, meaning: 'adjusted for the number of pools' },
  verdict: { type: 'varchar', isNullable: true, values: VERDICTS, meaning: '' },
  agreement: { ...figure, meaning: 'overlap of the pools of complementary halves' },
  agreement_by_chance: { ...figure, meaning: 'the same for pools drawn at random' },
} as const satisfies PublishedColumns

/** A published file. */
export interface PublishedFile {
  /** What a row is, for the docs. */
  readonly grain: string
  readonly columns: PublishedColumns
  /** The columns that it is sorted by. */
  readonly order: readonly string[]
}

/** Every published Parquet file, by name. */
export const PUBLISHED_FILES: Readonly<Record<string, PublishedFile>> = {
  [POOLS_FILE]: {
    grain: 'A row for each place of a pool',
    columns: POOL_COLUMNS,
    order: ['dataset', 'campaign_id', 'rank'],
  },
  [BANNER_STATS_FILE]: {
    grain: 'A row for each candidate, in its pool or out',
    columns: BANNER_STATS_COLUMNS,
    order: ['dataset', 'campaign_id', 'banner_id'],
  },
  [BANNERS_FILE]: { grain: 'A row for each banner', columns: BANNER_COLUMNS, order: ['banner_id'] },
  [CAMPAIGN_BANNERS_FILE]: {
    grain: 'A row for each banner that a campaign may show',
    columns: CAMPAIGN_BANNER_COLUMNS,
    order: ['campaign_id', 'banner_id'],
  },
  [REJECTS_FILE]: {
    grain: 'A row for each line that was left out; lists come last',
    columns: REJECT_COLUMNS,
    order: ['dataset', 'table', 'file', 'line'],
  },
  [EVALUATION_FILE]: {
    grain: 'A row for each pool, then one for each of its banners',
    columns: EVALUATION_COLUMNS,
    order: ['dataset', 'campaign_id', 'rank'],
  },
}

/** A row of `pools.parquet`. */
export type PoolRow = PublishedRow<typeof POOL_COLUMNS>

/** A row of `banner_stats.parquet`. */
export type BannerStatsRow = PublishedRow<typeof BANNER_STATS_COLUMNS>

/** A row of `banners.parquet`. */
export type BannerRow = PublishedRow<typeof BANNER_COLUMNS>

/** A row of `rejects.parquet`. */
export type RejectRow = PublishedRow<typeof REJECT_COLUMNS>

/** Declares columns as SQL does: `dataset smallint, campaign_id bigint`. */
export function declarePublished(columns: PublishedColumns): string {
  return Object.entries(columns)
    .map(([name, { type }]) => `${name} ${type}`)
    .join(', ')
}

/** Takes some of the columns of a file, in the order of the names. */
export function pickColumns<Columns extends PublishedColumns, Name extends keyof Columns & string>(
  columns: Columns,
  names: readonly Name[],
): Pick<Columns, Name> {
  return Object.fromEntries(names.map((name) => [name, columns[name]])) as Pick<Columns, Name>
}
