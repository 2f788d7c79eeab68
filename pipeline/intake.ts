/** The input files before any of them is loaded: what each is, which are duplicates, and which need normalising. */
import { join } from 'node:path'
import type { InputStatus } from '../artifacts/schema.ts'
import { PipelineError } from './errors.ts'
import { type Rename, renamesOf } from './renames.ts'
import type { Inspection } from './scan/inspect.ts'
import type { NormaliseCounts } from './scan/normalise.ts'
import type { Scanner } from './scan/scanner.ts'
import type { SourceFile } from './sources.ts'

/** A file that was read once. */
export interface InspectedFile {
  readonly source: SourceFile
  readonly inspection: Inspection
  readonly status: InputStatus
  readonly warnings: readonly string[]
}

/** A file whose rows can be loaded. */
export interface ReadyFile extends InspectedFile {
  /** Place in the order of paths, from 0; rows carry it so that they can be traced. */
  readonly index: number
  /** What DuckDB reads: the file itself if it is clean, else its accepted rows. */
  readonly loadPath: string
  readonly isNormalised: boolean
  /** Its rejects as JSON lines, if it has any. */
  readonly rejectsPath: string | null
  readonly counts: NormaliseCounts
}

/**
 * Inspects all files and finds those that are the same, byte for byte, as another of their table.
 *
 * @returns In the order of `sources`.
 */
export async function inspectSources(
  scanner: Scanner,
  sources: readonly SourceFile[],
  renames: readonly Rename[] = [],
): Promise<InspectedFile[]> {
  const inspections = await Promise.all(
    sources.map(({ fullPath, table }) =>
      scanner.run('inspectFile', fullPath, fullPath, table, renamesOf(table, renames)),
    ),
  )
  const firstOfTable = new Map<string, SourceFile>()
  const firstOfLog = new Map<string, SourceFile>()
  return sources.map((source, index) => {
    const inspection = inspections[index]
    if (inspection === undefined) throw new Error(`not inspected: ${source.path}`)
    const same = firstOf(
      firstOfTable,
      `${source.dataset} ${source.table} ${inspection.sha256}`,
      source,
    )
    const copied = firstOf(firstOfLog, `${source.table} ${inspection.sha256}`, source)
    const status = statusOf(inspection, same !== source)
    const warnings = warningsOf(inspection, status, same, copied)
    return { source, inspection, status, warnings }
  })
}

/** Rewrites the files that are not clean; `folder` gets the results. */
export function normaliseFiles(
  scanner: Scanner,
  files: readonly InspectedFile[],
  folder: string,
): Promise<ReadyFile[]> {
  return Promise.all(
    files.map(async (file, index) => {
      const { source, inspection } = file
      const isNormalised = !isLoadedAsIs(file)
      if (!isNormalised || file.status !== 'loaded') return readyAsIs(file, index)
      const rowsPath = join(folder, `${index}.csv`)
      const rejectsPath = join(folder, `${index}.rejects.json`)
      const { fullPath: path, table } = source
      const task = { path, table, inspection, rowsPath, rejectsPath }
      const counts = await scanner.run('normaliseFile', path, task)
      return { ...file, index, loadPath: rowsPath, isNormalised, rejectsPath, counts }
    }),
  )
}

/**
 * Refuses a file of which too much was rejected: more often a fault of the export than of its rows.
 *
 * @param maxShare - Of the lines after the header, 0 to 1.
 * @throws {PipelineError} With the share and the first reject.
 */
export function assertRejectShare(file: ReadyFile, rejected: number, maxShare: number): void {
  const { rows } = file.inspection
  if (rejected <= rows * maxShare) return
  const { example } = file.counts
  const first =
    example === null
      ? ''
      : `, first line ${example.line} (${example.reason}): ${JSON.stringify(example.text)}`
  const limit = `--max-reject-share is ${maxShare}`
  throw new PipelineError(
    `${file.source.fullPath}: ${rejected} of ${rows} rows rejected, ${limit}${first}`,
  )
}

/** A packed file is unpacked once by the scanner, and not a second time by a reader with ideas of its own. */
function isLoadedAsIs({ source, inspection }: InspectedFile): boolean {
  return inspection.isClean && !source.path.endsWith('.gz')
}

function readyAsIs(file: InspectedFile, index: number): ReadyFile {
  const accepted = file.status === 'loaded' ? file.inspection.rows : 0
  const counts = { accepted, rejected: 0, rounded: 0, example: null }
  const loadPath = file.source.fullPath
  return { ...file, index, loadPath, isNormalised: false, rejectsPath: null, counts }
}

function firstOf(firsts: Map<string, SourceFile>, key: string, source: SourceFile): SourceFile {
  const first = firsts.get(key) ?? source
  firsts.set(key, first)
  return first
}

function statusOf(inspection: Inspection, isRepeated: boolean): InputStatus {
  if (inspection.rows === 0) return 'empty'
  return isRepeated ? 'duplicate' : 'loaded'
}

function warningsOf(
  inspection: Inspection,
  status: InputStatus,
  same: SourceFile,
  copied: SourceFile,
): string[] {
  if (status === 'empty') return ['has a header and no rows']
  if (status === 'duplicate') return [`skipped, same bytes as ${same.path}`]
  const warnings: string[] = []
  if (copied.dataset !== same.dataset) {
    warnings.push(
      `same bytes as ${copied.path}, which is another dataset: one of them may be misplaced`,
    )
  }
  if (inspection.header.ignored.length > 0) {
    warnings.push(`columns not read: ${inspection.header.ignored.join(', ')}`)
  }
  if (!inspection.isFinished) {
    warnings.push('its last line has no line end: if the file was cut off, that row may be wrong')
  }
  return warnings
}
