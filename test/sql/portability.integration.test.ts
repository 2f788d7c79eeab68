/**
 * Holds that marts, checks and reports keep to what DuckDB, Trino and Spark share (design, section 7), and so does the
 * staging that a cluster runs as it is.
 */
import { tsImport } from 'tsx/esm/api'
import { beforeAll, describe, expect, it } from 'vitest'
import { readSqlFiles } from '../../scripts/lib/sql-files.ts'
import { someOf } from '../helpers/size.ts'
import { byPath, withoutComments } from '../helpers/sql.ts'
import { BARE_SUM, firesOn, NOT_PORTABLE, STYLE } from './patterns.ts'

/** What is used of a parser of dt-sql-parser. */
interface Grammar {
  validate(sql: string): readonly { readonly message: string; readonly startLine: number }[]
}

const ENGINES = ['TrinoSQL', 'SparkSQL'] as const
type Engine = (typeof ENGINES)[number]

/** A column of rejects.parquet is called table, a reserved word of Trino: only a report may quote it. */
const REPORT_QUOTES = 'a double quote: a text in Spark'
/** Of decimals, for people to read: the scale differs by engine, and no build depends on it. */
const REPORT_SHARES = 'division: of integers it differs'

/** The only model with a text of its own for Trino: md5 differs. */
const OWN_TEXT = 'stg_campaign_banners'

const all = await readSqlFiles('marts', 'checks', 'report', 'staging', 'lists', 'evaluate')
const files = all.filter(({ folder, name }) => {
  if (folder === 'evaluate') return !name.startsWith('stg_')
  return folder !== 'staging' || name !== OWN_TEXT
})
const marts = files.filter(({ folder }) => ['marts', 'evaluate'].includes(folder))

const patterns = [...STYLE, ...NOT_PORTABLE, BARE_SUM].map((one) => [one.fault, one] as const)

describe('the patterns', () => {
  it.each(patterns)('find %s', (_, pattern) => {
    expect(firesOn(pattern, pattern.example)).toBe(true)
  })
})

describe.each(byPath(files))('%s', (_, { folder, sql }) => {
  it('uses nothing that differs by engine', () => {
    const text = withoutComments(sql)

    const faults = NOT_PORTABLE.filter((pattern) => firesOn(pattern, text)).map(
      ({ fault }) => fault,
    )

    const allowed = folder === 'report' ? [REPORT_QUOTES, REPORT_SHARES] : []
    expect(faults.filter((fault) => !allowed.includes(fault))).toEqual([])
  })
})

describe.each(byPath(marts))('the sums of %s', (_, { sql }) => {
  it('are cast to their stored types', () => {
    expect(firesOn(BARE_SUM, withoutComments(sql))).toBe(false)
  })
})

describe.each(someOf(ENGINES, 1))('the grammar of %s', (engine) => {
  let grammar: Grammar

  beforeAll(async () => {
    // Its ES modules lack file endings, which Node refuses and tsx finds.
    const parsers: Record<Engine, new () => Grammar> = await tsImport(
      'dt-sql-parser',
      import.meta.url,
    )
    grammar = new parsers[engine]()
  })

  it.each(byPath(files))('accepts %s', (_, { sql }) => {
    expect(grammar.validate(sql)).toEqual([])
  })

  it.each([
    ['::', 'select clicks::bigint from pools'],
    ['//', 'select clicks // 2 from pools'],
    ['a trailing comma', 'select clicks, from pools'],
    ['from first', 'from pools'],
    ['a struct', "select {'clicks': 1}"],
  ])('refuses %s', (_, sql) => {
    expect(grammar.validate(sql)).not.toEqual([])
  })
})
