/** The sizes of pools stand in `sql/staging/rules.sql` alone. */
import { readFileSync } from 'node:fs'
import type { DuckDBConnection } from '@duckdb/node-api'
import { readRows } from '../base/database.ts'
import { locateSql } from '../base/sql.ts'
import type { PoolSizes } from './ranker.ts'

/** Reads the sizes of the business rules. */
export function readRuleSizes(): PoolSizes {
  const select = readFileSync(locateSql('staging', 'rules'), 'utf8')
  return { top: readSize(select, 'top_size'), fill: readSize(select, 'fill_size') }
}

/**
 * Reads the sizes that the tables of a build were made with.
 *
 * @param connection - Has `rules`.
 */
export async function readUsedSizes(connection: DuckDBConnection): Promise<PoolSizes> {
  const [sizes] = await readRows<PoolSizes>(
    connection,
    'select top_size as top, fill_size as fill from rules',
  )
  if (sizes === undefined) throw new Error('rules has no row')
  return sizes
}

function readSize(select: string, column: string): number {
  const [, size] = new RegExp(`^ +(\\d+) as ${column},?$`, 'm').exec(select) ?? []
  if (size === undefined) throw new Error(`sql/staging/rules.sql has no ${column}`)
  return Number(size)
}
