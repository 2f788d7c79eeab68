/**
 * Counts that grow with every line, and are at any moment those of a batch over the same lines.
 *
 *     lines of a file ──► scan-lines ──► dataset-counts ──► pairs of the campaigns that were touched ──► models
 *                              │               │
 *                              └── file-counts ┴──► accounts and rejects, as a batch has them
 *
 * The state is a cache of the input files: it may be thrown away at any time and made anew from them.
 */
import type { Dataset, Table } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import type { Rename } from '../input/renames.ts'
import { renamesOf } from '../input/renames.ts'
import { headerEnd } from '../input/scan/header.ts'
import { accountForFiles, type FileAccount } from './accounts.ts'
import { DatasetCounts } from './dataset-counts.ts'
import { FileCounts, type FileName, type Place } from './file-counts.ts'
import { type Campaigns, copyPairCounts, type PairCounts, type WantedPairs } from './pair-counts.ts'
import { ScannedRows } from './scanned-rows.ts'

/** Lines of one file, in the file's order and without a gap. */
export interface FileLines extends FileName {
  /** Line number of the first of them. The first lines of a file begin with its header, line 1. */
  readonly firstLine: number
  /** Unpacked, as they stand in the file. Each ends with LF; only the very last of a file may lack it. */
  readonly bytes: Buffer
  /**
   * Its lines are those of another file (live.md 5): they are read and do not count. Heeded with the first lines only;
   * when that changes, the dataset is made anew ({@link CountsState.replace}).
   */
  readonly isDuplicate?: boolean
}

/** What became of added lines, the header not counted. */
export interface AddResult {
  readonly lines: number
  readonly accepted: number
  readonly rejected: number
}

/** What decides what lines mean. */
export interface StateOptions {
  readonly renames: readonly Rename[]
  /** Bytes that the state may take; more is an error with a remedy. */
  readonly memoryLimitBytes?: number
}

/** Memory is measured after so many lines. */
const LINES_BETWEEN_MEASURES = 1 << 18

/** Counts that grow. Not safe for use by several at once; every call but saving is over when it returns. */
export class CountsState {
  readonly #options: StateOptions
  readonly #parts = new Map<Dataset, DatasetPart>()
  readonly #rows = new ScannedRows()
  #linesUntilMeasure = LINES_BETWEEN_MEASURES

  constructor(options: StateOptions) {
    this.#options = options
  }

  /**
   * Adds lines. Nothing of them counts if they are refused.
   *
   * @throws {PipelineError} If the file cannot be trusted as a whole, in words of a batch, or memory ends.
   * @throws {Error} If they do not continue the file.
   */
  add(lines: FileLines): AddResult {
    const part = this.#partOf(lines.dataset)
    try {
      const result = part.add(lines, this.#options.renames, this.#rows)
      this.#limitMemory(result.lines)
      return result
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error
      throw new PipelineError(`${lines.path}: ${error.message}`, { cause: error })
    }
  }

  /** Campaigns whose counts may have changed since the last call, and forgets them. */
  takeTouched(): Campaigns {
    const touched = new Map<Dataset, readonly number[]>()
    for (const [dataset, part] of this.#parts) {
      const campaigns = part.takeTouched()
      if (campaigns.length > 0) touched.set(dataset, campaigns)
    }
    return touched
  }

  /**
   * Copies the counts of all candidates of some campaigns; of all campaigns by default. A campaign without any is in
   * no pool any more.
   */
  pairs(campaigns?: Campaigns): PairCounts {
    const wanted: WantedPairs[] = []
    for (const [dataset, { counts }] of this.#parts) {
      const table = counts.pairs
      const own = campaigns === undefined ? table.campaigns() : (campaigns.get(dataset) ?? [])
      const pairs = [...own].flatMap((campaign) => [...table.candidatesOf(campaign)])
      wanted.push({ dataset, table, pairs })
    }
    return copyPairCounts(wanted)
  }

  /** How far each file was read, in the order in which files were first added. */
  places(): Place[] {
    return [...this.#parts.values()].flatMap(({ files }) => files.map((file) => file.place))
  }

  /** How far a file was read; null if it was never added. */
  placeOf({ dataset, table, path }: FileName): Place | null {
    return this.#parts.get(dataset)?.find(table, path)?.place ?? null
  }

  /** What became of the lines of each file, in the order of {@link places}. */
  accounts(): FileAccount[] {
    return [...this.#parts.values()].flatMap(({ files, counts }) => accountForFiles(files, counts))
  }

  /** Where in a file to begin to look for a line: at byte `offset` of the unpacked file begins line `line`. */
  locate(name: FileName, line: number): { line: number; offset: number } {
    const file = this.#parts.get(name.dataset)?.find(name.table, name.path)
    if (file === undefined) throw new Error(`never added: ${name.path}`)
    return file.locate(line)
  }

  /**
   * Takes a dataset from another state, made beside this one: after a file has gone, or has become a duplicate or
   * ceased to be one. All campaigns of before and after count as touched.
   */
  replace(dataset: Dataset, other: CountsState): void {
    const before = this.#parts.get(dataset)
    const after = other.#partOf(dataset)
    for (const campaign of before?.counts.pairs.campaigns() ?? []) after.vanished.add(campaign)
    for (const campaign of after.counts.pairs.campaigns()) after.vanished.add(campaign)
    this.#parts.set(dataset, after)
  }

  /** Bytes that the columns take; lists of rejects come on top. */
  get bytes(): number {
    return [...this.#parts.values()].reduce((sum, { counts }) => sum + counts.bytes, 0)
  }

  #partOf(dataset: Dataset): DatasetPart {
    const known = this.#parts.get(dataset)
    if (known !== undefined) return known
    const part = new DatasetPart()
    this.#parts.set(dataset, part)
    return part
  }

  #limitMemory(lines: number): void {
    const { memoryLimitBytes } = this.#options
    this.#linesUntilMeasure -= lines
    if (memoryLimitBytes === undefined || this.#linesUntilMeasure > 0) return
    this.#linesUntilMeasure = LINES_BETWEEN_MEASURES
    if (this.bytes <= memoryLimitBytes) return
    throw new PipelineError(
      `the counts need more than ${memoryLimitBytes} bytes of memory, raise --memory-limit or take fewer days with --window`,
    )
  }
}

/** One dataset: its files and its counts. */
class DatasetPart {
  readonly files: FileCounts[] = []
  readonly counts = new DatasetCounts()
  /** Touched, but perhaps without a pair here. */
  readonly vanished = new Set<number>()
  readonly #byPath = new Map<string, number>()

  find(table: Table, path: string): FileCounts | undefined {
    return this.files[this.#byPath.get(`${table} ${path}`) ?? -1]
  }

  add(lines: FileLines, renames: readonly Rename[], rows: ScannedRows): AddResult {
    const { table, bytes, firstLine } = lines
    const known = this.find(table, lines.path)
    if (known !== undefined && bytes.length === 0) return { lines: 0, accepted: 0, rejected: 0 }
    const file = known ?? this.#begin(lines, renames)
    const isExpected = known === undefined ? firstLine === 1 : firstLine === known.nextLine
    if (!isExpected || !file.isFinished) {
      throw new Error(`${lines.path}: line ${firstLine} does not follow, ${file.nextLine} is next`)
    }
    rows.clear()
    const count = file.scan(known === undefined ? bytes.subarray(headerEnd(bytes)) : bytes, rows)
    if (known === undefined) {
      this.#byPath.set(`${table} ${lines.path}`, this.files.length)
      this.files.push(file)
    }
    file.keep(bytes, count, rows)
    if (!file.isDuplicate) this.#count(table, rows, this.#byPath.get(`${table} ${lines.path}`) ?? 0)
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
    const options = { renames: renamesOf(table, renames), isDuplicate }
    return new FileCounts({ dataset, table, path }, bytes, options)
  }

  #count(table: Table, rows: ScannedRows, file: number): void {
    if (table === 'impressions') this.counts.addImpressions(rows)
    else if (table === 'clicks') this.counts.addClicks(rows, file)
    else this.counts.addConversions(rows, file)
  }
}
