/** The input folder, read as it grows. */
import { stat } from 'node:fs/promises'
import { DATASETS, type Dataset } from '../../contract/schema.ts'
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
import { LogFile } from './log-file.ts'
import type { Places } from './publisher.ts'

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
const NO_NEWS: News = { wantsBuild: false, hasNewDay: false }

/** Milliseconds between two lists of all files; in between, only the known ones are looked at. */
const LIST_MS = 1_000
/** So many files are looked at each time; of more, only those that grew lately. */
const FEW_FILES = 64

/** Reads new lines into the counts. Not safe for use by several at once. */
export class InputReader {
  readonly #options: ReaderOptions
  readonly #files = new Map<string, LogFile>()
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

  /** How far each file is counted, by its path without packing. */
  places(): Map<string, Place> {
    const places = this.#state.places().filter(({ path }) => this.#files.has(path))
    return new Map(places.map((place) => [place.path, place]))
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
    const listed = isListed ? await this.#list(now, nowMs) : NO_NEWS
    const all = [...this.#files.values()]
    const due =
      isListed || all.length <= FEW_FILES ? all : all.filter((file) => file.isActive(nowMs))
    const result = await this.#readAll(due, this.#state)
    if (isListed) await this.#sortOutDuplicates()
    return { ...result, ...listed }
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
      if (length !== null) await file.read({ state: this.#state, renames }, length)
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

  async #list(now: Date, nowMs: number): Promise<News> {
    const before = this.#window?.day
    this.#moveWindow(now)
    const { input, out, followLinks } = this.#options
    const options = { allowMissing: true, followLinks, out, window: this.#window }
    const found = await findSources(input, options).catch((error) => {
      if (!(error instanceof PipelineError)) throw error
      // There may be nothing yet, or a file that is being moved: the next look tells.
      this.#tell(error.message)
      return null
    })
    if (found === null) return NO_NEWS
    this.#listedAtMs = nowMs
    await this.#reconcile(found.files)
    const lists = await describeLists(found.lists)
    const hasNewDay = before !== undefined && before !== this.#window?.day
    const wantsBuild = hasNewDay || this.#lists !== lists
    this.#lists = lists
    return { wantsBuild, hasNewDay }
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
      else this.#files.set(path, createFile(source, false))
    }
    const touched = new Set<Dataset>()
    for (const [path, file] of gone) {
      this.#files.delete(path)
      if (file.nextLine === 1) continue
      touched.add(file.name.dataset)
      const heir = await findSameFile(file, added)
      this.#options.note(heir === null ? `no longer counted: ${path}` : `${path} is ${heir} now`)
    }
    for (const dataset of touched) await this.#countAnew(dataset, this.#findMarked())
  }

  /** Equal files count once: when that changes for one, its dataset is counted anew beside the old counts. */
  async #sortOutDuplicates(): Promise<void> {
    const { keepEqualFiles } = this.#options
    const places = this.#state.places().filter(({ path }) => this.#files.has(path))
    const duplicates = findDuplicates(places, keepEqualFiles)
    for (const dataset of DATASETS) {
      const own = places.filter((place) => place.dataset === dataset)
      const isRight = own.every(({ path, isDuplicate }) => duplicates.has(path) === isDuplicate)
      if (!isRight) await this.#countAnew(dataset, duplicates)
    }
  }

  #findMarked(): Set<string> {
    const marked = [...this.#files.entries()].filter(([, { isDuplicate }]) => isDuplicate)
    return new Set(marked.map(([path]) => path))
  }

  async #countAnew(dataset: Dataset, duplicates: ReadonlySet<string>): Promise<void> {
    const other = this.#createState()
    const files = [...this.#files.entries()].filter(([, { name }]) => name.dataset === dataset)
    const anew = files.map(([path, { name, fullPath }]) => {
      return [path, new LogFile(name, fullPath, duplicates.has(path))] as const
    })
    await this.#readAll(
      anew.map(([, file]) => file),
      other,
    )
    for (const [path, file] of anew) this.#files.set(path, file)
    this.#state.replace(dataset, other)
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
