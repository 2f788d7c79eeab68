/** Folders that tests of a file begin with: prepared once, since builds take most of the time of a test. */
import { cp } from 'node:fs/promises'
import { createFolder, removeFolder, withFolder } from './folders.ts'

interface Prepared {
  readonly folder: string
  readonly value: unknown
}

/** Gives each test a copy of its own; `afterAll(() => folders.remove())` removes the originals. */
export class PreparedFolders {
  readonly #prepared = new Map<string, Promise<Prepared>>()

  /**
   * Runs `fn` with a copy of the folder that `prepare` filled.
   *
   * @param key - Whoever gives the same one prepares the same.
   * @param prepare - Called once a key; what it gives is given to `fn`.
   */
  async withCopy<V, T>(
    key: string,
    prepare: (folder: string) => Promise<V>,
    fn: (folder: string, value: V) => Promise<T> | T,
  ): Promise<T> {
    const known = this.#prepared.get(key) ?? fill(prepare)
    this.#prepared.set(key, known)
    const { folder: original, value } = await known
    return withFolder(async (folder) => {
      await cp(original, folder, {
        ...{ recursive: true, verbatimSymlinks: true, preserveTimestamps: true },
      })
      return fn(folder, value as V)
    })
  }

  /** Removes what was prepared. */
  async remove(): Promise<void> {
    for (const prepared of this.#prepared.values()) await removeFolder((await prepared).folder)
    this.#prepared.clear()
  }
}

async function fill(prepare: (folder: string) => Promise<unknown>): Promise<Prepared> {
  const folder = await createFolder()
  return { folder, value: await prepare(folder) }
}
