import type { DuckDBConnection } from '@duckdb/node-api'
import { quotedIdentifier } from '../../base/database.ts'
import type { Cluster } from './cluster.ts'
import type { Fetch } from './plan.ts'

/**
 * Brings the rows of a select into a table of its name.
 *
 * @returns How many rows came.
 */
export async function fetchTable(
  connection: DuckDBConnection,
  cluster: Cluster,
  fetch: Fetch,
): Promise<number> {
  const { name, columns } = fetch
  const table = quotedIdentifier(name)
  const text = quotedIdentifier(`text_${name}`)
  const names = columns.map((column) => quotedIdentifier(column.name))
  await connection.run(
    `create temp table ${text} (${names.map((one) => `${one} varchar`).join(', ')})`,
  )
  const appender = await connection.createAppender(`text_${name}`)
  let count = 0
  await cluster.run(fetch, (rows) => {
    count += rows.length
    for (const row of rows) {
      if (row.length !== columns.length) throw new Error(`${name}: ${row.length} columns came`)
      for (const value of row) {
        if (value === null) appender.appendNull()
        else appender.appendVarchar(value)
      }
      appender.endRow()
    }
  })
  appender.closeSync()
  const typed = columns.map(
    (column, place) => `cast(${names[place]} as ${column.type}) as ${names[place]}`,
  )
  await connection.run(`create table ${table} as select ${typed.join(', ')} from ${text}`)
  await connection.run(`drop table ${text}`)
  return count
}
