import type { Table } from '../../contract/schema.ts'
import { findRenames, type Rename } from '../input/renames.ts'
import { headerEnd } from '../input/scan/header.ts'
import type { BlobFile } from './blobs.ts'
import { DatasetCounts, type SavedCounts, type Shared } from './dataset-counts.ts'
import { beginFile, FileCounts, type FileName, type SavedFile } from './file-counts.ts'
import type { ScannedRows } from './scanned-rows.ts'

/** Lines of one file, in the file's order and without a gap. */
export interface FileLines extends FileName {
  /** Line number of the first of them. The first lines of a file begin with its header, line 1. */
  readonly firstLine: number
  /** Unpacked, as they stand in the file. Each ends with LF; only the very last of a file may lack it. */
  readonly bytes: Buffer
  /**
   * Its lines are those of another file (live.md 5): they are read and do not count. Heeded with the first lines only;
   * when that changes, the dataset is made anew (CountsState.replace).
   */
  readonly isDuplicate?: boolean
}

/** What became of added lines, the header not counted. */
export interface AddResult {
  readonly lines: number
  readonly accepted: number
  readonly rejected: number
}

/** A dataset as it was saved. */
export interface SavedPart {
  readonly files: readonly SavedFile[]
  readonly counts: SavedCounts
}

/** One dataset: its files and its counts. */
export class DatasetPart {
  readonly files: FileCounts[]
  readonly counts: DatasetCounts
  /** Touched, but perhaps without a pair here. */
  readonly vanished = new Set<number>()
  readonly #byPath = new Map<string, number>()

  constructor(shared: Shared, saved?: SavedPart, file: BlobFile | null = null) {
    this.counts = new DatasetCounts(shared, saved?.counts, file)
    this.files = saved && file ? saved.files.map((one) => FileCounts.load(one, file)) : []
    for (const [index, { name }] of this.files.entries()) this.#byPath.set(keyOf(name), index)
  }

  save(file: BlobFile): SavedPart {
    return { files: this.files.map((one) => one.save(file)), counts: this.counts.save(file) }
  }

  find(name: Omit<FileName, 'dataset'>): FileCounts | undefined {
    return this.files[this.#byPath.get(keyOf(name)) ?? -1]
  }

  add(lines: FileLines, renames: readonly Rename[], rows: ScannedRows): AddResult {
    const { table, bytes, firstLine } = lines
    const known = this.find(lines)
    if (known !== undefined && bytes.length === 0) return { lines: 0, accepted: 0, rejected: 0 }
    const file = known ?? this.#begin(lines, renames)
    const isExpected = known === undefined ? firstLine === 1 : firstLine === known.nextLine
    if (!isExpected || !file.isOpen) {
      throw new Error(`${lines.path}: line ${firstLine} does not follow, ${file.nextLine} is next`)
    }
    rows.clear()
    const count = file.scan(known === undefined ? bytes.subarray(headerEnd(bytes)) : bytes, rows)
    if (known === undefined) {
      this.#byPath.set(keyOf(lines), this.files.length)
      this.files.push(file)
    }
    file.keep(bytes, count, rows)
    if (!file.isDuplicate) this.#count(table, rows, this.files.indexOf(file))
    return { lines: count, accepted: rows.count, rejected: rows.rejects.length }
  }

  takeTouched(): number[] {
    const touched = new Set(this.counts.pairs.takeTouched())
    for (const campaign of this.vanished) touched.add(campaign)
    this.vanished.clear()
    return [...touched]
  }

  #begin(lines: FileLines, renames: readonly Rename[]): FileCounts {
    const { dataset, table, path, bytes, isDuplicate = false } = lines
    const options = { renames: findRenames(table, renames), isDuplicate }
    return beginFile({ dataset, table, path }, bytes, options)
  }

  #count(table: Table, rows: ScannedRows, file: number): void {
    if (table === 'impressions') this.counts.addImpressions(rows)
    else if (table === 'clicks') this.counts.addClicks(rows, file)
    else this.counts.addConversions(rows, file)
  }
}

function keyOf({ table, path }: Omit<FileName, 'dataset'>): string {
  return `${table} ${path}`
}
