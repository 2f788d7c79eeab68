/**
 * A state on disk, so that the next start need not read the logs again:
 *
 *     <folder>/counts.json         the index: versions and parts, sealed; written last, renamed into place
 *     <folder>/counts-<run>.bin    the parts (blobs.ts)
 *
 * It is a cache: it may be removed at any time, nothing in it is trusted, and what does not fit is made anew.
 */
import { randomBytes } from 'node:crypto'
import { closeSync, fsync, mkdirSync, openSync } from 'node:fs'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { formatWithChecksum, matchesChecksum } from '../../contract/checksum.ts'
import { PROGRAM_VERSION } from '../../contract/version.ts'
import { SCAN_VERSION } from '../input/scan/version.ts'
import { type Blob, BlobFile } from './blobs.ts'
import { CountsState, type SavedParts, type StateOptions } from './state.ts'

/** Version of what is in the files. To be raised with every change of it. */
const STATE_VERSION = 2

const INDEX_FILE = 'counts.json'
const CHECKSUM_FIELD = 'counts_sha256'

/** Parts that no index names may take so much, and as much as the others, before all is written anew. */
const MOST_WASTE_BYTES = 64 << 20

/** The index. */
interface SavedState {
  readonly meaning: string
  /** Name of the file with the parts. */
  readonly data: string
  /** Bytes of it that count. */
  readonly end: number
  readonly parts: SavedParts
}

/** A state and its files, open until {@link close}. */
export interface StoredState {
  readonly state: CountsState
  /**
   * Saves what changed. Lines may be added again once it has returned, before the promise is kept.
   *
   * @throws If the disk is full or the folder cannot be written; what was saved before stays.
   */
  save(): Promise<void>
  close(): void
}

/**
 * Opens the state of a folder.
 *
 * @param folder - Need not exist; belongs to one process at a time.
 * @param onRefused - Told in a sentence why a state that is there is of no use. Then, as when there is none, the state
 * is empty.
 */
export async function openState(
  folder: string,
  options: StateOptions,
  onRefused: (reason: string) => void,
): Promise<StoredState> {
  const text = await readFile(join(folder, INDEX_FILE), 'utf8').catch(() => null)
  if (text === null) return createStored(folder, options)
  try {
    return loadStored(folder, text, options)
  } catch (error) {
    onRefused((error as Error).message)
    return createStored(folder, options)
  }
}

function createStored(folder: string, options: StateOptions): StoredState {
  return storeState(folder, options, new CountsState(options))
}

/** Gives a state a folder: the first save replaces what is there. */
export function storeState(folder: string, options: StateOptions, state: CountsState): StoredState {
  return new Store(folder, options, state, null)
}

function loadStored(folder: string, text: string, options: StateOptions): StoredState {
  if (!matchesChecksum(text, CHECKSUM_FIELD)) throw new Error('the saved counts were altered')
  const index = JSON.parse(text) as SavedState
  if (index.meaning !== meaningOf(options)) {
    throw new Error('the saved counts are of another version or of other --rename options')
  }
  const data = openData(join(folder, index.data), 'r+', index)
  try {
    const state = new CountsState(options, index.parts, data.blobs)
    return new Store(folder, options, state, { data, needed: sumOfBlobs(index.parts) })
  } catch (error) {
    closeSync(data.file)
    throw error
  }
}

/** What decides what saved counts mean. */
function meaningOf({ renames }: StateOptions): string {
  const names = renames.map(({ table, from, to }) => `${table}.${from}=${to}`).sort()
  return JSON.stringify([STATE_VERSION, SCAN_VERSION, PROGRAM_VERSION, names])
}

/** The file with the parts. */
interface Data {
  readonly name: string
  readonly file: number
  readonly blobs: BlobFile
}

function openData(
  path: string,
  mode: 'r+' | 'wx+',
  { data, end }: Pick<SavedState, 'data' | 'end'>,
): Data {
  const file = openSync(path, mode)
  return { name: data, file, blobs: new BlobFile(file, end) }
}

/** What was saved before, and how many bytes of it count. */
interface Saved {
  readonly data: Data
  readonly needed: number
}

class Store implements StoredState {
  readonly state: CountsState
  readonly #folder: string
  readonly #options: StateOptions
  #data: Data | null
  /** Bytes of the parts that the index names. */
  #needed: number

  constructor(folder: string, options: StateOptions, state: CountsState, saved: Saved | null) {
    this.#folder = folder
    this.#options = options
    this.state = state
    this.#data = saved?.data ?? null
    this.#needed = saved?.needed ?? 0
  }

  async save(): Promise<void> {
    // What is saved is what there is now: nothing is waited for before it is taken.
    mkdirSync(this.#folder, { recursive: true })
    const before = this.#data
    const data = before !== null && !this.#isWasteful(before) ? before : this.#create()
    const parts = this.state.saveParts(data.blobs)
    this.#data = data
    this.#needed = sumOfBlobs(parts)
    const index = { meaning: meaningOf(this.#options), data: data.name, end: data.blobs.end, parts }
    const text = formatWithChecksum(index satisfies SavedState, CHECKSUM_FIELD)
    if (before !== null && before !== data) closeSync(before.file)
    await promisify(fsync)(data.file)
    const path = join(this.#folder, INDEX_FILE)
    await writeFile(`${path}.new`, text)
    await rename(`${path}.new`, path)
    await this.#sweep(data.name)
  }

  close(): void {
    if (this.#data !== null) closeSync(this.#data.file)
    this.#data = null
  }

  #isWasteful({ blobs }: Data): boolean {
    const waste = blobs.end - this.#needed
    return this.#needed > 0 && waste > Math.max(this.#needed, MOST_WASTE_BYTES)
  }

  #create(): Data {
    const data = `counts-${randomBytes(6).toString('hex')}.bin`
    return openData(join(this.#folder, data), 'wx+', { data, end: 0 })
  }

  async #sweep(name: string): Promise<void> {
    for (const other of await readdir(this.#folder)) {
      if (other.endsWith('.bin') && other !== name)
        await rm(join(this.#folder, other), { force: true })
    }
  }
}

/** Bytes of all parts that an index names. */
function sumOfBlobs(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  if ('sha256' in value && 'offset' in value) return (value as Blob).bytes
  return Object.values(value).reduce((sum: number, one) => sum + sumOfBlobs(one), 0)
}
