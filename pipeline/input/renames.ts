import { LISTS, type List, TABLES, type Table } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import { findColumns } from './columns.ts'

/** A column that has another name in the files. */
export interface Rename {
  readonly table: Table | List
  /** In the header. */
  readonly from: string
  /** A column of the table. */
  readonly to: string
}

/**
 * Reads `--rename table.old=new`.
 *
 * @throws {PipelineError} With exit code 2, if it is not of that form or names no table or column.
 */
export function parseRename(text: string): Rename {
  const [, tableName, from, to] = /^([a-z_]+)\.(.+)=([a-z_]+)$/.exec(text) ?? []
  const table = [...TABLES, ...LISTS].find((name) => name === tableName)
  if (table === undefined || from === undefined || to === undefined) {
    throw misuse(`must be like clicks.clickId=click_id: ${text}`)
  }
  const names = findColumns(table).map(({ name }) => name)
  if (!names.includes(to)) throw misuse(`${table} has the columns ${names.join(', ')}: ${text}`)
  return { table, from, to }
}

/** Names of a table's columns as its files have them, to those that are meant. */
export function findRenames(
  table: Table | List,
  renames: readonly Rename[],
): Readonly<Record<string, string>> {
  const own = renames.filter((rename) => rename.table === table)
  return Object.fromEntries(own.map(({ from, to }) => [from, to]))
}

function misuse(message: string): PipelineError {
  return new PipelineError(`--rename ${message}`, { exitCode: 2 })
}
