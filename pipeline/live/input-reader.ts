/** The input folder, read as it grows. */
import { stat } from 'node:fs/promises'
import type { Dataset } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import { readCommitted } from '../input/committed.ts'
import { isPacked, withoutPacking } from '../input/packing.ts'
import type { Rename } from '../input/renames.ts'
import { fileStamp } from '../input/scan/inspect.ts'
import { findReadLength } from '../input/scan/read-length.ts'
import { findSources, type SourceFile, type SourceList } from '../input/sources.ts'
import { openWindow, type Window } from '../input/window.ts'
import type { AddResult } from '../state/dataset-part.ts'
import type { Place } from '../state/file-counts.ts'
import { openState, type StoredState, storeState } from '../state/saved-state.ts'
import { CountsState, type StateOptions } from '../state/state.ts'
import { findDuplicates } from './duplicates.ts'
import { goOn } from './go-on.ts'
import type { LogContext } from './log-comparison.ts'
import { LogFile } from './log-file.ts'
import type { Places } from './publisher.ts'
import { Recount } from './recount.ts'

/** What is read, and what it means. */
export interface ReaderOptions {
  /** Folder with the logs. */
  readonly input: string
  /** Artifacts folder: it is no part of the input. */
  readonly out: string
  readonly renames: readonly Rename[]
  readonly followLinks: boolean
  readonly keepEqualFiles: boolean
  /** Days of the window; null = all. */
  readonly days: number | null
  /** Bytes that the counts may take. */
  readonly memoryLimitBytes?: number
  /** Where the counts are saved, so that a start need not count all lines again. */
  readonly countsFolder?: string
  /** Told what a person should know. */
  readonly note: (line: string) => void
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
  readonly #files = new Map<string, LogFile>()
  /** Files that are gone, and still counted. */
  readonly #leaving = new Map<string, LogFile>()
  /** Datasets of which a file has another path now: until it is counted anew, its lines may count twice. */
  readonly #renamed = new Set<Dataset>()
  #recount: Recount | null = null
  /** Datasets in which a file counts and should not, or the other way round. */
  #misjudged: ReadonlySet<Dataset> = new Set()
  #news: News = { wantsBuild: false, hasNewDay: false }
  #state: CountsState
  #stored: StoredState | null = null
  #window: Window | null = null
  #lists = ''
  #listedAtMs = Number.NEGATIVE_INFINITY
  #told = ''

  constructor(options: ReaderOptions) {
    this.#options = options
    this.#state = this.#createState()
  }

  get state(): CountsState {
    return this.#state
  }

  /** The days that count now. */
  get window(): Window | null {
    return this.#window
  }

  /** Why a batch over the same files would fail; null = it would not. */
  get refusal(): string | null {
    for (const { refusal } of this.#files.values()) if (refusal !== null) return refusal
    return null
  }

  get fileCount(): number {
    return this.#files.size
  }

  /** Datasets whose counts are not those of a batch over their files until they have been counted anew. */
  get paused(): ReadonlySet<Dataset> {
    return new Set([...this.#misjudged, ...this.#renamed])
  }

  /** A dataset is counted anew, or is going to be: no full build may begin. */
  get isRecounting(): boolean {
    return this.#recount !== null || this.#findStale() !== undefined || this.#isComparing
  }

  get #isComparing(): boolean {
    return [...this.#files.values()].some(({ isCompared }) => isCompared)
  }

  /** How far each file is counted, by its path without packing; files that are gone as long as they count. */
  places(): Map<string, Place> {
    const isCounted = ({ path }: Place) => this.#files.has(path) || this.#leaving.has(path)
    return new Map(
      this.#state
        .places()
        .filter(isCounted)
        .map((place) => [place.path, place]),
    )
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
    if (isListed) await this.#list(now, nowMs)
    const all = [...this.#files.values()]
    const isFew = all.length <= FEW_FILES
    const due = isListed || isFew ? all : all.filter((file) => file.isActive(nowMs))
    const result = await this.#readAll(due, this.#state)
    const isReplaced = await this.#advanceRecount()
    if (isListed || isReplaced || (isFew && result.lines > 0)) this.#judgeDuplicates()
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
    this.#moveWindow(now)
    const { input, out, followLinks, renames, keepEqualFiles } = this.#options
    const options = { allowMissing: true, followLinks, out, window: this.#window }
    const sources = (await findSources(input, options).catch(() => null))?.files ?? []
    for (const source of [...sources].sort(
      (a, b) => Number(isPacked(b.path)) - Number(isPacked(a.path)),
    )) {
      const path = withoutPacking(source.path)
      if (places.has(path)) this.#files.set(path, createFile(source, duplicates.has(path)))
    }
    const isRestored = await this.#restore()
    for (const [path, file] of this.#files) {
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
    if (isRestored && !isSame && isRight && this.refusal === null) return false
    if (!isSame || !isRight || this.refusal !== null) {
      this.#files.clear()
      this.#state = this.#createState()
      return false
    }
    this.#state.takeTouched()
    return true
  }

  /** Saves the counts as they are when it is called; a failure is told, and costs time at the next start only. */
  async save(): Promise<void> {
    const { countsFolder, note } = this.#options
    if (countsFolder === undefined) return
    if (this.#stored?.state !== this.#state) {
      this.#stored?.close()
      this.#stored = storeState(countsFolder, this.#stateOptions(), this.#state)
    }
    await this.#stored.save().catch((error: Error) => note(`counts not saved: ${error.message}`))
  }

  /** Takes the saved counts, if they are of the files that are there. */
  async #restore(): Promise<boolean> {
    const { countsFolder, note } = this.#options
    if (countsFolder === undefined) return false
    const refuse = (reason: string) => note(`counting anew: ${reason}`)
    const stored = await openState(countsFolder, this.#stateOptions(), refuse)
    const misfit = await goOn(stored.state, [...this.#files.values()])
    if (misfit !== null) {
      if (stored.state.places().length > 0) refuse(misfit)
      stored.close()
      return false
    }
    this.#stored = stored
    this.#state = stored.state
    return true
  }

  async #list(now: Date, nowMs: number): Promise<void> {
    const before = this.#window?.day
    this.#moveWindow(now)
    const { input, out, followLinks } = this.#options
    const options = { allowMissing: true, followLinks, out, window: this.#window }
    if (before !== undefined && before !== this.#window?.day) {
      this.#news = { ...this.#news, hasNewDay: true }
    }
    const found = await findSources(input, options).catch((error) => {
      if (!(error instanceof PipelineError)) throw error
      // There may be nothing yet, or a file that is being moved: the next look tells.
      this.#tell(error.message)
      return null
    })
    if (found === null) return
    this.#listedAtMs = nowMs
    await this.#reconcile(found.files)
    const lists = await describeLists(found.lists)
    if (this.#lists !== lists) this.#news = { ...this.#news, wantsBuild: true }
    this.#lists = lists
  }

  /** A clock that is set back takes no day back into the window. */
  #moveWindow(now: Date): void {
    const { days } = this.#options
    if (days === null) return
    const next = openWindow(days, now)
    if (this.#window === null || next.day > this.#window.day) this.#window = next
  }

  async #reconcile(sources: readonly SourceFile[]): Promise<void> {
    const byPath = new Map<string, SourceFile>()
    for (const source of sources) {
      const path = withoutPacking(source.path)
      // The packed twin takes over when the file itself is gone.
      const known = byPath.get(path)
      if (known === undefined || isPacked(known.path)) byPath.set(path, source)
    }
    const gone = [...this.#files.entries()].filter(([path]) => !byPath.has(path))
    const added = [...byPath.entries()].filter(([path]) => !this.#files.has(path))
    for (const [path, source] of byPath) {
      const file = this.#files.get(path)
      if (file !== undefined) file.moveTo(source.fullPath)
      // Another file of a name that is still counted waits until it is not.
      else if (!this.#leaving.has(path)) this.#files.set(path, createFile(source, false))
    }
    for (const [path, file] of gone) {
      this.#files.delete(path)
      if (file.nextLine === 1) continue
      this.#leaving.set(path, file)
      const heir = await findSameFile(file, added)
      if (heir !== null) this.#renamed.add(file.name.dataset)
      this.#options.note(heir === null ? `no longer counted: ${path}` : `${path} is ${heir} now`)
    }
  }

  /** Equal files count once: finds the datasets in which that has changed for one. */
  #judgeDuplicates(): void {
    const places = [...this.places().values()]
    const duplicates = findDuplicates(places, this.#options.keepEqualFiles)
    const wrong = places.filter(({ path, isDuplicate }) => duplicates.has(path) !== isDuplicate)
    this.#misjudged = new Set(wrong.map(({ dataset }) => dataset))
  }

  /** The next dataset to be counted anew. */
  #findStale(): Dataset | undefined {
    const leaving = [...this.#leaving.values()].map(({ name }) => name.dataset)
    return [...leaving, ...this.paused][0]
  }

  /** Counts datasets anew, one after the other, while the looks go on. Tells whether one was replaced. */
  async #advanceRecount(): Promise<boolean> {
    const recount = this.#recount
    if (recount === null) {
      const dataset = this.#findStale()
      if (dataset !== undefined) this.#beginRecount(dataset)
      return false
    }
    if (!recount.isRead()) return false
    const { dataset, state } = recount
    const files = this.#findFiles(dataset)
    if (!recount.fits(files, this.#findDuplicates())) {
      this.#beginRecount(dataset)
      return false
    }
    await this.#readAll(recount.take(files), state)
    for (const [path, file] of recount.files) this.#files.set(path, file)
    for (const [path, { name }] of this.#leaving) {
      if (name.dataset === dataset) this.#leaving.delete(path)
    }
    this.#renamed.delete(dataset)
    this.#state.replace(dataset, state)
    this.#recount = null
    return true
  }

  #beginRecount(dataset: Dataset): void {
    const state = this.#createState()
    const recount = new Recount(dataset, state, this.#findDuplicates())
    const files = recount.take(this.#findFiles(dataset))
    this.#recount = recount
    recount.begin(this.#readAll(files, state))
  }

  #findFiles(dataset: Dataset): Map<string, LogFile> {
    const files = [...this.#files.entries()]
    return new Map(files.filter(([, { name }]) => name.dataset === dataset))
  }

  /** Of the files that are there. */
  #findDuplicates(): Set<string> {
    const places = [...this.places().values()].filter(({ path }) => this.#files.has(path))
    return findDuplicates(places, this.#options.keepEqualFiles)
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

  #tell(line: string): void {
    if (line !== this.#told) this.#options.note(line)
    this.#told = line
  }
}

/** Reads on also where it first has to be compared with what was counted. */
async function readWhole(file: LogFile, context: LogContext, length: number): Promise<void> {
  await file.read(context, length)
  if (!file.isCompared) return
  await file.compared()
  await file.read(context, length)
}

/** The path under which a file lies now, if it was renamed. */
async function findSameFile(
  { inode }: LogFile,
  added: readonly (readonly [string, SourceFile])[],
): Promise<string | null> {
  for (const [path, { fullPath }] of added) {
    const status = await stat(fullPath).catch(() => null)
    if (status !== null && status.ino === inode) return path
  }
  return null
}

/** Another text when a list has changed. */
async function describeLists(lists: readonly SourceList[]): Promise<string> {
  const stamps = lists.map(async ({ path, fullPath }) => {
    return `${path} ${await fileStamp(fullPath).catch(() => 'gone')}`
  })
  return (await Promise.all(stamps)).join()
}

function createFile({ dataset, table, path, fullPath }: SourceFile, isDuplicate: boolean): LogFile {
  return new LogFile({ dataset, table, path: withoutPacking(path) }, fullPath, isDuplicate)
}
