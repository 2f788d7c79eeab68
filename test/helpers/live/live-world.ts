/**
 * Random logs for a follower: those of worlds.ts, which reach every rule, in three files a table; each file repeats a row
 * of each other one of its table, contradicts another, and has lines that are no rows.
 */
import fc from 'fast-check'
import { DATASETS, type Dataset, TABLES, type Table } from '../../../contract/schema.ts'
import type { Logs } from '../reference.ts'
import { worlds } from '../worlds.ts'

/** A line, and what it means; null: it is no row. */
interface LiveLine {
  readonly text: string
  readonly row: LiveRow | null
}

/** A row of any table, in the order of its columns. */
export type LiveRow = Readonly<Record<string, number | string>>

/** A file as it will be when all of it is written. */
export interface LiveFile {
  readonly dataset: Dataset
  readonly table: Table
  readonly name: string
  /** The header first. */
  readonly lines: readonly LiveLine[]
  readonly lineEnd: '\n' | '\r\n'
}

const COLUMNS: Readonly<Record<Table, readonly string[]>> = {
  impressions: ['banner_id', 'campaign_id'],
  clicks: ['click_id', 'banner_id', 'campaign_id'],
  conversions: ['conversion_id', 'click_id', 'revenue'],
}

/** The file whose campaigns are in no other one. */
export const ONLY_NAME = 'only'

const NAMES = ['a', 'b', 'c'] as const
const BAD_LINES = ['', 'x', '0,0,0', '1,,1', '1;2;3']
/** One line in so many is no row. */
const BAD_EVERY = 60

/** Makes a world. @param random - Between 0 and 1. */
export function createLiveWorld(seed: number, random: () => number): LiveFile[] {
  const [logs] = fc.sample(worlds, { seed, numRuns: 1 })
  if (logs === undefined) throw new Error('no world')
  const files = DATASETS.flatMap((dataset) =>
    TABLES.flatMap((table) => createFiles({ dataset, table, logs: addTies(logs), random })),
  )
  return [...files, createOnlyFile()]
}

/**
 * Two campaigns of sixteen banners that have earned the same: in the first they differ in their id only, in the second
 * each has a click more than the one before. Random ones have that seldom; a conflict takes one or two away.
 */
function addTies(logs: Logs): Logs {
  const { impressions, clicks, conversions } = logs[1]
  const ids = Array.from({ length: 16 }, (_, index) => 1 + index)
  const tied = [500, 501].flatMap((campaign_id) =>
    ids.map((id) => ({ click_id: campaign_id * 1000 + id, banner_id: id, campaign_id })),
  )
  const more = ids.flatMap((id) =>
    ids
      .filter((other) => other > id)
      .map((other) => ({
        click_id: 502_000 + 100 * id + other,
        banner_id: other,
        campaign_id: 501,
      })),
  )
  const converted = tied.map(({ click_id }) => ({
    conversion_id: click_id,
    click_id,
    revenue: '0.5',
  }))
  const own = { clicks: [...clicks, ...tied, ...more], conversions: [...conversions, ...converted] }
  return { ...logs, 1: { impressions, ...own } }
}

function createOnlyFile(): LiveFile {
  const lines = [1, 2, 3].map((banner) => ({
    text: `${banner},${600 + banner}`,
    row: { banner_id: banner, campaign_id: 600 + banner },
  }))
  const header = { text: COLUMNS.impressions.join(), row: null }
  const shape = { dataset: 2, table: 'impressions', lineEnd: '\n' } as const
  return { ...shape, name: ONLY_NAME, lines: [header, ...lines] }
}

interface Choice {
  readonly dataset: Dataset
  readonly table: Table
  readonly logs: Logs
  readonly random: () => number
}

function createFiles({ dataset, table, logs, random }: Choice): LiveFile[] {
  const parts: LiveRow[][] = NAMES.map(() => [])
  for (const row of logs[dataset][table]) pick(parts, random).push({ ...row })
  const originals = parts.map((rows) => [...rows])
  for (const rows of originals) {
    for (const other of parts) {
      if (rows.length === 0 || table === 'impressions') continue
      insert(other, pick(rows, random), random)
      insert(other, contradict(pick(rows, random), table), random)
    }
  }
  return NAMES.map((name, index) => {
    const isReturned = random() < 0.3
    const isSwapped = random() < 0.3
    const hasEvents = random() < 0.3
    const rows = shuffle(parts[index] ?? [], random)
    const format = (values: readonly unknown[], event: string) => {
      const own = isSwapped ? values.toReversed() : values
      return [...(hasEvents ? [event] : []), ...own].join(',')
    }
    const lines = rows.flatMap((row, at): LiveLine[] => {
      const line = { text: format(Object.values(row), `r:${at}`), row }
      if (Math.floor(random() * BAD_EVERY) > 0) return [line]
      return [{ text: pick(BAD_LINES, random), row: null }, line]
    })
    const header = { text: format(COLUMNS[table], 'event'), row: null }
    return { dataset, table, name, lines: [header, ...lines], lineEnd: isReturned ? '\r\n' : '\n' }
  })
}

/** Another content for the same id. */
function contradict(row: LiveRow, table: Table): LiveRow {
  if (table === 'clicks') return { ...row, banner_id: Number(row.banner_id) + 1 }
  return { ...row, revenue: '9.75' }
}

function insert(rows: LiveRow[], row: LiveRow, random: () => number): void {
  rows.splice(Math.floor(random() * (rows.length + 1)), 0, row)
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}

/** One of several. */
export function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error('nothing to choose from')
  return item
}
