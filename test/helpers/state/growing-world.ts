/**
 * Random logs in files that grow: few ids, so that every kind of repeat, conflict and late click is common, and within
 * any two files of a table.
 */
import fc from 'fast-check'
import type { Dataset, Table } from '../../../contract/schema.ts'

/** A line of a file: a row, or a text that is none. */
type WorldLine = { readonly values: readonly number[] } | { readonly bad: string }

/** One file of a world. */
export interface WorldFile {
  readonly dataset: Dataset
  readonly table: Table
  readonly path: string
  readonly lines: readonly WorldLine[]
  /** Has a column that is not ours, first. */
  readonly hasEvents: boolean
  readonly isReturned: boolean
  readonly isSwapped: boolean
}

/** A world and the order in which pieces of its files are read: each number chooses a file and how much of it. */
export interface GrowingWorld {
  readonly files: readonly WorldFile[]
  readonly order: readonly (readonly [file: number, lines: number])[]
}

const HEADERS: Readonly<Record<Table, readonly string[]>> = {
  impressions: ['banner_id', 'campaign_id'],
  clicks: ['click_id', 'banner_id', 'campaign_id'],
  conversions: ['conversion_id', 'click_id', 'revenue'],
}

/** Beyond 2^53; their lower 32 bits are those of the small ids. */
const GREAT = 2n ** 62n + 1n

const id = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 9 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1000, max: 1004 }) },
)
const banner = fc.integer({ min: 1, max: 5 })
const campaign = fc.integer({ min: 1, max: 3 })
/** Quarters: `revenueText` writes them. */
const revenue = fc.integer({ min: 0, max: 3 })

/** Where most rows of an id agree, copies and conflicts are both common. */
function agreeing(
  key: fc.Arbitrary<number>,
  other: fc.Arbitrary<number[]>,
  same: (key: number) => number[],
) {
  return fc.tuple(key, other, fc.boolean(), fc.boolean()).map(([one, values, odd, often]) => ({
    values: [one, ...(odd && often ? values : same(one))],
  }))
}

const ROWS: Readonly<Record<Table, fc.Arbitrary<WorldLine>>> = {
  impressions: fc.tuple(banner, campaign).map((values) => ({ values })),
  clicks: agreeing(id, fc.tuple(banner, campaign), (key) => [1 + (key % 5), 1 + (key % 3)]),
  conversions: agreeing(id, fc.tuple(id, revenue), (key) => [1 + ((key * 5) % 9), key % 4]),
}

const badLine = fc.constantFrom('', 'x', '0,0,0', '1,,1', '1;2;3').map((bad) => ({ bad }))

function lines(table: Table): fc.Arbitrary<WorldLine[]> {
  const line = fc.oneof({ weight: 12, arbitrary: ROWS[table] }, { weight: 1, arbitrary: badLine })
  return fc.array(line, { maxLength: 12 })
}

const shape = fc.record({
  dataset: fc.constantFrom<Dataset>(1, 1, 1, 2),
  name: fc.constantFrom('', '_a', '_b', '_c'),
  hasEvents: fc.boolean(),
  isReturned: fc.boolean(),
  isSwapped: fc.boolean(),
})

const file: fc.Arbitrary<WorldFile> = fc
  .constantFrom<Table>('impressions', 'clicks', 'clicks', 'conversions', 'conversions')
  .chain((table) =>
    fc.tuple(shape, lines(table)).map(([{ name, ...form }, own]) => ({
      ...form,
      table,
      path: `${form.dataset}/${table}${name}.csv`,
      lines: own,
    })),
  )

/** Worlds of up to eight files. */
export const growingWorlds: fc.Arbitrary<GrowingWorld> = fc.record({
  files: fc.uniqueArray(file, { minLength: 1, maxLength: 8, selector: ({ path }) => path }),
  order: fc.array(fc.tuple(fc.nat({ max: 7 }), fc.integer({ min: 0, max: 5 })), { maxLength: 30 }),
})

/** Writes the header and the lines of a file from `from` on, each ended. Events are numbered by line. */
export function textOf(world: WorldFile, from: number, to: number): string {
  const end = world.isReturned ? '\r\n' : '\n'
  const own = world.lines.slice(from, to).map((line, index) => lineText(world, line, from + index))
  const header = orderFields(world, HEADERS[world.table], 'event')
  return [...(from === 0 ? [header] : []), ...own].map((line) => line + end).join('')
}

function lineText(world: WorldFile, line: WorldLine, index: number): string {
  if ('bad' in line) return line.bad
  const values = line.values.map((value, column) => valueText(world.table, column, value))
  return orderFields(world, values, `0:${index}`)
}

/** The text of a value, as it stands in the file. */
export function valueText(table: Table, column: number, value: number): string {
  if (table === 'conversions' && column === 2) return revenueText(value)
  const isEvent = table === 'conversions' || (table === 'clicks' && column === 0)
  return isEvent && value >= 1000 ? String(GREAT + BigInt(value - 1000)) : String(value)
}

function revenueText(quarters: number): string {
  return quarters === 1 ? '0.2499999999' : String(quarters / 4)
}

function orderFields(
  { hasEvents, isSwapped }: WorldFile,
  own: readonly string[],
  event: string,
): string {
  const fields = isSwapped ? own.toReversed() : own
  return [...(hasEvents ? [event] : []), ...fields].join(',')
}
