/** The list of what lies in the input folder: its logs of the days that count, and whether its lists of banners changed. */
import { PipelineError } from '../base/errors.ts'
import { fileStamp } from '../input/scan/inspect.ts'
import { findSources, type SourceList, type Sources } from '../input/sources.ts'
import { openWindow, type Window } from '../input/window.ts'

/** What is listed. */
export interface ListOptions {
  /** Folder with the logs. */
  readonly input: string
  /** Artifacts folder: it is no part of the input. */
  readonly out: string
  readonly followLinks: boolean
  /** Days of the window; null = all. */
  readonly days: number | null
  /** Told what a person should know. */
  readonly note: (line: string) => void
}

/** Lists the input folder as often as it is asked to. */
export class InputList {
  readonly #options: ListOptions
  #window: Window | null = null
  #lists = ''
  #told = ''

  constructor(options: ListOptions) {
    this.#options = options
  }

  /** The days that count now. */
  get window(): Window | null {
    return this.#window
  }

  /** A clock that is set back takes no day back into the window. Tells whether other days count than before. */
  moveWindow(now: Date): boolean {
    const { days } = this.#options
    if (days === null) return false
    const before = this.#window?.day
    const next = openWindow(days, now)
    if (this.#window === null || next.day > this.#window.day) this.#window = next
    return before !== undefined && before !== this.#window.day
  }

  /**
   * Lists what is there now.
   *
   * @throws {PipelineError} If a batch would refuse the folder.
   */
  find(): Promise<Sources> {
    const { input, out, followLinks } = this.#options
    return findSources(input, { allowMissing: true, followLinks, out, window: this.#window })
  }

  /** Lists what is there now; null = it cannot be listed, which is told once. */
  findOrTell(): Promise<Sources | null> {
    return this.find().catch((error) => {
      if (!(error instanceof PipelineError)) throw error
      // There may be nothing yet, or a file that is being moved: the next look tells.
      this.#tell(error.message)
      return null
    })
  }

  /** Tells whether a list of banners changed since the last call. */
  async hasNewLists({ lists: found }: Sources): Promise<boolean> {
    const lists = await describeLists(found)
    const isNew = this.#lists !== lists
    this.#lists = lists
    return isNew
  }

  #tell(line: string): void {
    if (line !== this.#told) this.#options.note(line)
    this.#told = line
  }
}

/** Another text when a list has changed. */
async function describeLists(lists: readonly SourceList[]): Promise<string> {
  const stamps = lists.map(async ({ path, fullPath }) => {
    return `${path} ${await fileStamp(fullPath).catch(() => 'gone')}`
  })
  return (await Promise.all(stamps)).join()
}
