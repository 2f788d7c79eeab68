/** What a build is made of, and what its caller plugs in. */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Evaluation } from '../../contract/evaluation.ts'
import type { Manifest, ManifestOutput } from '../../contract/schema.ts'
import type { Progress } from '../base/progress.ts'
import type { Build } from '../publish/builds.ts'
import type { Ranker } from '../rank/ranker.ts'
import type { IdentityOptions } from './build-id.ts'
import type { LogOptions } from './logs.ts'

/** How tables are made of logs. */
export interface TableOptions extends LogOptions, IdentityOptions {
  /** Share of a file's rows, 0 to 1, that may be rejected. */
  readonly maxRejectShare: number
  readonly threads: number
  /** As DuckDB reads it: `4GB`. */
  readonly memoryLimit: string
  /** The time of the build, for the manifest. */
  readonly now: () => Date
  readonly ranker: Ranker
}

/** What a build is made of and where it goes. */
export interface BuildOptions extends TableOptions {
  /** Artifacts folder. */
  readonly out: string
  /** Builds even what is current already. */
  readonly force: boolean
  /** How many builds stay in the artifacts folder. */
  readonly keep: number
  /** Loads what writes the report; called once it is known that there is something to build. */
  readonly loadReport: () => Promise<WriteReport>
  /** Writes an evaluation beside the build, also of one that is current; null = none. */
  readonly evaluate: EvaluateTables | null
  /** Called with a build that was just published, before older ones are removed; null = nobody. */
  readonly record: RecordBuild | null
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
  options: { readonly folder: string; readonly buildId: string; readonly progress: Progress },
) => Promise<Evaluation>
