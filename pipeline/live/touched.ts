/** Sets of campaigns whose counts changed. */
import type { Dataset } from '../../contract/schema.ts'
import type { Campaigns } from '../state/pair-counts.ts'

/** Collects touched campaigns until they are published. */
export class Touched {
  readonly #campaigns = new Map<Dataset, Set<number>>()

  get size(): number {
    return [...this.#campaigns.values()].reduce((sum, { size }) => sum + size, 0)
  }

  add(campaigns: Campaigns): void {
    for (const [dataset, ids] of campaigns) {
      const known = this.#campaigns.get(dataset) ?? new Set()
      for (const id of ids) known.add(id)
      this.#campaigns.set(dataset, known)
    }
  }

  /** In the order of datasets and campaigns. */
  list(): Map<Dataset, readonly number[]> {
    const datasets = [...this.#campaigns.entries()].sort(([a], [b]) => a - b)
    return new Map(datasets.map(([dataset, ids]) => [dataset, [...ids].sort((a, b) => a - b)]))
  }

  /** Gives what is there, and begins anew. */
  take(): Map<Dataset, readonly number[]> {
    const all = this.list()
    this.#campaigns.clear()
    return all
  }
}
