import { afterAll, describe, expect, it } from 'vitest'
import type { Reason } from '../../contract/schema.ts'
import { readSqlFiles } from '../../scripts/lib/sql-files.ts'
import { SharedDatabase } from '../helpers/shared-database.ts'
import { parseCsv, withMemory } from '../helpers/sql.ts'
import { modelCaseOf, readModelCases, runModelCase } from './model-cases.ts'

const files = await readSqlFiles('staging', 'marts', 'report', 'analysis')
const cases = await readModelCases()
const named = cases.map((one) => [`${one.model}: ${one.name}`, one] as const)

/** Every code of `Reason`: the type check fails where one is missing or too many. */
const REASONS: Readonly<Record<Reason, true>> = {
  in_top_revenue: true,
  in_converted: true,
  in_clicks_after_converted: true,
  in_top_clicks: true,
  in_random_fill: true,
  out_below_top_revenue: true,
  out_not_converted: true,
  out_below_top_clicks: true,
  out_no_clicks: true,
  out_not_drawn: true,
}

const FOLDER = { 'stg_clicks.csv': 'dataset\n1\n', 'expect.csv': 'dataset\n1\n' }

describe('models', () => {
  const database = new SharedDatabase(withMemory)
  afterAll(() => database.close())

  it.each(named)('%s', async (_, testCase) => {
    const { columns, actual, expected } = await database.undo((connection) =>
      runModelCase(connection, files, testCase),
    )

    expect(columns.length).toBeGreaterThan(0)
    expect(actual).toEqual(expected)
  })

  it('reach every reason code', () => {
    const reached = cases
      .filter(({ model }) => model === 'banner_stats')
      .flatMap(({ expected }) => parseCsv(expected).slice(1))
      .map((row) => row.at(-1))

    expect([...new Set(reached)].sort()).toEqual(Object.keys(REASONS).sort())
  })
})

describe('modelCaseOf', () => {
  it.each([
    ['an unknown file', { ...FOLDER, 'notes.txt': '' }, 'unknown file: notes.txt'],
    ['no input', { 'expect.csv': 'dataset\n1\n' }, 'no input table'],
    ['no expected rows', { 'stg_clicks.csv': 'dataset\n1\n' }, 'needs either'],
    ['two expectations', { ...FOLDER, 'expect-empty.csv': 'dataset\n' }, 'needs either'],
    ['an expect.csv without rows', { ...FOLDER, 'expect.csv': 'dataset\n' }, 'expect.csv has rows'],
    ['a seed that is no number', { ...FOLDER, 'seed.txt': 'one' }, 'seed.txt is no whole number'],
  ])('refuses a folder with %s', (_, folder, message) => {
    expect(() => modelCaseOf('pools', 'case', new Map(Object.entries(folder)))).toThrow(message)
  })
})

describe('runModelCase', () => {
  it.each([
    ['a table off the way', { ...FOLDER, 'loaded_click.csv': 'dataset\n1\n' }, 'not on the way'],
    ['an unknown column', { ...FOLDER, 'stg_clicks.csv': 'banner\n1\n' }, 'no such column: banner'],
    ['a ragged row', { ...FOLDER, 'stg_clicks.csv': 'dataset\n1,2\n' }, 'ragged row: 1,2'],
    ['too few expected columns', FOLDER, 'has not just the columns'],
  ])('refuses %s', async (_, folder, message) => {
    const testCase = modelCaseOf('pools', 'case', new Map(Object.entries(folder)))

    const run = withMemory((connection) => runModelCase(connection, files, testCase))

    await expect(run).rejects.toThrow(message)
  })
})
