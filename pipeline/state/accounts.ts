/** What became of the lines of each file, as a batch accounts for them: by path and line, never by arrival. */
import type { DatasetCounts } from './dataset-counts.ts'
import { CONFLICT, type EventRows, WAITS } from './event-rows.ts'
import type { FileCounts, FileName } from './file-counts.ts'
import { joinHalves } from './int64.ts'

/** An accepted line that does not count, because of the other lines. */
interface UnfitLine {
  /** 1 is the header. */
  readonly line: number
  readonly reason: 'conflict' | 'orphan'
  /** Its click_id or conversion_id, as digits. */
  readonly key: string
}

/** The accounts of one file. Its lines = `accepted` + `rejected` + `duplicates`. */
export interface FileAccount extends FileName {
  readonly isDuplicate: boolean
  readonly rows: number
  /** Rows by form, before any of them turned out unfit or a duplicate. */
  readonly scanned: number
  readonly accepted: number
  readonly rejected: number
  readonly duplicates: number
  readonly rounded: number
  /** Lines that are no rows, in order. */
  readonly rejects: FileCounts['rejects']
  /** In order; their text stands in the file. */
  readonly unfit: readonly UnfitLine[]
}

/** Accounts for the files of a dataset, in the order of `files`. */
export function accountForFiles(
  files: readonly FileCounts[],
  counts: DatasetCounts,
): FileAccount[] {
  const order = orderByPath(files)
  const sorted = { unfit: files.map((): UnfitLine[] => []), duplicates: files.map(() => 0) }
  sortRows(counts.clicks, order, sorted)
  sortRows(counts.conversions, order, sorted)
  return files.map((file, index) =>
    accountOf(file, sorted.unfit[index] ?? [], sorted.duplicates[index] ?? 0),
  )
}

function accountOf(file: FileCounts, unfit: UnfitLine[], repeated: number): FileAccount {
  const { name, accepted, rounded, rejects, isDuplicate } = file
  const rows = file.nextLine - 2
  if (isDuplicate) {
    const nothing = { scanned: 0, accepted: 0, rejected: 0, rounded: 0, rejects: [], unfit: [] }
    return { ...name, isDuplicate, rows, duplicates: rows, ...nothing }
  }
  return {
    ...name,
    isDuplicate,
    rows,
    scanned: accepted,
    accepted: accepted - unfit.length - repeated,
    rejected: rejects.length + unfit.length,
    duplicates: repeated,
    rounded,
    rejects,
    unfit: unfit.sort((one, other) => one.line - other.line),
  }
}

/** What rows with something to tell of turn out to be, by file. */
interface SortedRows {
  readonly unfit: UnfitLine[][]
  readonly duplicates: number[]
}

function sortRows(rows: EventRows, order: Uint32Array, sorted: SortedRows): void {
  for (const row of rows.noted()) {
    const status = rows.statusOf(row)
    const key = String(joinHalves(rows.hi.get(row), rows.lo.get(row)))
    const copies = [...rows.copiesOf(row)].map((copy) => rows.origins.find(copy))
    if (status === CONFLICT) {
      for (const { file, line } of copies)
        sorted.unfit[file]?.push({ line, reason: 'conflict', key })
      continue
    }
    copies.sort(
      (one, other) =>
        placeOf(order, one.file) - placeOf(order, other.file) || one.line - other.line,
    )
    const [first, ...others] = copies
    if (status === WAITS && first !== undefined) {
      sorted.unfit[first.file]?.push({ line: first.line, reason: 'orphan', key })
    }
    for (const { file } of others) sorted.duplicates[file] = (sorted.duplicates[file] ?? 0) + 1
  }
}

function placeOf(order: Uint32Array, file: number): number {
  return order[file] as number
}

/** The place of each file in the order of paths. */
function orderByPath(files: readonly FileCounts[]): Uint32Array {
  const byPath = [...files.keys()].sort((one, other) =>
    (files[one]?.name.path ?? '') < (files[other]?.name.path ?? '') ? -1 : 1,
  )
  const order = new Uint32Array(files.length)
  for (const [place, file] of byPath.entries()) order[file] = place
  return order
}
