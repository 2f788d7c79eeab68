/** A map from whole numbers to whole numbers, 16 bytes for each place of its table: a JavaScript `Map` takes four times that. */

const FIRST_SLOTS = 64
/** Then the table is doubled. */
const GREATEST_LOAD = 0.6
/** Knuth's multiplier: neighbours end up far from each other. */
const SPREAD = 2_654_435_769
const HIGH = 2 ** 32

/** Keys and values are from 0 to 2^53 − 1. */
export class NumberMap {
  #keys = new Float64Array(FIRST_SLOTS).fill(-1)
  #values = new Float64Array(FIRST_SLOTS)
  #size = 0

  get size(): number {
    return this.#size
  }

  get(key: number): number | undefined {
    const slot = this.#find(key)
    return this.#keys[slot] === key ? this.#values[slot] : undefined
  }

  set(key: number, value: number): void {
    const slot = this.#find(key)
    this.#values[slot] = value
    if (this.#keys[slot] === key) return
    this.#keys[slot] = key
    this.#size++
    if (this.#size > this.#keys.length * GREATEST_LOAD) this.#grow()
  }

  *values(): Generator<number> {
    for (const [slot, key] of this.#keys.entries()) if (key !== -1) yield this.#values[slot] ?? 0
  }

  /** The slot of a key, or the empty one where it belongs. */
  #find(key: number): number {
    const mask = this.#keys.length - 1
    const mixed = Math.imul((key % HIGH) ^ Math.floor(key / HIGH), SPREAD)
    let slot = (mixed ^ (mixed >>> 15)) & mask
    while (this.#keys[slot] !== -1 && this.#keys[slot] !== key) slot = (slot + 1) & mask
    return slot
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values]
    this.#keys = new Float64Array(2 * keys.length).fill(-1)
    this.#values = new Float64Array(2 * keys.length)
    for (const [old, key] of keys.entries()) {
      if (key === -1) continue
      const slot = this.#find(key)
      this.#keys[slot] = key
      this.#values[slot] = values[old] ?? 0
    }
  }
}
