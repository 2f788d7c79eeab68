/** The logs of the input folder: those that are there, and those that are gone and still counted. */
import { stat } from 'node:fs/promises'
import type { Dataset } from '../../contract/schema.ts'
import { isPacked, withoutPacking } from '../input/packing.ts'
import type { SourceFile } from '../input/sources.ts'
import type { Place } from '../state/file-counts.ts'
import type { CountsState } from '../state/state.ts'
import { LogFile } from './log-file.ts'

/** Logs by their path without packing, reconciled with each list of the folder. */
export class LogFiles {
  readonly #note: (line: string) => void
  readonly #present = new Map<string, LogFile>()
  /** Files that are gone, and still counted. */
  readonly #leaving = new Map<string, LogFile>()
  /** Datasets of which a file has another path now: until it is counted anew, its lines may count twice. */
  readonly #renamed = new Set<Dataset>()

  /** @param note - Told of files that are gone or renamed. */
  constructor(note: (line: string) => void) {
    this.#note = note
  }

  /** Those that are there. */
  get present(): ReadonlyMap<string, LogFile> {
    return this.#present
  }

  /** Datasets of which a file has another path now. */
  get renamed(): ReadonlySet<Dataset> {
    return this.#renamed
  }

  /** Datasets of files that are gone, and still counted. */
  get leaving(): readonly Dataset[] {
    return [...this.#leaving.values()].map(({ name }) => name.dataset)
  }

  /** Why a batch over the same files would fail; null = it would not. */
  get refusal(): string | null {
    for (const { refusal } of this.#present.values()) if (refusal !== null) return refusal
    return null
  }

  get isComparing(): boolean {
    return [...this.#present.values()].some(({ isCompared }) => isCompared)
  }

  /** How far each file is counted, by its path without packing; files that are gone as long as they count. */
  places(counted: CountsState): Map<string, Place> {
    const isCounted = ({ path }: Place) => this.#present.has(path) || this.#leaving.has(path)
    return new Map(
      counted
        .places()
        .filter(isCounted)
        .map((place) => [place.path, place]),
    )
  }

  /** Those of a dataset that are there. */
  find(dataset: Dataset): Map<string, LogFile> {
    const files = [...this.#present.entries()]
    return new Map(files.filter(([, { name }]) => name.dataset === dataset))
  }

  /**
   * Takes the files that are published, before any is read.
   *
   * @param places - By path without packing.
   * @param duplicates - Paths that do not count.
   */
  begin(
    sources: readonly SourceFile[],
    places: ReadonlyMap<string, unknown>,
    duplicates: ReadonlySet<string>,
  ): void {
    for (const source of [...sources].sort(
      (a, b) => Number(isPacked(b.path)) - Number(isPacked(a.path)),
    )) {
      const path = withoutPacking(source.path)
      if (places.has(path)) this.#present.set(path, createFile(source, duplicates.has(path)))
    }
  }

  /** Forgets those that are there: the next list begins anew. */
  clear(): void {
    this.#present.clear()
  }

  /** Takes over what a list of the folder has. */
  async reconcile(sources: readonly SourceFile[]): Promise<void> {
    const byPath = new Map<string, SourceFile>()
    for (const source of sources) {
      const path = withoutPacking(source.path)
      // The packed twin takes over when the file itself is gone.
      const known = byPath.get(path)
      if (known === undefined || isPacked(known.path)) byPath.set(path, source)
    }
    const gone = [...this.#present.entries()].filter(([path]) => !byPath.has(path))
    const added = [...byPath.entries()].filter(([path]) => !this.#present.has(path))
    for (const [path, source] of byPath) {
      const file = this.#present.get(path)
      if (file !== undefined) file.moveTo(source.fullPath)
      // Another file of a name that is still counted waits until it is not.
      else if (!this.#leaving.has(path)) this.#present.set(path, createFile(source, false))
    }
    for (const [path, file] of gone) {
      this.#present.delete(path)
      if (file.nextLine === 1) continue
      this.#leaving.set(path, file)
      const heir = await findSameFile(file, added)
      if (heir !== null) this.#renamed.add(file.name.dataset)
      this.#note(heir === null ? `no longer counted: ${path}` : `${path} is ${heir} now`)
    }
  }

  /** Puts the files of a dataset that was counted anew in their place. */
  replace(dataset: Dataset, files: ReadonlyMap<string, LogFile>): void {
    for (const [path, file] of files) this.#present.set(path, file)
    for (const [path, { name }] of this.#leaving) {
      if (name.dataset === dataset) this.#leaving.delete(path)
    }
    this.#renamed.delete(dataset)
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

function createFile({ dataset, table, path, fullPath }: SourceFile, isDuplicate: boolean): LogFile {
  return new LogFile({ dataset, table, path: withoutPacking(path) }, fullPath, isDuplicate)
}
