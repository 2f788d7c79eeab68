import type { DuckDBConnection } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import { countRows } from '../../pipeline/base/database.ts'
import { runChecks } from '../../pipeline/checks/run.ts'
import { readSqlFiles } from '../../scripts/lib/sql-files.ts'
import { OFFENCES } from './check-offences.ts'
import { REPUBLISH, withWorld } from './check-world.ts'

const checks = await readSqlFiles('checks')
const named = OFFENCES.map((one) => [`${one.breaks} finds ${one.name}`, one] as const)

/** Gives what checks find: name to number of rows. */
async function findings(connection: DuckDBConnection): Promise<Record<string, number>> {
  const results = await runChecks(connection)
  const failed = results.filter(({ passed }) => !passed)
  return Object.fromEntries(failed.map(({ name, failing_rows }) => [name, failing_rows]))
}

/** Plants a fault in the select that ranks; a fault that changes nothing is an error. */
function plant(changes: readonly (readonly [string, string])[]) {
  return (model: string, sql: string): string => {
    if (model !== 'banner_ranks') return sql
    return changes.reduce((text, [right, wrong]) => {
      if (!text.includes(right)) throw new Error(`not in banner_ranks.sql: ${right}`)
      return text.replaceAll(right, wrong)
    }, sql)
  }
}

describe('checks', () => {
  it.each(['built', 'published'] as const)('find nothing in a good %s world', async (shape) => {
    await withWorld({ shape }, async (connection) => {
      expect(await findings(connection)).toEqual({})
      expect(await countRows(connection, 'pools')).toBe(34)
      expect(await countRows(connection, 'banner_stats')).toBe(42)
    })
  })

  it.each(named)('%s', async (_, { breaks, sql, isRepublished, failing }) => {
    await withWorld({ shape: 'published' }, async (connection) => {
      await connection.run(sql)
      if (isRepublished) await connection.run(REPUBLISH)

      expect(await findings(connection)).toEqual(failing)
      expect(failing).toHaveProperty(breaks)
    })
  })

  it('each have an offence', () => {
    const broken = new Set(OFFENCES.map(({ breaks }) => breaks))

    expect([...broken].sort()).toEqual(checks.map(({ name }) => name))
  })

  it('find pools that are sorted ascending, as in the system replaced', async () => {
    const edit = plant([
      ['placed.place asc', 'placed.place desc'],
      ['placed.revenue desc', 'placed.revenue asc'],
    ])

    const found = await withWorld({ shape: 'published', edit }, findings)

    expect(found).toEqual({
      no_better_banner_is_out: 8,
      pools_are_in_order: 19,
      pools_have_every_converted_banner_up_to_top_size: 3,
    })
  })

  it('find the least revenue on top of the converted', async () => {
    const edit = plant([['placed.revenue desc', 'placed.revenue asc']])

    const found = await withWorld({ shape: 'published', edit }, findings)

    // 9 pairs in campaign 7, 4 and 5 in the two of campaign 8 stand the wrong way; banner 30 of campaign 7 is out.
    expect(found).toEqual({ no_better_banner_is_out: 1, pools_are_in_order: 18 })
  })
})
