/** The counts on disk, so that a start need not count all lines again. */
import { openState, type StoredState, storeState } from '../state/saved-state.ts'
import type { CountsState, StateOptions } from '../state/state.ts'
import { goOn } from './go-on.ts'
import type { LogFile } from './log-file.ts'

/** Where counts are stored. */
export interface StoredCountsOptions {
  /** Undefined: they are not stored. */
  readonly countsFolder?: string
  /** Told what a person should know. */
  readonly note: (line: string) => void
}

/** Restores counts once, and saves them as often as a caller likes. */
export class StoredCounts {
  readonly #options: StoredCountsOptions
  readonly #stateOptions: StateOptions
  #stored: StoredState | null = null

  constructor(options: StoredCountsOptions, stateOptions: StateOptions) {
    this.#options = options
    this.#stateOptions = stateOptions
  }

  /** Saves the counts as they are when it is called; a failure is told, and costs time at the next start only. */
  async save(state: CountsState): Promise<void> {
    const { countsFolder, note } = this.#options
    if (countsFolder === undefined) return
    if (this.#stored?.state !== state) {
      this.#stored?.close()
      this.#stored = storeState(countsFolder, this.#stateOptions, state)
    }
    await this.#stored.save().catch((error: Error) => note(`counts not saved: ${error.message}`))
  }

  /**
   * Gives the saved counts, and sets each file to its place in them.
   *
   * @returns Null if they are not of the files that are there.
   */
  async restore(files: readonly LogFile[]): Promise<CountsState | null> {
    const { countsFolder, note } = this.#options
    if (countsFolder === undefined) return null
    const refuse = (reason: string) => note(`counting anew: ${reason}`)
    const stored = await openState(countsFolder, this.#stateOptions, refuse)
    const misfit = await goOn(stored.state, files)
    if (misfit !== null) {
      if (stored.state.places().length > 0) refuse(misfit)
      stored.close()
      return null
    }
    this.#stored = stored
    return stored.state
  }
}
