/** Which datasets have to be counted anew, and counting them, one after the other, while the looks go on. */
import type { Dataset } from '../../contract/schema.ts'
import type { CountsState } from '../state/state.ts'
import { findDuplicates } from './duplicates.ts'
import type { LogFile } from './log-file.ts'
import type { LogFiles } from './log-files.ts'
import { Recount } from './recount.ts'

/** What counting anew needs. */
export interface RecountOptions {
  readonly files: LogFiles
  readonly keepEqualFiles: boolean
  /** Makes counts of nothing. */
  readonly createState: () => CountsState
  /** Reads what is new of files into counts. */
  readonly readAll: (files: readonly LogFile[], state: CountsState) => Promise<unknown>
}

/** The datasets that are counted anew, or are going to be. */
export class Recounts {
  readonly #options: RecountOptions
  #recount: Recount | null = null
  /** Datasets in which a file counts and should not, or the other way round. */
  #misjudged: ReadonlySet<Dataset> = new Set()

  constructor(options: RecountOptions) {
    this.#options = options
  }

  /** Datasets whose counts are not those of a batch over their files until they have been counted anew. */
  get paused(): ReadonlySet<Dataset> {
    return new Set([...this.#misjudged, ...this.#options.files.renamed])
  }

  /** A dataset is counted anew, or is going to be. */
  get isRecounting(): boolean {
    return this.#recount !== null || this.#findStale() !== undefined
  }

  /** Equal files count once: finds the datasets in which that has changed for one. */
  judgeDuplicates(counted: CountsState): void {
    const { files, keepEqualFiles } = this.#options
    const places = [...files.places(counted).values()]
    const duplicates = findDuplicates(places, keepEqualFiles)
    const wrong = places.filter(({ path, isDuplicate }) => duplicates.has(path) !== isDuplicate)
    this.#misjudged = new Set(wrong.map(({ dataset }) => dataset))
  }

  /**
   * Goes on with what is counted anew, or begins.
   *
   * @param counted - The counts of all files.
   * @returns Whether a dataset of them was replaced.
   */
  async advance(counted: CountsState): Promise<boolean> {
    const { files: all, readAll } = this.#options
    const recount = this.#recount
    if (recount === null) {
      const dataset = this.#findStale()
      if (dataset !== undefined) this.#begin(dataset, counted)
      return false
    }
    if (!recount.isRead()) return false
    const { dataset, state } = recount
    const files = all.find(dataset)
    if (!recount.fits(files, this.#findDuplicates(counted))) {
      this.#begin(dataset, counted)
      return false
    }
    await readAll(recount.take(files), state)
    all.replace(dataset, recount.files)
    counted.replace(dataset, state)
    this.#recount = null
    return true
  }

  /** The next dataset to be counted anew. */
  #findStale(): Dataset | undefined {
    return [...this.#options.files.leaving, ...this.paused][0]
  }

  #begin(dataset: Dataset, counted: CountsState): void {
    const { files: all, createState, readAll } = this.#options
    const state = createState()
    const recount = new Recount(dataset, state, this.#findDuplicates(counted))
    const files = recount.take(all.find(dataset))
    this.#recount = recount
    recount.begin(readAll(files, state))
  }

  /** Of the files that are there. */
  #findDuplicates(counted: CountsState): Set<string> {
    const { files, keepEqualFiles } = this.#options
    const places = [...files.places(counted).values()].filter(({ path }) => files.present.has(path))
    return findDuplicates(places, keepEqualFiles)
  }
}
