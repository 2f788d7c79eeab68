import { describe, expect, it } from 'vitest'
import { withDatabase } from '../../../../pipeline/base/database.ts'
import { countDistinct, isProvenUnique } from '../../../../pipeline/rank/duckdb/unique.ts'
import { someOf } from '../../../helpers/size.ts'

const KEYED = { table: 'logs', key: 'id' }

/** Runs `fn` over a table of these ids, all of dataset 1. */
function withIds<T>(select: string, fn: (ids: Ids) => Promise<T>): Promise<T> {
  return withDatabase(':memory:', { threads: 2, memoryLimit: '1GB' }, async (connection) => {
    await connection.run(
      `create table logs as select 1 as dataset, cast(id as bigint) as id from (${select})`,
    )
    return fn({
      countDistinct: () => countDistinct(connection, KEYED),
      isProvenUnique: () => isProvenUnique(connection, KEYED),
    })
  })
}

interface Ids {
  countDistinct(): Promise<number | null>
  isProvenUnique(): Promise<boolean>
}

describe('countDistinct', () => {
  it('counts an id that repeats once', async () => {
    await withIds('select unnest([7, 8, 7, 9]) as id', async (ids) => {
      expect(await ids.countDistinct()).toBe(3)
      expect(await ids.isProvenUnique()).toBe(false)
    })
  })

  // 4.5 million ids, 60 apart, from 100 on: they span 270 million, and a bitmap has 2^28 = 268,435,456 bits.
  const WIDE = 'select range * 60 + 100 as id from range(4500000)'

  it('takes several bitmaps for a wide range', async () => {
    await withIds(WIDE, async (ids) => {
      expect(await ids.countDistinct()).toBe(4_500_000)
      expect(await ids.isProvenUnique()).toBe(true)
    })
  })

  it.each(
    someOf(
      [
        ['the first', 100],
        ['the last of the first bitmap', 60 * 4_473_922 + 100],
        ['the first of the second bitmap', 60 * 4_473_925 + 100],
        ['the last', 60 * 4_499_999 + 100],
      ],
      1,
    ),
  )('finds %s id twice in a wide range', async (_, id) => {
    await withIds(`${WIDE} union all select ${id}`, async (ids) => {
      expect(await ids.countDistinct()).toBe(4_500_000)
      expect(await ids.isProvenUnique()).toBe(false)
    })
  })

  it('tells ids apart that no number of JavaScript does', async () => {
    const last =
      'select unnest([9223372036854775805, 9223372036854775806, 9223372036854775807]) as id'
    await withIds(last, async (ids) => {
      expect(await ids.countDistinct()).toBe(3)
      expect(await ids.isProvenUnique()).toBe(true)
    })
    await withIds(`${last} union all select 9223372036854775806`, async (ids) => {
      expect(await ids.countDistinct()).toBe(3)
      expect(await ids.isProvenUnique()).toBe(false)
    })
  })

  it('gives up where ids are far apart', async () => {
    await withIds('select unnest([1, 1000]) as id', async (ids) => {
      expect(await ids.countDistinct()).toBeNull()
      expect(await ids.isProvenUnique()).toBe(false)
    })
  })

  it('counts none in an empty table', async () => {
    await withIds('select 1 as id where false', async (ids) => {
      expect(await ids.countDistinct()).toBe(0)
    })
  })
})
