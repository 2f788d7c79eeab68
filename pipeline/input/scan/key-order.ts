/** Whether the keys of a file ascend: then none of them repeats, and two numbers tell which they may be. */

/** The first and the last key of a file in which each is greater than the one before. Digits: they may have 63 bits. */
export interface KeyRange {
  readonly first: string
  readonly last: string
}

/** Follows keys in the order of their lines. */
export class KeyOrder {
  #isAscending = true
  #first: bigint | null = null
  #lastHi = 0
  #lastLo = 0

  /**
   * Adds keys.
   *
   * @param keys - Two halves a key, the low one first; all above 0.
   */
  add(keys: Int32Array, rows: number): void {
    if (rows === 0 || !this.#isAscending) return
    this.#first ??= joinHalves(keys[1] as number, keys[0] as number)
    let lastHi = this.#lastHi
    let lastLo = this.#lastLo
    for (let at = 0; at < 2 * rows; at += 2) {
      const lo = (keys[at] as number) >>> 0
      const hi = keys[at + 1] as number
      if (hi < lastHi || (hi === lastHi && lo <= lastLo)) {
        this.#isAscending = false
        return
      }
      lastHi = hi
      lastLo = lo
    }
    this.#lastHi = lastHi
    this.#lastLo = lastLo
  }

  /** Null if they do not ascend, or if there are none. */
  get range(): KeyRange | null {
    if (this.#first === null || !this.#isAscending) return null
    return { first: String(this.#first), last: String(joinHalves(this.#lastHi, this.#lastLo)) }
  }
}

function joinHalves(hi: number, lo: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo >>> 0)
}
