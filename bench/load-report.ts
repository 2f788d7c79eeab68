/** Figures as text, and their places in docs/load-test.md. */
import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'
import type { LoadResult } from './load-generator.ts'

const DOCUMENT = new URL('../docs/load-test.md', import.meta.url)

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

/** A Markdown table; all columns but those that are named in `left` are numbers. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, column) => (isNumber(rows[0]?.[column]) ? '---:' : '---'))
  return [head, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

/** The answers that were wrong or missing. */
export function countFaults({ faults }: LoadResult): number {
  return [...faults.values()].reduce((sum, count) => sum + count, 0)
}

/** A whole number with separators. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** Three digits that count. */
export function formatMs(value: number): string {
  if (!Number.isFinite(value)) return 'none'
  return value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0)
}

/** The machine, and how busy it was before: figures taken on a busy machine say little. */
export function describeMachine(): string {
  const [cpu] = cpus()
  const busy = loadavg()[0]?.toFixed(1)
  return `${availableParallelism()} × ${cpu?.model.trim()}, Node ${process.version}, load average before ${busy}`
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->` in docs/load-test.md. */
export async function writeSection(name: string, content: string): Promise<void> {
  const document = await readFile(DOCUMENT, 'utf8')
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [document.indexOf(start), document.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`docs/load-test.md has no section ${name}`)
  const text = `${document.slice(0, from)}${start}\n${content.trim()}\n${document.slice(to)}`
  await writeFile(DOCUMENT, text)
}

function isNumber(cell = ''): boolean {
  return /^[\d.,×]+$/.test(cell)
}
