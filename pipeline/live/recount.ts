/** Counting a dataset anew beside the counts that it replaces: a file has gone, or counts and should not, or the reverse. */
import type { Dataset } from '../../contract/schema.ts'
import type { CountsState } from '../state/state.ts'
import { LogFile } from './log-file.ts'

/** A dataset that is being counted anew. */
export class Recount {
  readonly dataset: Dataset
  readonly state: CountsState
  /** By path without packing. */
  readonly files = new Map<string, LogFile>()
  readonly #duplicates: ReadonlySet<string>
  #isRead = false
  #failure: { readonly error: unknown } | null = null

  /** @param duplicates - Paths of files that do not count. */
  constructor(dataset: Dataset, state: CountsState, duplicates: ReadonlySet<string>) {
    this.dataset = dataset
    this.state = state
    this.#duplicates = duplicates
  }

  /** @param reading - Of all files, beside whatever the caller does. */
  begin(reading: Promise<unknown>): void {
    reading.then(
      () => {
        this.#isRead = true
      },
      (error: unknown) => {
        this.#failure = { error }
      },
    )
  }

  /**
   * Tells whether all files are read as far as they went when their turn came.
   *
   * @throws What reading threw.
   */
  isRead(): boolean {
    if (this.#failure !== null) throw this.#failure.error
    return this.#isRead
  }

  /** Tells whether what was counted is of files that are still there, and that count as they do now. */
  fits(files: ReadonlyMap<string, LogFile>, duplicates: ReadonlySet<string>): boolean {
    return [...this.files].every(
      ([path, { isDuplicate }]) => files.has(path) && isDuplicate === duplicates.has(path),
    )
  }

  /** Gives each file a place of its own here, and all files of the dataset to read on. */
  take(files: ReadonlyMap<string, LogFile>): LogFile[] {
    for (const [path, { name, fullPath }] of files) {
      const known = this.files.get(path)
      if (known !== undefined) known.moveTo(fullPath)
      else this.files.set(path, new LogFile(name, fullPath, this.#duplicates.has(path)))
    }
    return [...this.files.values()]
  }
}
