/** Which conversions were counted, by id: 27 bytes each, so that all that a folder has can be remembered. */
import { createHash } from 'node:crypto'
import { MAX_ID } from '../../contract/schema.ts'
import { NumberMap } from './number-map.ts'

/** Bytes of a hash that a number holds. */
const HASH_BYTES = 6

/** What makes two conversions of one id the same. */
export interface ConversionContent {
  readonly clickId: string
  /** Millionths. */
  readonly revenue: bigint
}

/** The conversions of a folder. */
export class ConversionMemory {
  readonly #numbers = new NumberMap()
  readonly #greater = new Map<string, number>()

  get size(): number {
    return this.#numbers.size + this.#greater.size
  }

  /**
   * Compares with what was counted.
   *
   * @param id - Canonical decimal.
   * @returns Undefined: nothing of this id was.
   */
  compare(id: string, content: ConversionContent): 'same' | 'other' | undefined {
    const number = Number(id)
    const known = number <= MAX_ID ? this.#numbers.get(number) : this.#greater.get(id)
    if (known === undefined) return undefined
    return known === hashOf(content) ? 'same' : 'other'
  }

  add(id: string, content: ConversionContent): void {
    const number = Number(id)
    if (number <= MAX_ID) this.#numbers.set(number, hashOf(content))
    else this.#greater.set(id, hashOf(content))
  }
}

function hashOf({ clickId, revenue }: ConversionContent): number {
  const digest = createHash('sha256').update(`${clickId} ${revenue}`).digest()
  return digest.readUIntBE(0, HASH_BYTES)
}
