/** The input folder, read as it grows. */
import type { Dataset } from '../../contract/schema.ts'
import { readCommitted } from '../input/committed.ts'
import type { Rename } from '../input/renames.ts'
import { findReadLength } from '../input/scan/read-length.ts'
import type { Window } from '../input/window.ts'
import type { AddResult } from '../state/dataset-part.ts'
import type { Place } from '../state/file-counts.ts'
import { CountsState, type StateOptions } from '../state/state.ts'
import { findDuplicates } from './duplicates.ts'
import { InputList, type ListOptions } from './input-list.ts'
import type { LogContext } from './log-comparison.ts'
import type { LogFile } from './log-file.ts'
import { LogFiles } from './log-files.ts'
import type { Places } from './publisher.ts'
import { Recounts } from './recounts.ts'
import { StoredCounts, type StoredCountsOptions } from './stored-counts.ts'

/** What is read, and what it means. */
export interface ReaderOptions extends ListOptions, StoredCountsOptions {
  readonly renames: readonly Rename[]
  readonly keepEqualFiles: boolean
  /** Bytes that the counts may take. */
  readonly memoryLimitBytes?: number
}

/** What a look at the input brought. */
export interface LookResult extends AddResult {
  /** A list of banners changed, or a day has left the window: a full build comes at once. */
  readonly wantsBuild: boolean
  /** Other days count than before. */
  readonly hasNewDay: boolean
}

type News = Pick<LookResult, 'wantsBuild' | 'hasNewDay'>

/** Milliseconds between two lists of all files; in between, only the known ones are looked at. */
const LIST_MS = 1_000
/** So many files are looked at each time; of more, only those that grew lately. */
const FEW_FILES = 64

/** Reads new lines into the counts. Not safe for use by several at once. */
export class InputReader {
  readonly #options: ReaderOptions
  readonly #list: InputList
  readonly #files: LogFiles
  readonly #stored: StoredCounts
  readonly #recounts: Recounts
  #news: News = { wantsBuild: false, hasNewDay: false }
  #state: CountsState
  #listedAtMs = Number.NEGATIVE_INFINITY

  constructor(options: ReaderOptions) {
    this.#options = options
    this.#list = new InputList(options)
    this.#files = new LogFiles(options.note)
    this.#stored = new StoredCounts(options, this.#stateOptions())
    this.#recounts = new Recounts({
      files: this.#files,
      keepEqualFiles: options.keepEqualFiles,
      createState: () => this.#createState(),
      readAll: (files, state) => this.#readAll(files, state),
    })
    this.#state = this.#createState()
  }

  get state(): CountsState {
    return this.#state
  }

  /** The days that count now. */
  get window(): Window | null {
    return this.#list.window
  }

  /** Why a batch over the same files would fail; null = it would not. */
  get refusal(): string | null {
    return this.#files.refusal
  }

  get fileCount(): number {
    return this.#files.present.size
  }

  /** Datasets whose counts are not those of a batch over their files until they have been counted anew. */
  get paused(): ReadonlySet<Dataset> {
    return this.#recounts.paused
  }

  /** A dataset is counted anew, or is going to be: no full build may begin. */
  get isRecounting(): boolean {
    return this.#recounts.isRecounting || this.#files.isComparing
  }

  /** How far each file is counted, by its path without packing; files that are gone as long as they count. */
  places(): Map<string, Place> {
    return this.#files.places(this.#state)
  }

  /** Bytes of the lines that are counted of each file, by its path without packing. */
  lengths(): Map<string, number> {
    return new Map([...this.places()].map(([path, { linesBytes }]) => [path, linesBytes]))
  }

  /**
   * Reads what is new.
   *
   * @param now - Decides which days count.
   * @param nowMs - Of a clock that never goes back.
   * @throws {PipelineError} If a file shrank or changed, or memory ends.
   */
  async look(now: Date, nowMs: number): Promise<LookResult> {
    const isListed = nowMs - this.#listedAtMs >= LIST_MS
    if (isListed) await this.#listFiles(now, nowMs)
    const all = [...this.#files.present.values()]
    const isFew = all.length <= FEW_FILES
    const due = isListed || isFew ? all : all.filter((file) => file.isActive(nowMs))
    const result = await this.#readAll(due, this.#state)
    const isReplaced = await this.#recounts.advance(this.#state)
    if (isListed || isReplaced || (isFew && result.lines > 0)) {
      this.#recounts.judgeDuplicates(this.#state)
    }
    return { ...result, ...this.#takeNews() }
  }

  /** Until the counts fit it, a new day is none. */
  #takeNews(): News {
    const { wantsBuild, hasNewDay } = this.#news
    const isReady = hasNewDay && !this.isRecounting
    this.#news = { wantsBuild: false, hasNewDay: hasNewDay && !isReady }
    return { wantsBuild: wantsBuild || isReady, hasNewDay: isReady }
  }

  /**
   * Reads each file as far as it is published, and nothing behind.
   *
   * @param places - What is published; `duplicates` are the paths that do not count.
   * @returns False if the files do not have these lines any more; then what was read is all forgotten.
   */
  async catchUp(
    places: Places,
    { duplicates, now }: { duplicates: ReadonlySet<string>; now: Date },
  ): Promise<boolean> {
    this.#list.moveWindow(now)
    const { renames, keepEqualFiles } = this.#options
    const sources = (await this.#list.find().catch(() => null))?.files ?? []
    this.#files.begin(sources, places, duplicates)
    const restored = await this.#stored.restore([...this.#files.present.values()])
    if (restored !== null) this.#state = restored
    for (const [path, file] of this.#files.present) {
      const linesBytes = places.get(path)?.linesBytes ?? 0
      const to = { linesBytes, isSegmentCut: false }
      const length = await findReadLength(file.fullPath, to).catch(() => null)
      if (length !== null) await readWhole(file, { state: this.#state, renames }, length)
    }
    const read = this.places()
    const isSame =
      read.size === places.size &&
      [...read].every(([path, { linesBytes }]) => places.get(path)?.linesBytes === linesBytes)
    const equal = findDuplicates([...read.values()], keepEqualFiles)
    const isRight = [...read].every(([path]) => equal.has(path) === duplicates.has(path))
    // Counted beyond what is published: right, but what a change would have to bring is not known.
    if (restored !== null && !isSame && isRight && this.refusal === null) return false
    if (!isSame || !isRight || this.refusal !== null) {
      this.#files.clear()
      this.#state = this.#createState()
      return false
    }
    this.#state.takeTouched()
    return true
  }

  /** Saves the counts as they are when it is called; a failure is told, and costs time at the next start only. */
  save(): Promise<void> {
    return this.#stored.save(this.#state)
  }

  async #listFiles(now: Date, nowMs: number): Promise<void> {
    if (this.#list.moveWindow(now)) this.#news = { ...this.#news, hasNewDay: true }
    const found = await this.#list.findOrTell()
    if (found === null) return
    this.#listedAtMs = nowMs
    await this.#files.reconcile(found.files)
    if (await this.#list.hasNewLists(found)) this.#news = { ...this.#news, wantsBuild: true }
  }

  async #readAll(files: readonly LogFile[], state: CountsState): Promise<AddResult> {
    const { input, renames } = this.#options
    const total = { lines: 0, accepted: 0, rejected: 0 }
    const committed = await readCommitted(input)
    for (const file of files) {
      const limit = committed.get(file.name.path) ?? Number.POSITIVE_INFINITY
      const result = await file.read({ state, renames }, limit)
      if (result === null) continue
      total.lines += result.lines
      total.accepted += result.accepted
      total.rejected += result.rejected
    }
    return total
  }

  #createState(): CountsState {
    return new CountsState(this.#stateOptions())
  }

  #stateOptions(): StateOptions {
    const { renames, memoryLimitBytes } = this.#options
    return { renames, ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }) }
  }
}

/** Reads on also where it first has to be compared with what was counted. */
async function readWhole(file: LogFile, context: LogContext, length: number): Promise<void> {
  await file.read(context, length)
  if (!file.isCompared) return
  await file.compared()
  await file.read(context, length)
}
