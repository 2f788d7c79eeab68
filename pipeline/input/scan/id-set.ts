/**
 * Sets of ids as bitmaps: a bit for each id of a part of 65,536 that has any. Logs number their events densely, so that
 * millions of ids take some hundred parts.
 */

const PART_BITS = 16
const PART_IDS = 1 << PART_BITS
const PART_BYTES = PART_IDS / 8
/** 32 MB; ids that need more lie too far apart for bitmaps. */
const MOST_PARTS = 4096

/** A set, in a form that crosses to a thread without a copy of its bits. */
export interface IdSet {
  /** Number of each part: its least id divided by 65,536. */
  readonly parts: readonly number[]
  /** 8,192 bytes a part, in the order of `parts`; shared memory. */
  readonly bits: Uint8Array
}

/** Collects ids. */
export class IdCollector {
  #parts = new Map<number, Uint8Array>()
  #isTooWide = false

  /**
   * Adds ids.
   *
   * @param ids - Two halves an id, the low one first.
   */
  add(ids: Int32Array, rows: number): void {
    if (this.#isTooWide) return
    let number = -1
    let bits: Uint8Array = new Uint8Array(0)
    for (let at = 0; at < 2 * rows; at += 2) {
      const lo = ids[at] as number
      const part = partOf(lo, ids[at + 1] as number)
      if (part !== number) {
        number = part
        bits = this.#parts.get(part) ?? this.#makePart(part)
      }
      const place = (lo & (PART_IDS - 1)) >>> 3
      bits[place] = (bits[place] as number) | (1 << (lo & 7))
    }
    this.#isTooWide = this.#parts.size > MOST_PARTS
    if (this.#isTooWide) this.#parts = new Map()
  }

  /** Null if the ids lie too far apart. */
  get set(): IdSet | null {
    return this.#isTooWide ? null : joinParts(this.#parts)
  }

  #makePart(part: number): Uint8Array {
    const bits = new Uint8Array(PART_BYTES)
    this.#parts.set(part, bits)
    return bits
  }
}

/** Joins sets; null if one is missing, or if the ids lie too far apart. */
export function joinIdSets(sets: readonly (IdSet | null)[]): IdSet | null {
  const joined = new Map<number, Uint8Array>()
  for (const set of sets) {
    if (set === null) return null
    for (const [part, bits] of listParts(set)) {
      const known = joined.get(part)
      if (known === undefined) joined.set(part, bits.slice())
      else for (const [place, byte] of bits.entries()) known[place] = (known[place] ?? 0) | byte
    }
  }
  return joined.size > MOST_PARTS ? null : joinParts(joined)
}

/** Finds rows whose id is in a set. */
export class IdFilter {
  readonly #parts: ReadonlyMap<number, Uint8Array>

  constructor(set: IdSet) {
    this.#parts = new Map(listParts(set))
  }

  /** Calls `take` with the place of each row whose id is in the set. */
  find(ids: Int32Array, rows: number, take: (row: number) => void): void {
    let number = -1
    let bits: Uint8Array | undefined
    for (let row = 0; row < rows; row += 1) {
      const lo = ids[2 * row] as number
      const part = partOf(lo, ids[2 * row + 1] as number)
      if (part !== number) {
        number = part
        bits = this.#parts.get(part)
      }
      if (bits === undefined) continue
      if (((bits[(lo & (PART_IDS - 1)) >>> 3] as number) & (1 << (lo & 7))) !== 0) take(row)
    }
  }
}

function partOf(lo: number, hi: number): number {
  return hi * PART_IDS + (lo >>> PART_BITS)
}

function joinParts(parts: ReadonlyMap<number, Uint8Array>): IdSet {
  const bits = new Uint8Array(new SharedArrayBuffer(parts.size * PART_BYTES))
  for (const [place, part] of [...parts.values()].entries()) bits.set(part, place * PART_BYTES)
  return { parts: [...parts.keys()], bits }
}

function listParts({ parts, bits }: IdSet): [number, Uint8Array][] {
  return parts.map((part, place) => {
    return [part, bits.subarray(place * PART_BYTES, (place + 1) * PART_BYTES)]
  })
}
