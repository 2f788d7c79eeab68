/** What the pipeline asks of a query engine that runs elsewhere; trino.ts and athena.ts are the two that there are. */
import { PipelineError } from '../../base/errors.ts'

/** The engines of `--engine`, beside DuckDB. */
export const CLUSTER_ENGINES = ['trino', 'athena'] as const

export type ClusterEngine = (typeof CLUSTER_ENGINES)[number]

/** A statement, and what it is for. */
export interface Statement {
  /** For progress and messages: most often the table that is made. */
  readonly name: string
  readonly sql: string
  /** Runs while the work schema is not there. */
  readonly isOutside?: boolean
}

/** A value of a result: always text, since clients lose integers above 2^53. */
export type TextRow = readonly (string | null)[]

/** Takes a page of rows. */
export type OnRows = (rows: readonly TextRow[]) => void

/** A connection to a query engine. Statements run one after the other, in the work schema. */
export interface Cluster {
  /**
   * Runs a statement to its end.
   *
   * @param onRows - Gets the rows. A select must cast all its columns to text.
   * @throws {PipelineError} If the engine refuses it, it takes too long, or the build is interrupted.
   */
  run(statement: Statement, onRows?: OnRows): Promise<void>
  /**
   * As `run`, and also after an interruption, which must not stop the tidying up.
   *
   * @throws {PipelineError} If the engine refuses it or it takes too long.
   */
  tidy(statement: Statement): Promise<void>
  /** The engine's version, for the manifest. */
  version(): Promise<string>
  /** What all statements so far have read; Athena is paid by it. */
  scannedBytes(): number
}

/** A query that was ended since the build is. */
export function interruptedError(): PipelineError {
  return new PipelineError('interrupted, nothing published')
}

/** A query that was ended by the limit that was set for it. */
export function tooLongError({ name }: Statement, seconds: number): PipelineError {
  return new PipelineError(`query ran over ${seconds} s, see --query-timeout: ${name}`)
}
