import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import {
  DATASETS,
  type ManifestCheck,
  type ManifestInput,
  POOLS_FILE,
  type Severity,
} from '../../contract/schema.ts'
import { literalPath, quotedString, readCount, readRows } from '../base/database.ts'
import { readSql } from '../base/sql.ts'
import { parseSqlHeader } from '../base/sql-header.ts'
import { withoutPacking } from '../input/packing.ts'
import type { Build } from '../publish/builds.ts'

/** A check's result, with an offending row to show. */
export interface CheckResult extends ManifestCheck {
  /** The fact that must hold, from the header of the file. */
  readonly sentence: string
  /** The first offending row as JSON; null if there is none. */
  readonly example: string | null
}

/** A file of `sql/checks/`. */
export interface Check {
  readonly name: string
  readonly severity: Severity
  readonly sentence: string
  readonly select: string
}

const CHECKS_FOLDER = new URL('../../sql/checks/', import.meta.url)

/**
 * Runs every select of `sql/checks/`; a row that one returns is an offence.
 *
 * @param connection - Has `pools`, `banner_stats`, `rejects`, `rules`, and what {@link createCheckTables} makes.
 * @returns In the order of names.
 */
export async function runChecks(connection: DuckDBConnection): Promise<CheckResult[]> {
  const results: CheckResult[] = []
  for (const check of await readChecks()) {
    results.push(await runCheck(connection, check))
  }
  return results
}

/** Tables of which a part, all rows of some campaigns, is enough. */
const CAMPAIGN_TABLES = new Set(['banner_stats', 'pools', 'rules', 'datasets'])

/** Finds the checks that can be asked of the rows of some campaigns alone, and that stop what they offend. */
export async function findCampaignChecks(): Promise<Check[]> {
  const checks = await readChecks()
  return checks.filter(({ severity, select }) => {
    const [, tables = ''] = /^-- Reads: ([\w, \n-]+?)\.$/m.exec(select) ?? []
    const names = tables.split(/[,\s-]+/).filter((name) => name !== '')
    return (
      severity === 'error' && names.length > 0 && names.every((name) => CAMPAIGN_TABLES.has(name))
    )
  })
}

/** What the checks know beside the tables of a build. */
export interface CheckInput {
  readonly inputs: readonly ManifestInput[]
  readonly measures: Readonly<Record<string, number>>
  /** The build that was current before; null if there was none or it is gone. */
  readonly previous: Build | null
}

/**
 * Creates the tables that only checks read: `datasets`, 1 to 4; `inputs` and `previous_inputs`, one row a file of the
 * manifest; `measures`; and `previous_pools`. Without a previous build its tables are empty.
 */
export async function createCheckTables(
  connection: DuckDBConnection,
  { inputs, measures, previous }: CheckInput,
): Promise<void> {
  await connection.run(
    `create table datasets as select cast(unnest([${DATASETS.join(', ')}]) as smallint) as dataset`,
  )
  await createInputs(connection, 'inputs', inputs)
  await createInputs(connection, 'previous_inputs', previous?.manifest.inputs ?? [])
  await connection.run('create table measures (name varchar, amount bigint)')
  for (const [name, amount] of Object.entries(measures)) {
    await connection.run('insert into measures values ($name, $amount)', { name, amount })
  }
  await connection.run(
    'create table previous_pools (dataset smallint, campaign_id bigint, banner_id bigint)',
  )
  if (previous === null) return
  const path = quotedString(literalPath(join(previous.folder, POOLS_FILE)))
  await connection.run(
    `insert into previous_pools select dataset, campaign_id, banner_id from read_parquet(${path})`,
  )
}

async function createInputs(
  connection: DuckDBConnection,
  name: string,
  inputs: readonly ManifestInput[],
): Promise<void> {
  await connection.run(`create table ${name} (
    dataset smallint, log varchar, path varchar, status varchar, row_count bigint,
    accepted bigint, rejected bigint, duplicates bigint, rounded bigint)`)
  const appender = await connection.createAppender(name)
  for (const input of inputs) {
    if (input.dataset === null) appender.appendNull()
    else appender.appendSmallInt(input.dataset)
    const path = withoutPacking(input.path)
    for (const text of [input.table, path, input.status]) appender.appendVarchar(text)
    const { rows, accepted, rejected, duplicates, rounded } = input
    for (const count of [rows, accepted, rejected, duplicates, rounded]) {
      appender.appendBigInt(BigInt(count))
    }
    appender.endRow()
  }
  appender.closeSync()
}

/** Words a failed check for people: what must hold, how often it does not, and one example. */
export function describeFailure({ name, sentence, failing_rows, example }: CheckResult): string {
  return `${name}: ${failing_rows} rows against it (${sentence}), first ${example}`
}

/** The rows may be as many as the rejects, so only one of them is fetched: always the same one. */
export async function runCheck(connection: DuckDBConnection, check: Check): Promise<CheckResult> {
  const { name, severity, sentence, select } = check
  const failing_rows = await readCount(connection, `select count(*) from (${select}\n)`)
  const passed = failing_rows === 0
  const [first] = passed
    ? []
    : await readRows(connection, `select * from (${select}\n) order by all limit 1`)
  const example = first === undefined ? null : JSON.stringify(first)
  return { name, severity, sentence, failing_rows, passed, example }
}

async function readChecks(): Promise<Check[]> {
  const files = (await readdir(CHECKS_FOLDER)).filter((file) => file.endsWith('.sql')).sort()
  return Promise.all(
    files.map(async (file) => {
      const name = file.replace(/\.sql$/, '')
      const select = await readSql('checks', name)
      return { name, select, ...readCheckHeader(name, select) }
    }),
  )
}

function readCheckHeader(name: string, select: string): Pick<Check, 'sentence' | 'severity'> {
  const { sentence, severity } = parseSqlHeader(select)
  if (sentence === null || severity === null) {
    throw new Error(`sql/checks/${name}.sql lacks its sentence or severity`)
  }
  return { sentence, severity }
}
