/**
 * The contract between the batch job, the server and the analysts: file names, format version, manifest. columns.ts has
 * what is in the files.
 *
 *     artifacts/
 *       current -> builds/<id>       switched atomically
 *       pools.parquet -> current/pools.parquet        and so on, for every file below
 *       builds/<id>/                 pools.parquet banner_stats.parquet rejects.parquet manifest.json report.html
 *       stage/                       what the next build need not parse again; of no concern to any reader
 */

/**
 * Version of everything in this file. A reader takes this one and, through format-1.ts, version 1; it refuses any other.
 * Fields that a reader does not know are ignored, so that fields can be added within a version.
 */
export const FORMAT_VERSION = 2

export const POOLS_FILE = 'pools.parquet'
export const BANNER_STATS_FILE = 'banner_stats.parquet'
export const REJECTS_FILE = 'rejects.parquet'
/** How banners are shown; only where the input has `banners.csv`. */
export const BANNERS_FILE = 'banners.parquet'
/** Pairs that may be shown; only where the input has `campaign_banners.csv`. */
export const CAMPAIGN_BANNERS_FILE = 'campaign_banners.parquet'
/** Written beside a build that was evaluated; its manifest does not list them. */
export const EVALUATION_FILE = 'evaluation.parquet'
export const EVALUATION_SUMMARY_FILE = 'evaluation.json'
export const EVALUATION_PAGE_FILE = 'evaluation.html'
/** For people; neither the server nor a check reads it. */
export const REPORT_FILE = 'report.html'
export const MANIFEST_FILE = 'manifest.json'
/** Symbolic link to the folder of the published build, in the artifacts folder. */
export const CURRENT_LINK = 'current'
/** Folder of the builds, in the artifacts folder; each is named by its build id. */
export const BUILDS_FOLDER = 'builds'
/** Folder of the rows that later builds use again, in the artifacts folder. */
export const STAGE_FOLDER = 'stage'

/** A quarter of the hour in UTC: minutes 0–14 are 1, 15–29 are 2, 30–44 are 3, 45–59 are 4. */
export type Dataset = 1 | 2 | 3 | 4
export const DATASETS: readonly Dataset[] = [1, 2, 3, 4]

/** The three logs. Their files lie in `<input>/<dataset>/`. */
export type Table = 'impressions' | 'clicks' | 'conversions'
export const TABLES: readonly Table[] = ['impressions', 'clicks', 'conversions']

/** Lists of no dataset, which may lie in the input folder itself: `banners.csv`, `campaign_banners.csv`. */
export type List = 'banners' | 'campaign_banners'
export const LISTS: readonly List[] = ['banners', 'campaign_banners']

/** Greatest id: 2^53 - 1, so that every id is exact as a JavaScript and JSON number. */
export const MAX_ID = 9007199254740991

/** Which order gave a banner its place in the pool. */
export const SOURCES = ['revenue', 'clicks', 'random'] as const
export type Source = (typeof SOURCES)[number]

/** Why a candidate is in its pool, or out of it: every code. explain-words.ts says what each means. */
export const REASONS = [
  'in_top_revenue',
  'in_converted',
  'in_clicks_after_converted',
  'in_top_clicks',
  'in_random_fill',
  'out_below_top_revenue',
  'out_not_converted',
  'out_below_top_clicks',
  'out_no_clicks',
  'out_not_drawn',
] as const
export type Reason = (typeof REASONS)[number]

/** What became of an input file: `loaded`; `duplicate` (same bytes as another file of its table, skipped); `empty` (a header alone). */
export type InputStatus = 'loaded' | 'duplicate' | 'empty'

/** An input file. For every file: rows = accepted + rejected + duplicates. */
export interface ManifestInput {
  /** Null for a list, which belongs to no dataset. */
  readonly dataset: Dataset | null
  readonly table: Table | List
  /** Path below the input folder, with `/`. */
  readonly path: string
  readonly bytes: number
  readonly sha256: string
  /**
   * Length and sha256 of its lines, however they are wrapped: unpacked, without a byte order mark, the header included,
   * each line ended by one LF. Two files with the same lines have the same, packed or not, with LF or CRLF.
   */
  readonly lines_bytes: number
  readonly lines_sha256: string
  /** Lines after the header, counted apart from the reader. */
  readonly rows: number
  readonly accepted: number
  readonly rejected: number
  /** Rows that are equal to a counted one, id included; all rows of a duplicate file. */
  readonly duplicates: number
  readonly status: InputStatus
  /** Revenues with more than six decimals, rounded half up. Counted among the accepted or duplicate rows too. */
  readonly rounded: number
  /** Header names that are no column of the table. */
  readonly ignored_columns: readonly string[]
  /** What a person should look at, in a sentence each. */
  readonly warnings: readonly string[]
}

/** A published file. `rows` are its Parquet rows; `report.html` has none. */
export interface ManifestOutput {
  readonly file: string
  readonly bytes: number
  readonly sha256: string
  readonly rows: number
}

/** `error` stops the build, `warn` is reported. */
export type Severity = 'error' | 'warn'

/** The result of a select in `sql/checks/`: it selects the offending rows. */
export interface ManifestCheck {
  readonly name: string
  readonly severity: Severity
  readonly failing_rows: number
  readonly passed: boolean
}

/** The business rules, by the number of converted banners. */
export type RuleName = 'top_revenue' | 'all_converted' | 'converted_then_clicks' | 'top_clicks'

/** How many pools a business rule made in a dataset. */
export interface PoolsByRule {
  readonly dataset: Dataset
  readonly rule: RuleName
  readonly pool_count: number
  /** Pools with a random fill. */
  readonly filled_count: number
  /** Pools with fewer banners than are filled up to. */
  readonly short_count: number
}

/** Why rows of a table were rejected, and the first of them. */
export interface RejectsByReason {
  readonly table: string
  readonly reason: string
  readonly reject_count: number
  readonly file: string
  readonly line: number
  readonly text: string
}

/** What a build came to, for people: `sql/report/pools_by_rule.sql` and `rejects_by_reason.sql`. */
export interface ManifestSummary {
  readonly pools_by_rule: readonly PoolsByRule[]
  readonly rejects_by_reason: readonly RejectsByReason[]
}

/** A column of a table that has another name in the files. */
interface ManifestRename {
  readonly table: Table | List
  readonly from: string
  readonly to: string
}

/** `days` days in UTC, of which `day` (`2026-11-25`) is the last; later ones were read, too. */
interface ManifestWindow {
  readonly days: number
  readonly day: string
}

/** `manifest.json`. As a file it ends with a field `manifest_sha256`, see manifest.ts. */
export interface Manifest {
  readonly format_version: number
  /** Hash of the inputs' lines, the SQL, the seed and the format version, in hexadecimal. */
  readonly build_id: string
  /** Of the program that wrote it, as in package.json. Null in a build of format version 1, which did not say. */
  readonly version: string | null
  /** ISO 8601, UTC. */
  readonly created_at: string
  readonly engine: { readonly name: string; readonly version: string }
  readonly seed: number
  /** The build that was current before; null if there was none. Drift is measured against it. */
  readonly previous_build_id: string | null
  /** Files of impressions with the same lines count each. */
  readonly keep_equal_files: boolean
  /** Columns with another name in the files. */
  readonly renames: readonly ManifestRename[]
  /** Only files of the last so many days, and those without a date in their name, were read; null = all. */
  readonly window: ManifestWindow | null
  /** What a person should look at and belongs to no single file, in a sentence each. */
  readonly warnings: readonly string[]
  readonly inputs: readonly ManifestInput[]
  readonly outputs: readonly ManifestOutput[]
  /** What checks need and no published file holds, by name. */
  readonly measures: Readonly<Record<string, number>>
  readonly checks: readonly ManifestCheck[]
  /** Null in a build of an earlier program: whoever wants the counts has to read the Parquet files. */
  readonly summary: ManifestSummary | null
}
