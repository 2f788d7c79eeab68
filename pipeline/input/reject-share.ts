/** Too many rejects: more often a fault of the export than of its rows. */
import type { ManifestInput } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import { quote } from './scan/header-fault.ts'

/** A rejected line to show. */
export interface ShownReject {
  readonly line: number
  /** A code, see docs/input.md. */
  readonly reason: string
  readonly text: string
  /** The reason with what the line alone does not tell: the other half of a conflict, where the click is. */
  readonly detail?: string
  /** How many lines of the file have this reason, if that is known. */
  readonly count?: number
}

/** A file with rejects. */
export interface RejectedFile {
  readonly source: Pick<ManifestInput, 'table' | 'path'> & {
    readonly dataset: ManifestInput['dataset']
    readonly fullPath: string
  }
  readonly rows: number
  readonly rejected: number
  /** One for each reason, in the order of lines; at least the first, if there is any. */
  readonly examples: readonly ShownReject[]
  /** Its rejects as JSON lines, if they are not in the database yet. */
  readonly rejectsPath: string | null
}

/** Too much of a file was rejected. */
export class RejectShareError extends PipelineError {
  readonly file: RejectedFile

  constructor(file: RejectedFile, maxShare: number) {
    super(describeRejects(file, maxShare))
    this.file = file
  }
}

/** Tells whether too much of a file was rejected. */
export function isOverShare(
  { rows, rejected }: Pick<RejectedFile, 'rows' | 'rejected'>,
  maxShare: number,
): boolean {
  return rejected > rows * maxShare
}

/**
 * Refuses a file of which too much was rejected.
 *
 * @param maxShare - Of the lines after the header, 0 to 1.
 * @throws {RejectShareError} With the share and the first rejects.
 */
export function assertRejectShare(file: RejectedFile, maxShare: number): void {
  if (isOverShare(file, maxShare)) throw new RejectShareError(file, maxShare)
}

/** A file whose lines were sorted, and some of whose rows may be rejected for other reasons. */
export function describeSorted(
  { source, inspection, counts, rejectsPath }: SortedFile,
  rejected = counts.rejected,
): RejectedFile {
  const { example } = counts
  const examples = example === null ? [] : [example]
  return { source, rows: inspection.rows, rejected, examples, rejectsPath }
}

interface SortedFile extends Pick<RejectedFile, 'source' | 'rejectsPath'> {
  readonly inspection: { readonly rows: number }
  readonly counts: { readonly rejected: number; readonly example: ShownReject | null }
}

/** So many reasons are shown; all lines are in the file of rejects. */
const SHOWN_REASONS = 3

function describeRejects(file: RejectedFile, maxShare: number): string {
  const { source, rows, rejected, examples } = file
  const counted = examples.filter(({ count }) => count !== undefined)
  const counts = counted.map(({ count, reason }) => `${count} ${reason}`).join(', ')
  const byReason = counted.length > 1 ? ` (${counts})` : ''
  const shown = examples.slice(0, SHOWN_REASONS).map(describeReject)
  const first = shown.length === 0 ? '' : `, first ${shown.join(', ')}`
  const [remedy] = examples.flatMap((example) => findRemedy(example, source.table) ?? [])
  return `${source.fullPath}: ${rejected} of ${rows} rows rejected${byReason}, --max-reject-share is ${maxShare}${first}${remedy === undefined ? '' : `; ${remedy}`}`
}

function describeReject({ line, reason, detail, text }: ShownReject): string {
  return `line ${line} (${detail ?? reason}): ${quote(text)}`
}

/** What most often is behind a reject, and what to do about it. */
function findRemedy(
  { reason, text }: ShownReject,
  table: RejectedFile['source']['table'],
): string | null {
  if (reason === 'not_an_id' && /(^|[,"])[0-9]+\.0+($|[,"])/.test(text)) {
    return 'ids are written as 100.0, as by pandas where a value is missing: save these columns as Int64'
  }
  if (reason === 'not_an_id' && /[0-9](\.[0-9]+)?e\+?[0-9]+/i.test(text)) {
    return 'ids are written as 1.2E+16, as by a spreadsheet, and their digits are lost: export them as text'
  }
  if (reason === 'not_a_size' && /[0-9]\.0+($|[,"])/.test(text)) {
    return 'sizes are written as 300.0: save these columns as Int64'
  }
  if (reason === 'field_count' && /,{1,}["\s]*$/.test(text)) {
    return 'lines end with empty fields, as of a spreadsheet with empty columns: delete those columns'
  }
  if (reason === 'field_count' && table === 'banners') {
    return 'a text with a comma in it stands in double quotes'
  }
  if (reason === 'not_a_revenue' && /[0-9],[0-9]/.test(text)) {
    return 'a revenue has a decimal point, not a comma'
  }
  return null
}
