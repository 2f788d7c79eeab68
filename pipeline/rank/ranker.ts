/** What a build asks of whatever ranks the banners: DuckDB here (duckdb/), or a cluster (cluster/). */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Manifest } from '../../contract/schema.ts'
import type { Progress } from '../base/progress.ts'
import type { Cache } from '../cache/entries.ts'
import type { InspectedFile } from '../input/classify.ts'
import type { FileScan } from '../input/inspect-sources.ts'
import type { PrepareOptions, ReadyFile } from '../input/intake.ts'
import type { FoundLine } from '../input/scan/find-lines.ts'

/** The sizes of the table `rules`. */
export interface PoolSizes {
  /** Converted banners of a pool at most. */
  readonly top: number
  /** Banners of a pool with fewer converted ones. */
  readonly fill: number
}

/** What is ranked, and all that decides the result. */
export interface RankInput extends PrepareOptions {
  readonly files: readonly InspectedFile[]
  /** What is known of their rows, in their order. */
  readonly scans: readonly (FileScan | null)[]
  readonly buildId: string
  /** Part of the key of the random order. */
  readonly seed: number
  /** Instead of those of `sql/staging/rules.sql`, for a question; nothing made with others is published. */
  readonly sizes?: PoolSizes
  /** Nobody asks for the rows behind the counts: only tables that {@link Ranker.rank} names are needed. */
  readonly isCountsOnly?: boolean
  /** The rows of files that were parsed before. */
  readonly cache: Cache
  readonly progress: Progress
}

/** A file whose rows were ranked. */
export type RankedFile = Omit<ReadyFile, 'rows'>

/** What ranking came to, beside the tables in the database. */
export interface Ranked {
  readonly engine: Manifest['engine']
  /** What checks need and no published file holds. */
  readonly measures: Readonly<Record<string, number>>
  /** In the order of the input's files. */
  readonly files: readonly RankedFile[]
  /** Finds the lines of certain keys in the file of an index, in the file's order. */
  readonly findLines: (index: number, keys: ReadonlySet<string>) => Promise<FoundLine[]>
}

/** Ranks the banners of all campaigns. */
export interface Ranker {
  /** Clean files are handed to it as they are, packed ones and impressions too; what is cached is of no use to it. */
  readonly readsCleanFiles: boolean
  /**
   * From files to ranked rows: makes `rules`, `banner_stats`, `pools`, `unfit_rows` and `duplicate_rows` in the database.
   *
   * @throws {PipelineError} If a file cannot be trusted or has too many rejects, or the engine fails.
   */
  rank(connection: DuckDBConnection, input: RankInput): Promise<Ranked>
}
