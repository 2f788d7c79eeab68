/** The input files before any row of them is cached: what is in each, and which need normalising. */
import { join } from 'node:path'
import type { Digest } from '../../contract/digest.ts'
import type { InspectedFile } from './classify.ts'
import { fileStamp } from './scan/inspect.ts'
import type { NormaliseCounts } from './scan/normalise.ts'
import type { Scanner } from './scan/scanner.ts'

/** A file whose rows are known, cached or about to be. */
export interface ReadyFile extends InspectedFile {
  readonly counts: NormaliseCounts
  /** Its rejects as JSON lines, if it has any. */
  readonly rejectsPath: string | null
  /** Its accepted rows; null if there are none. */
  readonly rows: ReadyRows | null
}

/** Accepted rows, or the counts of impressions: Parquet for DuckDB; for a cluster text, which may be the file itself. */
export interface ReadyRows {
  readonly path: string
  /** The file itself: it may change before it is read once more. */
  readonly isInput: boolean
  /** Parquet for a cluster: rows that were scanned elsewhere. */
  readonly isParquet?: boolean
  /** Of the file, where that is known from its writing. */
  readonly written?: Digest | null
}

/** What the pass over files needs. */
export interface IntakeOptions {
  readonly scanner: Scanner
  /** For what comes out on the way. */
  readonly workFolder: string
  /** The ranker reads clean files as they are, packed ones too, and counts impressions itself. */
  readonly readsCleanFiles: boolean
  /** To be called with a file's path before it is read once more: its bytes may lie elsewhere. */
  readonly fetchFile?: (path: string) => Promise<void>
}

/** What the second pass needs. */
export interface PrepareOptions extends IntakeOptions {
  /** Share of a file's rows, 0 to 1, that may be rejected. */
  readonly maxRejectShare: number
  /** What was learnt of clean files when they were scanned, by their index. */
  readonly scans?: readonly ({ readonly written: Digest | null } | null)[]
}

/** So many rejects more than a file may have are kept, to see what is wrong with it; a list of all could fill the disk. */
const KEPT_REJECTS = 10_000

/** Finds the accepted rows of a file that is not cached yet; one that is not clean is read once more, line by line. */
export async function prepareFile(
  file: InspectedFile,
  options: PrepareOptions,
): Promise<ReadyFile> {
  const { source, inspection, index, status } = file
  if (status !== 'loaded') return { ...file, counts: allAccepted(0), rejectsPath: null, rows: null }
  if (!inspection.isClean) return copyRows(file, options)
  const counts = allAccepted(inspection.rows)
  if (!options.readsCleanFiles) {
    const written = options.scans?.[index]?.written ?? null
    const rows = { path: buildRowsPath(options.workFolder, index), isInput: false, written }
    return { ...file, counts, rejectsPath: null, rows }
  }
  if (!(await isStill(file))) return copyRows(file, options)
  return { ...file, counts, rejectsPath: null, rows: { path: source.fullPath, isInput: true } }
}

/** A reader that knows no length reads what is appended, too; a segment grows at any moment. */
async function isStill({ source, inspection }: InspectedFile): Promise<boolean> {
  if (inspection.header.isSegment) return false
  return (await fileStamp(source.fullPath).catch(() => null)) === inspection.stamp
}

/**
 * Copies the accepted rows of a file, line by line, as far as it was inspected.
 *
 * @throws {PipelineError} If it changed since.
 */
export async function copyRows(
  file: InspectedFile,
  { scanner, workFolder, maxRejectShare, readsCleanFiles }: PrepareOptions,
): Promise<ReadyFile> {
  const { source, inspection, index } = file
  const { fullPath: path, table } = source
  const rowsPath = buildRowsPath(workFolder, index)
  const rejectsPath = join(workFolder, `${index}.rejects.json`)
  const mostRejects = Math.ceil(inspection.rows * maxRejectShare) + KEPT_REJECTS
  const form = readsCleanFiles ? 'text' : 'parquet'
  const task = { path, table, inspection, rowsPath, rejectsPath, mostRejects, form } as const
  const counts = await scanner.run('normaliseFile', path, task)
  return {
    ...file,
    counts,
    rejectsPath: counts.rejected === 0 ? null : rejectsPath,
    rows: counts.accepted === 0 ? null : { path: rowsPath, isInput: false },
  }
}

function allAccepted(accepted: number): NormaliseCounts {
  return { accepted, rejected: 0, rounded: 0, example: null }
}

/** Where the accepted rows of a file go that is not cached yet. */
export function buildRowsPath(workFolder: string, index: number): string {
  return join(workFolder, `${index}.rows`)
}
