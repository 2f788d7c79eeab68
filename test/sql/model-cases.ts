/**
 * Case folders: `test/models/<model>/<case>/`, one for each rule.
 *
 *     <table>.csv         rows of an input table; a table of the way to the model without a file is empty
 *     expect.csv          the whole result of the model; expect-empty.csv, a header alone, where it has no row
 *     seed.txt            the seed, where it is not 0
 *     README.md           how the expected rows were worked out, where that needs words
 */
import { readdir, readFile } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { quotedIdentifier, readRows } from '../../pipeline/base/database.ts'
import { parseSqlHeader, type SqlColumn } from '../../pipeline/base/sql-header.ts'
import { MODELS } from '../../pipeline/rank/models.ts'
import type { SqlFile } from '../../scripts/lib/sql-files.ts'
import {
  createTable,
  DIFF_TABLES,
  describeSql,
  insertCsv,
  LOADED_TABLES,
  parseCsv,
} from '../helpers/sql.ts'

/** What no model makes: the tables of loaded rows, and the statistics of two builds. */
const GIVEN_TABLES = { ...LOADED_TABLES, ...DIFF_TABLES }

/** A case folder, read. */
export interface ModelCase {
  readonly model: string
  readonly name: string
  readonly seed: number
  /** Table to CSV text. */
  readonly inputs: ReadonlyMap<string, string>
  readonly expected: string
}

/** Rows as text, in the order of the model's grain. */
export interface CaseResult {
  readonly columns: readonly string[]
  readonly actual: readonly object[]
  readonly expected: readonly object[]
}

const CASES_FOLDER = new URL('../models/', import.meta.url)

/** Reads every case folder, in the order of names. */
export async function readModelCases(): Promise<ModelCase[]> {
  const cases: Promise<ModelCase>[] = []
  for (const model of (await readdir(CASES_FOLDER)).sort()) {
    const names = await readdir(new URL(`${model}/`, CASES_FOLDER))
    if (names.length === 0) throw new Error(`test/models/${model} has no case`)
    cases.push(...names.sort().map((name) => readModelCase(model, name)))
  }
  return Promise.all(cases)
}

async function readModelCase(model: string, name: string): Promise<ModelCase> {
  const folder = new URL(`${model}/${name}/`, CASES_FOLDER)
  const files = new Map<string, string>()
  for (const file of await readdir(folder)) {
    files.set(file, await readFile(new URL(file, folder), 'utf8'))
  }
  return modelCaseOf(model, name, files)
}

/**
 * Makes a case of the files in its folder.
 *
 * @throws If a file has an unknown name, no input is given, or the expected rows are missing or ambiguous.
 */
export function modelCaseOf(
  model: string,
  name: string,
  files: ReadonlyMap<string, string>,
): ModelCase {
  const [rows, empty] = [files.get('expect.csv'), files.get('expect-empty.csv')]
  if ((rows === undefined) === (empty === undefined)) {
    throw new Error(`${name}: needs either expect.csv or expect-empty.csv`)
  }
  const expected = rows ?? empty ?? ''
  if (parseCsv(expected).length > 1 !== (rows !== undefined)) {
    throw new Error(`${name}: expect.csv has rows, expect-empty.csv a header alone`)
  }
  const seed = Number(files.get('seed.txt') ?? 0)
  if (!Number.isSafeInteger(seed)) throw new Error(`${name}: seed.txt is no whole number`)
  return { model, name, seed, inputs: inputsOf(name, files), expected }
}

function inputsOf(name: string, files: ReadonlyMap<string, string>): Map<string, string> {
  const others = ['expect.csv', 'expect-empty.csv', 'seed.txt', 'README.md']
  const inputs = new Map<string, string>()
  for (const [file, text] of files) {
    if (others.includes(file)) continue
    const table = /^([a-z_]+)\.csv$/.exec(file)?.[1]
    if (table === undefined) throw new Error(`${name}: unknown file: ${file}`)
    inputs.set(table, text)
  }
  if (inputs.size === 0) throw new Error(`${name}: no input table`)
  return inputs
}

/**
 * Runs the models between the inputs of a case and its model, in the order of `MODELS`.
 *
 * @param files - All models, and other selects that a case may be about.
 * @throws If an input is no table on the way to the model, or `expect.csv` has not just the model's columns.
 */
export async function runModelCase(
  connection: DuckDBConnection,
  files: readonly SqlFile[],
  testCase: ModelCase,
): Promise<CaseResult> {
  const way = wayTo(testCase.model, files)
  for (const table of testCase.inputs.keys()) {
    if (table === testCase.model || !way.has(table)) {
      throw new Error(`${testCase.name}: not on the way to ${testCase.model}: ${table}.csv`)
    }
  }
  await connection.run('set variable seed = $seed', { seed: String(testCase.seed) })
  for (const table of way) await createStep(connection, { table, files, testCase })
  return compare(connection, files, testCase)
}

/** Names every table that a model depends on, then the model: loaded tables, models in their order, others. */
function wayTo(model: string, files: readonly SqlFile[]): Set<string> {
  const needed = ancestorsOf(model, files).add(model)
  const order = [...Object.keys(GIVEN_TABLES), ...MODELS.map(({ name }) => name)]
  return new Set([...order.filter((table) => needed.has(table)), ...needed])
}

function ancestorsOf(model: string, files: readonly SqlFile[]): Set<string> {
  const ancestors = new Set<string>()
  for (const table of parseSqlHeader(sqlOf(model, files)).reads ?? []) {
    ancestors.add(table)
    if (GIVEN_TABLES[table] !== undefined) continue
    for (const further of ancestorsOf(table, files)) ancestors.add(further)
  }
  return ancestors
}

interface Step {
  readonly table: string
  readonly files: readonly SqlFile[]
  readonly testCase: ModelCase
}

/** Loads a given table, runs a model that depends on a given table or on none, and leaves another one empty. */
async function createStep(connection: DuckDBConnection, step: Step): Promise<void> {
  const { table, files, testCase } = step
  const loaded = GIVEN_TABLES[table]
  const csv = testCase.inputs.get(table)
  const ancestors = loaded === undefined ? ancestorsOf(table, files) : null
  const isRun =
    ancestors?.size === 0 || [...(ancestors ?? [])].some((name) => testCase.inputs.has(name))
  if (csv === undefined && isRun) {
    const name = quotedIdentifier(table)
    await connection.run(`create table ${name} as (${sqlOf(table, files)}\n)`)
    return
  }
  const columns = loaded ?? parseSqlHeader(sqlOf(table, files)).columns
  await createTable(connection, table, columns)
  if (csv !== undefined) await insertCsv(connection, { table, columns, csv })
}

async function compare(
  connection: DuckDBConnection,
  files: readonly SqlFile[],
  { model, name, expected: csv }: ModelCase,
): Promise<CaseResult> {
  const columns = await describeSql(connection, `from ${quotedIdentifier(model)}`)
  const [header = []] = parseCsv(csv)
  if (header.join() !== columns.map((column) => column.name).join()) {
    throw new Error(`${name}: expect.csv has not just the columns of ${model}: ${header.join()}`)
  }
  await createTable(connection, 'expected', columns)
  await insertCsv(connection, { table: 'expected', columns, csv })
  const grain = parseSqlHeader(sqlOf(model, files)).grain ?? []
  return {
    columns: header,
    actual: await readTexts(connection, { table: model, columns, grain }),
    expected: await readTexts(connection, { table: 'expected', columns, grain }),
  }
}

async function readTexts(
  connection: DuckDBConnection,
  { table, columns, grain }: { table: string; columns: SqlColumn[]; grain: readonly string[] },
): Promise<object[]> {
  const names = columns.map(({ name }) => quotedIdentifier(name))
  const texts = names.map((name) => `cast(${name} as varchar) as ${name}`)
  const order = [...grain.map(quotedIdentifier), ...names].map((name) => `source.${name}`)
  const from = `from ${quotedIdentifier(table)} as source`
  return readRows(connection, `select ${texts.join(', ')} ${from} order by ${order.join(', ')}`)
}

function sqlOf(name: string, files: readonly SqlFile[]): string {
  const file = files.find((candidate) => candidate.name === name)
  if (file === undefined) throw new Error(`no such model: ${name}`)
  return file.sql
}
