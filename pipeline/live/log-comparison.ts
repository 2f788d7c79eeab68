/**
 * A log that was packed, unpacked or put there anew is compared with the lines that were counted, beside all else: a day's
 * log takes seconds.
 */
import { PipelineError } from '../base/errors.ts'
import { isPacked } from '../input/packing.ts'
import { findRenames, type Rename } from '../input/renames.ts'
import { fileStamp, inspectFile } from '../input/scan/inspect.ts'
import type { FileName } from '../state/file-counts.ts'
import type { CountsState } from '../state/state.ts'

/** What reading a log needs. */
export interface LogContext {
  readonly state: CountsState
  readonly renames: readonly Rename[]
}

/**
 * `equal`: the lines that were counted, and nothing behind them; `continued`: more lines; `unknown`: it was written
 * meanwhile.
 */
type Outcome = 'equal' | 'continued' | 'unknown'

/** Where the lines of a log lie. */
interface ComparedFile {
  readonly name: FileName
  readonly fullPath: string
  readonly inode: number
}

/** A file that is to have the lines that were counted. */
export interface LogComparison {
  readonly fullPath: string
  readonly inode: number
  /** Settled when `outcome` is there. */
  readonly ended: Promise<void>
  outcome: Outcome | { readonly error: unknown } | null
}

/**
 * Begins to compare, or goes on with what was begun for the same file; one that was written meanwhile is compared again.
 *
 * @param begun - Null = nothing was.
 */
export function compareLog(
  file: ComparedFile,
  context: LogContext,
  begun: LogComparison | null,
): LogComparison {
  const { fullPath, inode } = file
  const isSameFile = begun?.fullPath === fullPath && begun.inode === inode
  if (isSameFile && begun.outcome !== 'unknown') return begun
  const comparison: LogComparison = {
    fullPath,
    inode,
    outcome: null,
    ended: findOutcome(file, context).then(
      (outcome) => {
        comparison.outcome = outcome
      },
      (error: unknown) => {
        comparison.outcome = { error }
      },
    ),
  }
  return comparison
}

/**
 * Gives what was found.
 *
 * @returns Null while it is being compared.
 * @throws {PipelineError} If it has other lines.
 */
export function readOutcome({ outcome }: LogComparison): Outcome | null {
  if (typeof outcome === 'object' && outcome !== null) throw outcome.error
  return outcome
}

/** A packed file is read to its end in any case; most often it has nothing but the lines that were counted. */
async function findOutcome(
  { name, fullPath: path }: ComparedFile,
  { state, renames }: LogContext,
): Promise<Outcome> {
  const place = state.placeOf(name)
  if (place === null) return 'continued'
  const { table } = name
  const { linesBytes, linesSha256 } = place
  const before = await findStamp(path)
  const hasSameLines = async (limit: { readonly linesBytes?: number }) => {
    const task = { path, table, renames: findRenames(table, renames), ...limit }
    const found = await inspectFile(task).catch((error) => {
      if (error instanceof PipelineError) return null
      throw error
    })
    return found?.linesSha256 === linesSha256
  }
  if (isPacked(path) && (await hasSameLines({}))) return 'equal'
  if (await hasSameLines({ linesBytes })) return 'continued'
  if (before === null || (await findStamp(path)) !== before) return 'unknown'
  throw new PipelineError(
    `shrank, or lines that are counted changed; new lines need a new name, and a new start counts it anew: ${path}`,
  )
}

/** @returns Null if the file is not there. */
function findStamp(path: string): Promise<string | null> {
  return fileStamp(path).catch(() => null)
}
