/** What each input file is among the others: one that counts, one that another file repeats, or one without rows. */
import type { InputStatus } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import { withoutPacking } from './packing.ts'
import type { Inspection } from './scan/inspect.ts'
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

/** What decides which files count. */
export interface ClassifyOptions {
  /** Files of impressions with the same lines count each: they have no ids that would tell. */
  readonly keepEqualFiles: boolean
}

/**
 * Tells what each file is. A file with the same lines as another of its dataset and table is a duplicate, however either
 * is wrapped.
 *
 * @throws {PipelineError} If a log is there packed and unpacked with different lines, or all files of a table lack even
 * a header.
 */
export function classifyFiles(
  sources: readonly SourceFile[],
  inspections: readonly Inspection[],
  options: ClassifyOptions,
): InspectedFile[] {
  const firsts: Firsts = { ofLog: new Map(), ofTable: new Map(), ofLines: new Map() }
  const files = sources.map((source, index) => {
    const inspection = inspections[index]
    if (inspection === undefined) throw new Error(`not inspected: ${source.path}`)
    const same = findSame({ source, inspection }, firsts)
    const status = findStatus(inspection, same, options)
    return { source, inspection, index, status, warnings: findWarnings(same, inspection, status) }
  })
  assertHeaders(files)
  return files
}

/** Tells whether a file has not even a header. */
function isWithoutHeader({ header }: Pick<Inspection, 'header'>): boolean {
  return header.names.length === 0
}

interface Read {
  readonly source: SourceFile
  readonly inspection: Inspection
}

/** The first file of each kind, by what makes it one. */
interface Firsts {
  /** One name in one folder, packed or not. */
  readonly ofLog: Map<string, Read>
  /** The same lines in one dataset and table. */
  readonly ofTable: Map<string, Read>
  /** The same lines of a table in any dataset. */
  readonly ofLines: Map<string, Read>
}

/** The first files that are the same as one, or itself. */
interface Same {
  readonly file: Read
  readonly log: Read
  readonly table: Read
  readonly lines: Read
}

function findSame(file: Read, firsts: Firsts): Same {
  const { source, inspection } = file
  const lines = `${source.table} ${inspection.linesSha256}`
  const log = findFirst(firsts.ofLog, withoutPacking(source.fullPath), file)
  if (log.inspection.linesSha256 !== inspection.linesSha256) {
    throw new PipelineError(
      `${log.source.fullPath}: is there packed and unpacked with different lines, remove one of the two: ${source.fullPath}`,
    )
  }
  return {
    file,
    log,
    table: findFirst(firsts.ofTable, `${source.dataset} ${lines}`, file),
    lines: findFirst(firsts.ofLines, lines, file),
  }
}

function findFirst(firsts: Map<string, Read>, key: string, file: Read): Read {
  const first = firsts.get(key) ?? file
  firsts.set(key, first)
  return first
}

function findStatus(
  { rows }: Inspection,
  { file, log, table }: Same,
  { keepEqualFiles }: ClassifyOptions,
): InputStatus {
  if (rows === 0) return 'empty'
  if (log !== file) return 'duplicate'
  const isKept = keepEqualFiles && file.source.table === 'impressions'
  return table === file || isKept ? 'loaded' : 'duplicate'
}

function findWarnings(same: Same, inspection: Inspection, status: InputStatus): string[] {
  if (status === 'empty') return [describeEmpty(inspection)]
  if (status === 'duplicate') return [describeDuplicate(same)]
  const { file, table, lines } = same
  const warnings: string[] = []
  if (table !== file) warnings.push(`counted, same lines as ${table.source.path}`)
  if (lines.source.dataset !== file.source.dataset) {
    warnings.push(
      `same lines as ${lines.source.path}, which is another dataset: one of them may be misplaced`,
    )
  }
  if (inspection.header.ignored.length > 0) {
    warnings.push(describeIgnored(inspection.header.ignored))
  }
  if (!inspection.isFinished) {
    warnings.push('its last line has no line end: if the file was cut off, that row may be wrong')
  }
  return warnings
}

/** A spreadsheet exports empty columns: they have no names. */
export function describeIgnored(names: readonly string[]): string {
  return `columns not read: ${names.map((name) => (name.trim() === '' ? '(without a name)' : name)).join(', ')}`
}

function describeEmpty(inspection: Inspection): string {
  if (!isWithoutHeader(inspection)) return 'has a header and no rows'
  return 'is empty, without even a header: if its export failed, export it again'
}

function describeDuplicate({ file, log, table }: Same): string {
  if (log !== file) return `skipped, the same log as ${log.source.path}`
  const skipped = `skipped, same lines as ${table.source.path}`
  if (file.source.table !== 'impressions') return skipped
  return `${skipped}: if both are true, --keep-equal-files counts both`
}

/** A file without a header beside others is a shard that nothing came to; alone it is a table that nobody exported. */
function assertHeaders(files: readonly InspectedFile[]): void {
  const named = new Set<string>()
  for (const { source, inspection } of files) {
    if (!isWithoutHeader(inspection)) named.add(`${source.dataset} ${source.table}`)
  }
  for (const { source } of files) {
    if (named.has(`${source.dataset} ${source.table}`)) continue
    throw new PipelineError(
      `${source.fullPath}: is empty, a table without rows needs its header line`,
    )
  }
}
