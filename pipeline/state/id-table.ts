/**
 * Finds rows by an id of 63 bits: hash tables with open addressing, whose slots hold row numbers only; the ids stand in
 * the rows' own columns.
 *
 * One table for each of 1024 groups of ids, so that growing is a pause of milliseconds and not of seconds. Ids that are
 * near each other share a group: logs number their rows as they come, so a new file needs few groups of a saved state.
 */
import { type Blob, type BlobFile, bytesOf } from './blobs.ts'
import type { PagedColumn } from './columns.ts'

/** The ids of the rows. */
export interface IdColumns {
  readonly hi: PagedColumn
  readonly lo: PagedColumn
}

/** The slots of each group as they were saved; null = it has none. */
export type SavedIdTable = readonly (Blob | null)[]

/** No such row. */
export const NO_ROW = -1

const GROUPS = 1024
/** Ids with the same upper bits beyond these share a group. */
const NEAR_BITS = 16
const FIRST_SLOTS = 16
/** Of the slots, before a table doubles: linear probing slows down beyond. */
const FULL = 0.7

/** Odd numbers with well-mixed bits: 2^32 / golden ratio, and primes of the xxHash family. */
const GOLDEN = 0x9e3779b1
const PRIME = 0x85ebca77
const PRIME_3 = 0xc2b2ae3d

/** Row numbers by id. */
export class IdTable {
  readonly #rows: IdColumns
  /** Row number + 1; 0 = free. */
  readonly #slots: (Uint32Array | undefined)[] = Array.from({ length: GROUPS })
  readonly #used = new Uint32Array(GROUPS)
  readonly #saved: (Blob | null)[]
  #file: BlobFile | null
  readonly #changed = new Uint8Array(GROUPS)

  constructor(rows: IdColumns, saved: SavedIdTable = [], file: BlobFile | null = null) {
    this.#rows = rows
    this.#saved = [...saved]
    this.#file = file
  }

  /** Bytes of the slots in memory. */
  get bytes(): number {
    return this.#slots.reduce((sum, slots) => sum + (slots?.byteLength ?? 0), 0)
  }

  /** Gives the row of an id, or {@link NO_ROW}. */
  find(hi: number, lo: number): number {
    const slots = this.#slotsOf(groupOf(hi, lo))
    if (slots.length === 0) return NO_ROW
    return (slots[this.#place(slots, hi, lo)] as number) - 1
  }

  /** Gives the row of an id; if there is none, it is `row` from now on, and {@link NO_ROW} is returned. */
  findOrSet(hi: number, lo: number, row: number): number {
    const group = groupOf(hi, lo)
    const slots = this.#roomy(group)
    const place = this.#place(slots, hi, lo)
    const known = slots[place] as number
    if (known !== 0) return known - 1
    slots[place] = row + 1
    this.#changed[group] = 1
    this.#used[group] = (this.#used[group] as number) + 1
    return NO_ROW
  }

  /** Gives the row that an id had, and makes it `row`. */
  replace(hi: number, lo: number, row: number): number {
    const known = this.findOrSet(hi, lo, row)
    if (known === NO_ROW) return NO_ROW
    const group = groupOf(hi, lo)
    const slots = this.#slotsOf(group)
    slots[this.#place(slots, hi, lo)] = row + 1
    this.#changed[group] = 1
    return known
  }

  /** Reads all saved groups. */
  loadAll(): void {
    for (const group of this.#saved.keys()) this.#slotsOf(group)
  }

  /** Saves the groups that changed; all of them, if the file is another one than before. */
  save(file: BlobFile): SavedIdTable {
    const saved = Array.from({ length: GROUPS }, (_, group) => this.#saveGroup(file, group))
    for (const [group, blob] of saved.entries()) this.#saved[group] = blob
    this.#file = file
    this.#changed.fill(0)
    return saved
  }

  #saveGroup(file: BlobFile, group: number): Blob | null {
    if (this.#changed[group] === 1) return file.append(bytesOf(this.#slotsOf(group)))
    const blob = this.#saved[group] ?? null
    return blob === null ? null : file.take(blob, this.#file)
  }

  /** Where an id is, or the free slot where it would be. */
  #place(slots: Uint32Array, hi: number, lo: number): number {
    const { hi: his, lo: los } = this.#rows
    const mask = slots.length - 1
    let place = mix(hi, lo) & mask
    for (;;) {
      const row = slots[place] as number
      if (row === 0 || (los.get(row - 1) === lo && his.get(row - 1) === hi)) return place
      place = (place + 1) & mask
    }
  }

  #slotsOf(group: number): Uint32Array {
    return this.#slots[group] ?? this.#load(group)
  }

  #load(group: number): Uint32Array {
    const blob = this.#saved[group] ?? null
    const slots =
      blob === null || this.#file === null ? EMPTY : new Uint32Array(this.#file.read(blob))
    this.#slots[group] = slots
    this.#used[group] = slots.reduce((sum, row) => (row === 0 ? sum : sum + 1), 0)
    return slots
  }

  #roomy(group: number): Uint32Array {
    const slots = this.#slotsOf(group)
    if ((this.#used[group] as number) < slots.length * FULL) return slots
    const larger = new Uint32Array(Math.max(FIRST_SLOTS, slots.length * 2))
    this.#slots[group] = larger
    const { hi, lo } = this.#rows
    const mask = larger.length - 1
    for (const row of slots) {
      if (row === 0) continue
      let place = mix(hi.get(row - 1), lo.get(row - 1)) & mask
      while (larger[place] !== 0) place = (place + 1) & mask
      larger[place] = row
    }
    return larger
  }
}

const EMPTY = new Uint32Array(0)

function groupOf(hi: number, lo: number): number {
  return mix(hi, lo >>> NEAR_BITS) >>> 22
}

function mix(hi: number, lo: number): number {
  let mixed = Math.imul(lo, GOLDEN) ^ Math.imul(hi, PRIME)
  mixed = Math.imul(mixed ^ (mixed >>> 15), PRIME_3)
  return mixed ^ (mixed >>> 13)
}
