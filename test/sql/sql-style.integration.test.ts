/** Holds section 6 of the style guide for the files of `sql/`. */
import { describe, expect, it } from 'vitest'
import { parseSqlHeader, type SqlColumn } from '../../pipeline/base/sql-header.ts'
import { EVALUATE_MODELS } from '../../pipeline/evaluate/models.ts'
import { LIST_MODELS } from '../../pipeline/lists/load.ts'
import { MODELS } from '../../pipeline/rank/models.ts'
import { readSqlFiles, type SqlFile } from '../../scripts/lib/sql-files.ts'
import {
  byPath,
  CHECK_TABLES,
  createTable,
  DIFF_TABLES,
  describeSql,
  EVALUATE_TABLES,
  HISTORY_TABLES,
  LOADED_TABLES,
  withMemory,
  withoutComments,
} from '../helpers/sql.ts'
import { firesOn, STYLE } from './patterns.ts'

const MODEL_FOLDERS = ['staging', 'lists', 'marts', 'evaluate', 'report', 'analysis', 'history']
const FOLDERS = [...MODEL_FOLDERS, 'checks', 'publish']
/** A model over 60 lines is two models; its header is not counted. */
const MAX_LINES = 60
/** Last sort keys that leave no tie: the last column of a grain, or the line of a file. */
const UNIQUE_KEYS = [
  ...['banner_id', 'campaign_id', 'rank', 'rule', 'reason', 'line'],
  ...['dataset', 'tenth', 'place', 'revenue_rank'], // of reports with one row each
  ...['build_id', 'pool_rank'], // of the history, of a pool
]
/** Reports that others read, as `MODELS` has them for models. */
const REPORT_BASES = ['pool_revenue', 'pool_turnover']
/** Likewise, of the history. */
const HISTORY_BASES = ['campaign_figures', 'known_campaigns', 'banner_figures']

const files = await readSqlFiles(...FOLDERS)
const described = await describeModels(files)
const models = files.filter(({ folder }) => MODEL_FOLDERS.includes(folder))
const checks = files.filter(({ folder }) => folder === 'checks')
const ctesOf = (sql: string) => [...sql.matchAll(/^(?:with )?(\w+) as \($/gm)].map(([, cte]) => cte)

/** Finds the tables that a select reads, without its own CTEs. */
function tablesOf(sql: string): string[] {
  const text = withoutComments(sql)
  const named = [...text.matchAll(/\b(?:from|join) (\w+)/g)].map(([, table = '']) => table)
  const ctes = ctesOf(text)
  return [...new Set(named)].filter((table) => !ctes.includes(table)).sort()
}

/** Runs every model on empty tables and describes each file's result. */
function describeModels(all: readonly SqlFile[]): Promise<Map<string, SqlColumn[]>> {
  return withMemory(async (connection) => {
    await connection.run("set variable seed = '0'")
    for (const [table, definition] of Object.entries({
      ...LOADED_TABLES,
      ...CHECK_TABLES,
      ...DIFF_TABLES,
      ...EVALUATE_TABLES,
      ...HISTORY_TABLES,
    })) {
      await createTable(connection, table, definition)
    }
    for (const { folder, name } of MODELS) {
      const sql = all.find((file) => file.folder === folder && file.name === name)?.sql
      await connection.run(`create table ${name} as (${sql}\n)`)
    }
    for (const name of LIST_MODELS) {
      const sql = all.find((file) => file.folder === 'lists' && file.name === name)?.sql
      await connection.run(`create table ${name} as (${sql}\n)`)
    }
    for (const name of REPORT_BASES) {
      const sql = all.find((file) => file.folder === 'report' && file.name === name)?.sql
      await connection.run(`create table ${name} as (${sql}\n)`)
    }
    for (const { name } of EVALUATE_MODELS) {
      const sql = all.find((file) => file.folder === 'evaluate' && file.name === name)?.sql
      await connection.run(`create table ${name} as (${sql}\n)`)
    }
    await connection.run("set variable day = ''; set variable build_id = ''")
    await connection.run("set variable day_ago = ''; set variable month_ago = ''")
    for (const name of HISTORY_BASES) {
      const sql = all.find((file) => file.folder === 'history' && file.name === name)?.sql
      await connection.run(`create table ${name} as (${sql}\n)`)
    }
    const columns = new Map<string, SqlColumn[]>()
    for (const { path, sql } of all) columns.set(path, await describeSql(connection, sql))
    return columns
  })
}

describe.each(byPath(files))('%s', (_, { name, sql }) => {
  const text = withoutComments(sql)

  it('has a header that names the file and what it reads', () => {
    const header = parseSqlHeader(sql)

    expect(header.name).toBe(name)
    expect(header.reads?.toSorted()).toEqual(tablesOf(sql))
  })

  it('keeps to the width, the indentation and the letter case', () => {
    const lines = sql.split('\n')

    expect(lines.filter((line) => line.length > 80)).toEqual([])
    expect(lines.filter((line) => /\t|\s$/.test(line))).toEqual([])
    expect(text.split('\n').filter((line) => !/^(?: {4})*(?! )/.test(line))).toEqual([])
    expect(text).toBe(text.toLowerCase())
    expect(sql).toMatch(/[^\n]\n$/)
  })

  it('keeps to the patterns of the style guide', () => {
    expect(STYLE.filter((pattern) => firesOn(pattern, text))).toEqual([])
  })

  it('selects * only at its end and from a CTE', () => {
    const stars = [...text.matchAll(/^(.*)select \*\s+from (\w+)/gm)]

    expect(stars.map(([, indent]) => indent).filter((indent) => indent !== '')).toEqual([])
    expect(ctesOf(text)).toEqual(expect.arrayContaining(stars.map(([, , table]) => table)))
    const otherStars = text.match(/\(\*\)| \* (?:\d|\w+\.\w)/g)?.length ?? 0 // count(*) and products
    expect(text.match(/\*/g)?.length ?? 0).toBe(stars.length + otherStars)
  })

  it('ends every order in a unique key', () => {
    const unlimited = text.replaceAll(/\nlimit \d+\n/g, '\n') // analysis only
    const orders = [...unlimited.matchAll(/order by([^)]*)/g)].map(([, keys = '']) =>
      keys.split(','),
    )

    expect(orders.flat().filter((key) => !/ (?:asc|desc)\s*$/.test(key))).toEqual([])
    for (const keys of orders) {
      expect(UNIQUE_KEYS).toContain(/(\w+)"? \w+\s*$/.exec(keys.at(-1) ?? '')?.[1])
    }
  })

  it('is short enough for one step', () => {
    expect(text.trim().split('\n').length).toBeLessThanOrEqual(MAX_LINES)
  })
})

describe.each(byPath(models))('the columns of %s', (_, { path, sql }) => {
  it('are those of its header, in name, type and order', () => {
    const { columns } = parseSqlHeader(sql)

    expect(columns).toEqual(described.get(path))
  })

  it('include its grain', () => {
    const { grain, columns } = parseSqlHeader(sql)

    expect(grain).not.toBeNull()
    expect(columns.map((column) => column.name)).toEqual(expect.arrayContaining([...(grain ?? [])]))
  })
})

describe('MODELS', () => {
  it('are all files of sql/staging and sql/marts', () => {
    const names = models
      .filter(({ folder }) => ['staging', 'marts'].includes(folder))
      .map(({ name }) => name)

    expect(MODELS.map(({ name }) => name).sort()).toEqual(names.sort())
  })
})

describe.each(byPath(checks))('the header of %s', (_, { sql }) => {
  it('states its fact in one sentence and its severity', () => {
    const sentence = /^-- \w+: ([\s\S]*?)\n--\n/.exec(sql)?.[1]

    expect(sentence).toMatch(/\.$/)
    expect(parseSqlHeader(sql).severity).not.toBeNull()
  })
})
