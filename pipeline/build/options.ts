/** What a build is made of, and what its caller plugs in. */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Evaluation } from '../../contract/evaluation.ts'
import type { Manifest, ManifestOutput } from '../../contract/schema.ts'
import type { Progress } from '../base/progress.ts'
import type { Cache } from '../cache/entries.ts'
import type { KnownFile } from '../cache/known-files.ts'
import type { SourceFile } from '../input/sources.ts'
import type { Build } from '../publish/builds.ts'
import type { Ranker } from '../rank/ranker.ts'
import type { IdentityOptions } from './build-id.ts'
import type { LogOptions } from './logs.ts'

/** Who ranks, and what it may take of the machine. */
export interface RankOptions {
  readonly ranker: Ranker
  readonly threads: number
  /** As DuckDB reads it: `4GB`. */
  readonly memoryLimit: string
}

/** What is refused when lines are reconciled. */
export interface RejectOptions {
  /** Share of a file's rows, 0 to 1, that may be rejected. */
  readonly maxRejectShare: number
}

/** How tables are made of logs: which logs, what they mean, who ranks them, what is refused. */
export interface TableOptions extends LogOptions, IdentityOptions, RankOptions, RejectOptions {
  /** The time of the build, for the manifest. */
  readonly now: () => Date
}

/** What is written beside the tables. */
interface AdditionOptions {
  /** Loads what writes the report; called once it is known that there is something to build. */
  readonly loadReport: () => Promise<WriteReport>
  /** Writes an evaluation beside the build, also of one that is current; null = none. */
  readonly evaluate: EvaluateTables | null
}

/** Where a build is published, and what happens to those before it. */
export interface PublishOptions {
  /** Artifacts folder. */
  readonly out: string
  /** How many builds stay in the artifacts folder. */
  readonly keep: number
  /** Called with a build that was just published, before older ones are removed; null = nobody. */
  readonly record: RecordBuild | null
}

/** What a build is made of and where it goes: the options of its steps, in their order. */
export interface BuildOptions extends TableOptions, AdditionOptions, PublishOptions {
  readonly out: string
  /** Builds even what is current already. */
  readonly force: boolean
  /** Rows of files that were scanned elsewhere; null = none. */
  readonly scanned: ScannedRows | null
}

/** An object of a bucket that is part of the input. */
export interface InputObject {
  readonly path: string
  readonly etag: string
  /** Downloads it to where the build looks for it. */
  readonly fetch: () => Promise<void>
}

/** Rows of input files that other processes have scanned, perhaps on other machines. */
export interface ScannedRows {
  /** Tells whether an object was scanned: then it is downloaded only if a line of it is wanted. */
  readonly knows: (object: InputObject) => Promise<boolean>
  /** Fetches the input file of a path if it is not here. */
  readonly fetch: (path: string) => Promise<void>
  /**
   * Finds what is known of files that the cache does not know.
   *
   * @param known - What the cache knows, in the order of `files`.
   * @returns The same, with what was scanned.
   * @throws {PipelineError} If files were not scanned and are not to be read here.
   */
  readonly find: (
    files: readonly SourceFile[],
    known: readonly (KnownFile | null)[],
  ) => Promise<(KnownFile | null)[]>
  /** Brings the rows of files that {@link find} has found into the cache, unless they are there. */
  readonly bring: (
    known: readonly (KnownFile | null)[],
    to: { readonly cache: Cache; readonly workFolder: string },
  ) => Promise<(KnownFile | null)[]>
}

/** Records a published build for charts and comparisons. It fails only by a bug: what is published stays so. */
export type RecordBuild = (
  build: { readonly out: string; readonly buildId: string },
  progress: Progress,
) => Promise<void>

/**
 * Writes `report.html` into the folder of a build, and measures it for the manifest.
 *
 * @param connection - Has `banner_stats`, `rejects` and `rules`.
 */
export type WriteReport = (
  connection: DuckDBConnection,
  options: {
    /** Artifacts folder. */
    readonly out: string
    /** Of the build, not published yet. */
    readonly folder: string
    readonly manifest: Omit<Manifest, 'outputs'>
    /** The build to compare with, intact; null if there is none. */
    readonly previous: Build | null
    /** Null if the build was not evaluated. */
    readonly evaluation: Evaluation | null
  },
) => Promise<ManifestOutput>

/** Evaluates the tables of a build, and writes the result into its folder. */
export type EvaluateTables = (
  connection: DuckDBConnection,
  options: EvaluateOptions,
) => Promise<Evaluation>

/** The build that is evaluated, and the logs that it is made of. */
interface EvaluateOptions extends Pick<TableOptions, 'input' | 'window' | 'progress'> {
  readonly folder: string
  readonly buildId: string
}
