import type { DuckDBConnection } from '@duckdb/node-api'
import { afterAll, describe, expect, it } from 'vitest'
import { countRows } from '../../pipeline/base/database.ts'
import { runChecks } from '../../pipeline/checks/run.ts'
import { readSqlFiles } from '../../scripts/lib/sql-files.ts'
import { SharedDatabase } from '../helpers/shared-database.ts'
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

/** Plants a fault in a model; a fault that changes nothing is an error. */
function plant(faulty: string, right: string, wrong: string) {
  return (model: string, sql: string): string => {
    if (model !== faulty) return sql
    if (!sql.includes(right)) throw new Error(`not in ${faulty}.sql: ${right}`)
    return sql.replaceAll(right, wrong)
  }
}

/** The order of the pool, and that order from its end on. */
const POOL_ORDER = `case
        when banner_ranks.source = 'random'
            then pool_sizes.found_count + random_ranks.random_rank
        else banner_ranks.revenue_rank
    end`
const REVERSED = `row_number() over (
        partition by banner_ranks.dataset, banner_ranks.campaign_id
        order by banner_ranks.revenue_rank desc
    )`

describe('checks', () => {
  const published = new SharedDatabase((fn) => withWorld({ shape: 'published' }, fn))
  afterAll(() => published.close())

  it.each(['built', 'published'] as const)('find nothing in a good %s world', async (shape) => {
    await withWorld({ shape }, async (connection) => {
      expect(await findings(connection)).toEqual({})
      expect(await countRows(connection, 'pools')).toBe(34)
      expect(await countRows(connection, 'banner_stats')).toBe(42)
    })
  })

  it.each(named)('%s', async (_, { breaks, sql, isRepublished, failing }) => {
    await published.undo(async (connection) => {
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
    const edit = plant('pool_places', POOL_ORDER, REVERSED)

    const found = await withWorld({ shape: 'published', edit }, findings)

    // 34 places in 8 pools have 26 pairs of neighbours; only the 4 of two drawn ones have no wrong order.
    expect(found).toEqual({
      no_better_banner_is_out: 8,
      pools_are_in_order: 22,
      pools_have_every_converted_banner_up_to_top_size: 3,
    })
  })

  it('find the least revenue on top of the converted', async () => {
    const edit = plant('banner_ranks', 'candidates.revenue desc', 'candidates.revenue asc')

    const found = await withWorld({ shape: 'published', edit }, findings)

    // 9 pairs in campaign 7, 4 and 5 in the two of campaign 8 stand the wrong way; banner 30 of campaign 7 is out.
    expect(found).toEqual({ no_better_banner_is_out: 1, pools_are_in_order: 18 })
  })
})
