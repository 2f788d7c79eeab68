/** Figures of load tests as text. */
import { formatCount, formatMs, formatTable } from '../document.ts'
import type { LoadResult } from './load-generator.ts'

/** Where they go. */
export const LOAD_TEST_DOCUMENT = 'load-test.md'

/** Names and shares of the percentiles that are reported. */
export const PERCENTILES = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p99', 0.99],
  ['p99.9', 0.999],
  ['max', 1],
] as const

/** The least value that this share of all values does not exceed. */
export function percentile(ascending: Float64Array, share: number): number {
  return ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)] ?? Number.NaN
}

/** A table of runs, one a line. */
export function formatRuns(runs: readonly { rate: number; result: LoadResult }[]): string {
  const percentiles = PERCENTILES.map(([name]) => `${name} ms`)
  const head = ['asked/s', 'answered/s', 'requests', 'errors', ...percentiles, 'sent late, p99 ms']
  const rows = runs.map(({ rate, result }) => [
    formatCount(rate),
    formatCount(result.rate),
    formatCount(result.requests),
    formatCount(countFaults(result)),
    ...PERCENTILES.map(([, share]) => formatMs(percentile(result.latenciesMs, share))),
    formatMs(percentile(result.delaysMs, 0.99)),
  ])
  return formatTable(head, rows)
}

/** The answers that were wrong or missing. */
export function countFaults({ faults }: LoadResult): number {
  return [...faults.values()].reduce((sum, count) => sum + count, 0)
}
