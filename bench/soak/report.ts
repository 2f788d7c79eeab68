/** The result of a soak as text and as a chart. */
import { writeFile } from 'node:fs/promises'
import { describeMachine, formatCount, formatMs, formatTable, writeSection } from '../document.ts'
import { LOAD_TEST_DOCUMENT } from '../load/load-report.ts'
import { median } from '../statistics.ts'
import type { Account } from './account.ts'
import type { UnexpectedEnd } from './programs.ts'
import { PROCESSES, type Sample } from './samples.ts'
import { drawSoak } from './soak-chart.ts'

/** What came of a soak. */
export interface SoakResult {
  readonly hours: number
  readonly samples: readonly Sample[]
  readonly accounts: Readonly<Record<string, Account>>
  /** What is published in the end is what a batch publishes. */
  readonly verified: boolean
  readonly ends: readonly UnexpectedEnd[]
  readonly canFillDisk: boolean
}

const CHART = new URL('../../docs/soak.svg', import.meta.url)
const SECTIONS = 10

/** The first minutes fill caches and compile; growth is looked for in the calm half, from its first fifth to its last. */
const FIFTH = 5

/**
 * Prints the result, and puts it into docs/load-test.md.
 *
 * @returns Whether nothing was wrong.
 */
export async function writeReport(
  result: SoakResult,
  { date, isWritten }: { date: string; isWritten: boolean },
): Promise<boolean> {
  const text = formatSoak(result, date)
  console.log(text)
  if (isWritten) {
    await writeSection(LOAD_TEST_DOCUMENT, 'soak', text)
    await writeFile(CHART, drawSoak(result.samples))
  }
  const accounts = Object.values(result.accounts)
  const isKept = accounts.every(({ lost, doubled }) => lost === 0 && doubled === 0)
  return isKept && result.verified && sumFaults(result.samples).size === 0
}

function formatSoak(result: SoakResult, date: string): string {
  const { samples, accounts, verified, ends, hours, canFillDisk } = result
  const length = hours === 1 ? 'one hour' : `${Number((hours * 60).toFixed(0))} minutes`
  return [
    `${date}, ${describeMachine()}; ${length}.`,
    formatSections(samples),
    `Wrong or missing answers: ${describeCounts(sumFaults(samples))}. Requests cut off while a process was killed or started: ${formatCount(sum(samples, ({ interrupted }) => interrupted))}; events put off with 503 while the disk was full: ${formatCount(sum(samples, ({ postponed }) => postponed))}; events and pages answered 503 because the machine was too busy: ${formatCount(sum(samples, ({ late }) => late))}.`,
    `What happened: ${describeCounts(countHappened(samples))}.${canFillDisk ? '' : ' The disk was not filled: this user may not mount one.'} Programs that ended by themselves: ${ends.length === 0 ? 'none' : ends.map(({ name, how, line }) => `${name} (${how}: ${line})`).join('; ')}.`,
    formatAccounts(accounts),
    `What is published at the end ${verified ? 'has' : 'does **not** have'} the bytes of a batch over the same lines (\`pools verify\`).`,
    formatGrowth(samples),
  ].join('\n\n')
}

/** Tenths of the time, one a line. */
function formatSections(samples: readonly Sample[]): string {
  const head = [
    ...['minutes', 'requests', 'p50 ms', 'p99 ms', 'worst p99.9 ms', 'worst ms'],
    ...PROCESSES.map((name) => `${name} MB`),
    ...PROCESSES.map((name) => `${name} handles`),
    ...['age of changes s', 'disk MB'],
  ]
  const size = Math.max(1, Math.ceil(samples.length / SECTIONS))
  const rows = Array.from({ length: Math.ceil(samples.length / size) }, (_, i) => {
    const part = samples.slice(i * size, (i + 1) * size)
    const [first, last] = [part[0], part.at(-1)]
    return [
      `${minutes(i === 0 ? 0 : (first?.seconds ?? 0))}–${minutes(last?.seconds ?? 0)}`,
      formatCount(sum(part, ({ requests }) => requests)),
      formatMs(median(numbers(part, ({ p50 }) => p50))),
      formatMs(median(numbers(part, ({ p99 }) => p99))),
      formatMs(Math.max(...numbers(part, ({ p999 }) => p999))),
      formatMs(Math.max(...numbers(part, ({ max }) => max))),
      ...PROCESSES.map((name) => formatMedian(part, ({ processes }) => processes[name]?.megabytes)),
      ...PROCESSES.map((name) => formatMedian(part, ({ processes }) => processes[name]?.handles)),
      median(numbers(part, ({ changeAge }) => changeAge)).toFixed(1),
      formatMedian(part, ({ diskMegabytes }) => diskMegabytes),
    ]
  })
  return formatTable(head, rows)
}

function formatAccounts(accounts: SoakResult['accounts']): string {
  const rows = Object.entries(accounts).map(([name, account]) => [
    name,
    ...[account.acknowledged, account.written, account.lost, account.doubled].map(formatCount),
  ])
  return formatTable(['events', 'acknowledged', 'in the logs', 'lost', 'twice'], rows)
}

function formatGrowth(samples: readonly Sample[]): string {
  const calm = samples.slice(Math.floor(samples.length / 2))
  const size = Math.max(1, Math.floor(calm.length / FIFTH))
  const [first, last] = [calm.slice(0, size), calm.slice(-size)]
  const parts = PROCESSES.map((name) => {
    const of = (part: readonly Sample[], key: 'megabytes' | 'handles') =>
      formatMedian(part, ({ processes }) => processes[name]?.[key])
    return `${name} ${of(first, 'megabytes')} to ${of(last, 'megabytes')} MB, ${of(first, 'handles')} to ${of(last, 'handles')} handles`
  })
  return `In the second half no process was killed. From its first fifth to its last, at the median: ${parts.join('; ')}.`
}

function formatMedian(
  samples: readonly Sample[],
  find: (sample: Sample) => number | undefined,
): string {
  const found = numbers(samples, find)
  return found.length === 0 ? 'none' : formatCount(median(found))
}

function numbers(
  samples: readonly Sample[],
  find: (sample: Sample) => number | null | undefined,
): number[] {
  return samples.map(find).filter((value): value is number => typeof value === 'number')
}

function sum(samples: readonly Sample[], find: (sample: Sample) => number): number {
  return samples.reduce((total, sample) => total + find(sample), 0)
}

function sumFaults(samples: readonly Sample[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const { faults } of samples) {
    for (const [fault, count] of Object.entries(faults)) {
      found.set(fault, (found.get(fault) ?? 0) + count)
    }
  }
  return found
}

function countHappened(samples: readonly Sample[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const name of samples.flatMap(({ happened }) => happened)) {
    found.set(name, (found.get(name) ?? 0) + 1)
  }
  return found
}

function describeCounts(counts: ReadonlyMap<string, number>): string {
  if (counts.size === 0) return 'none'
  return [...counts].map(([name, count]) => `${name} ${count} ×`).join(', ')
}

function minutes(seconds: number): string {
  return Number((seconds / 60).toFixed(1)).toString()
}
