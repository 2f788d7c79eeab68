import { readdir } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import {
  DATASETS,
  type ManifestCheck,
  type ManifestInput,
  type Severity,
} from '../artifacts/schema.ts'
import { readRows } from './database.ts'
import { readSql } from './models.ts'

/** A check's result, with an offending row to show. */
export interface CheckResult extends ManifestCheck {
  /** The fact that must hold, from the header of the file. */
  readonly sentence: string
  /** The first offending row as JSON; null if there is none. */
  readonly example: string | null
}

/** A file of `sql/checks/`. */
interface Check {
  readonly name: string
  readonly severity: Severity
  readonly sentence: string
  readonly select: string
}

const CHECKS_FOLDER = new URL('../sql/checks/', import.meta.url)

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

/** Creates the tables that only checks read: `inputs`, one row a file of the manifest, and `datasets`, 1 to 4. */
export async function createCheckTables(
  connection: DuckDBConnection,
  inputs: readonly ManifestInput[],
): Promise<void> {
  await connection.run(
    `create table datasets as select cast(unnest([${DATASETS.join(', ')}]) as utinyint) as dataset`,
  )
  await connection.run(`create table inputs (
    dataset utinyint, log varchar, path varchar, status varchar, row_count bigint,
    accepted bigint, rejected bigint, duplicates bigint, rounded bigint)`)
  const appender = await connection.createAppender('inputs')
  for (const input of inputs) {
    appender.appendUTinyInt(input.dataset)
    for (const text of [input.table, input.path, input.status]) appender.appendVarchar(text)
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

async function runCheck(connection: DuckDBConnection, check: Check): Promise<CheckResult> {
  const rows = await readRows(connection, check.select)
  const { name, severity, sentence } = check
  const [first] = rows
  const example = first === undefined ? null : JSON.stringify(first)
  return {
    name,
    severity,
    sentence,
    failing_rows: rows.length,
    passed: rows.length === 0,
    example,
  }
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

/** Header: `-- name: a sentence over one or more lines.`, an empty comment line, `-- severity: error` or `warn`. */
function readCheckHeader(name: string, select: string): { sentence: string; severity: Severity } {
  const sentence = /^-- \w+: ([\s\S]*?)\.\n--\n/.exec(select)?.[1]?.replaceAll(/\n--\s*/g, ' ')
  const severity = /^-- severity: (error|warn)$/m.exec(select)?.[1]
  if (sentence === undefined || severity === undefined) {
    throw new Error(`sql/checks/${name}.sql lacks its sentence or severity`)
  }
  return { sentence, severity: severity as Severity }
}
