/**
 * Which tokens were counted: as long as they live, and not longer. A run names the second in which it began, so that all of
 * a run is forgotten at once, and a line that is read back tells how old its token is.
 */
import { NumberMap } from './number-map.ts'

/** Seconds for which a process signs with one run. */
export const RUN_SECONDS = 900

/** Seconds by which the clocks of a machine's processes, or one clock before and after it is set, may differ. */
const CLOCK_SECONDS = 600

/** Hexadecimal digits of a run that are its first second. */
const SECOND_DIGITS = 8

const RUN = /^[0-9a-f]{18}$/

/** The tokens of one kind of event. */
export class TokenMemory {
  readonly #runs = new Map<string, NumberMap>()
  readonly #lifeSeconds: number
  readonly #forgotten: (values: NumberMap) => void

  /**
   * @param lifeSeconds - After which a token does not count any more.
   * @param forgotten - Called with the values of a run that is forgotten.
   */
  constructor(lifeSeconds: number, forgotten: (values: NumberMap) => void = () => {}) {
    this.#lifeSeconds = lifeSeconds
    this.#forgotten = forgotten
  }

  get size(): number {
    return [...this.#runs.values()].reduce((sum, { size }) => sum + size, 0)
  }

  /** What was kept for a token; undefined: it was not counted. */
  get(run: string, counter: number): number | undefined {
    return this.#runs.get(run)?.get(counter)
  }

  set(run: string, counter: number, value: number): void {
    const known = this.#runs.get(run)
    const numbers = known ?? new NumberMap()
    if (known === undefined) this.#runs.set(run, numbers)
    numbers.set(counter, value)
  }

  /** Whether tokens of the run may still count. */
  isAlive(run: string, nowSeconds: number): boolean {
    if (!RUN.test(run)) return false
    const began = Number.parseInt(run.slice(0, SECOND_DIGITS), 16)
    return began + RUN_SECONDS + this.#lifeSeconds + CLOCK_SECONDS > nowSeconds
  }

  forgetOld(nowSeconds: number): void {
    for (const [run, numbers] of this.#runs) {
      if (this.isAlive(run, nowSeconds)) continue
      this.#runs.delete(run)
      this.#forgotten(numbers)
    }
  }
}
