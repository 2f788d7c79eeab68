/** The input files before any row of them is staged: what each is, which are duplicates, and which need normalising. */
import { join } from 'node:path'
import type { InputStatus } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import type { Meter } from '../base/meter.ts'
import { isPacked } from './packing.ts'
import { type Rename, renamesOf } from './renames.ts'
import type { Inspection } from './scan/inspect.ts'
import type { NormaliseCounts } from './scan/normalise.ts'
import type { Scanner } from './scan/scanner.ts'
import type { SourceFile } from './sources.ts'

/** A file that was read once, now or by an earlier build. */
export interface InspectedFile {
  readonly source: SourceFile
  readonly inspection: Inspection
  /** Place in the order of paths, from 0; rows carry it so that they can be traced. */
  readonly index: number
  readonly status: InputStatus
  readonly warnings: readonly string[]
}

/** A file whose rows are known, staged or about to be. */
export interface ReadyFile extends InspectedFile {
  readonly counts: NormaliseCounts
  /** Its rejects as JSON lines, if it has any. */
  readonly rejectsPath: string | null
  /** Its accepted rows as text that DuckDB may read; null if they are staged, or if there are none. */
  readonly text: RowsText | null
}

/** Proven text: the file itself, its accepted rows, or the counts of its impressions. */
export interface RowsText {
  readonly path: string
  /** The file itself: it may change before it is read once more. */
  readonly isInput: boolean
}

/** What the pass over files needs. */
export interface IntakeOptions {
  readonly scanner: Scanner
  /** For what comes out on the way. */
  readonly workFolder: string
  /** A cluster reads clean files as they are, packed ones too, and counts impressions itself. */
  readonly isForCluster: boolean
}

/** What the inspection needs. */
export interface InspectOptions extends IntakeOptions {
  readonly renames: readonly Rename[]
  /** Told how far it is. */
  readonly meter?: Meter
}

/**
 * Inspects the files that no earlier build knew.
 *
 * @param known - In the order of `sources`; null = to be read.
 * @returns In the order of `sources`.
 */
export function inspectSources(
  sources: readonly SourceFile[],
  known: readonly (Inspection | null)[],
  { scanner, workFolder, isForCluster, renames, meter }: InspectOptions,
): Promise<Inspection[]> {
  return Promise.all(
    sources.map(({ fullPath, table }, index) => {
      const inspection = known[index] ?? null
      if (inspection !== null) return inspection
      const isCounted = table === 'impressions' && !isForCluster
      const rowsPath = isCounted ? rowsPathOf(workFolder, index) : undefined
      return scanner.run('inspectFile', fullPath, {
        path: fullPath,
        table,
        renames: renamesOf(table, renames),
        ...(rowsPath === undefined ? {} : { rowsPath }),
        ...(meter === undefined ? {} : { counts: meter.counts }),
      })
    }),
  )
}

/** Tells what each file is, and finds those that are the same, byte for byte, as another of their table. */
export function classifyFiles(
  sources: readonly SourceFile[],
  inspections: readonly Inspection[],
): InspectedFile[] {
  const firstOfTable = new Map<string, SourceFile>()
  const firstOfLog = new Map<string, SourceFile>()
  return sources.map((source, index) => {
    const inspection = inspections[index]
    if (inspection === undefined) throw new Error(`not inspected: ${source.path}`)
    const log = `${source.table} ${inspection.sha256}`
    const same = firstOf(firstOfTable, `${source.dataset} ${log}`, source)
    const copied = firstOf(firstOfLog, log, source)
    const status = statusOf(inspection, same !== source)
    const warnings = warningsOf(inspection, status, same, copied)
    return { source, inspection, index, status, warnings }
  })
}

/** Finds the accepted rows of a file that is not staged yet; one that is not clean is read once more, line by line. */
export async function prepareFile(
  file: InspectedFile,
  { scanner, workFolder, isForCluster }: IntakeOptions,
): Promise<ReadyFile> {
  const { source, inspection, index, status } = file
  const { fullPath: path, table } = source
  if (status !== 'loaded') return { ...file, counts: allAccepted(0), rejectsPath: null, text: null }
  const rowsPath = rowsPathOf(workFolder, index)
  // A packed file is unpacked once by the scanner, and not a second time by a reader with rules of its own.
  if (inspection.isClean && (isForCluster || table === 'impressions' || !isPacked(path))) {
    const isInput = isForCluster || table !== 'impressions'
    const text = { path: isInput ? path : rowsPath, isInput }
    return { ...file, counts: allAccepted(inspection.rows), rejectsPath: null, text }
  }
  const rejectsPath = join(workFolder, `${index}.rejects.json`)
  const task = { path, table, inspection, rowsPath, rejectsPath }
  const counts = await scanner.run('normaliseFile', path, task)
  return {
    ...file,
    counts,
    rejectsPath: counts.rejected === 0 ? null : rejectsPath,
    text: counts.accepted === 0 ? null : { path: rowsPath, isInput: false },
  }
}

/**
 * Refuses a file of which too much was rejected: more often a fault of the export than of its rows.
 *
 * @param maxShare - Of the lines after the header, 0 to 1.
 * @throws {PipelineError} With the share and the first reject.
 */
export function assertRejectShare(
  file: Pick<ReadyFile, 'source' | 'inspection' | 'counts'>,
  rejected: number,
  maxShare: number,
): void {
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

function allAccepted(accepted: number): NormaliseCounts {
  return { accepted, rejected: 0, rounded: 0, example: null }
}

function rowsPathOf(workFolder: string, index: number): string {
  return join(workFolder, `${index}.csv`)
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
