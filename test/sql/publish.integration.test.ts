/** Holds that what is published has the columns that contract/schema.ts documents. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { readSql } from '../../pipeline/base/sql.ts'
import type { SqlColumn } from '../../pipeline/base/sql-header.ts'
import { describeSql } from '../helpers/sql.ts'
import { withWorld } from './check-world.ts'

const schema = await readFile(new URL('../../contract/schema.ts', import.meta.url), 'utf8')

/** Reads the columns of a row type: the first word of each comment is the type as stored. */
function columnsOf(rowType: string): SqlColumn[] {
  const body = new RegExp(`^export interface ${rowType} {\n([\\s\\S]*?)^}`, 'm').exec(schema)?.[1]
  const properties = (body ?? '').matchAll(/\/\*\* ([a-z]+(?:\(\d+,\d+\))?)[\s\S]*?\*\/\s+(\w+):/g)
  return [...properties].map(([, type = '', name = '']) => ({ name, type }))
}

describe('sql/publish', () => {
  it.each([
    ['pools', 'PoolRow', 9],
    ['banner_stats', 'BannerStatsRow', 11],
    ['rejects', 'RejectRow', 6],
    ['banners', 'BannerRow', 5],
    ['campaign_banners', 'CampaignBannerRow', 2],
  ])('selects %s with the columns of %s', async (name, rowType, count) => {
    const select = await readSql('publish', name)

    const columns = await withWorld({ shape: 'built' }, (connection) =>
      describeSql(connection, select),
    )

    expect(columns).toEqual(columnsOf(rowType))
    expect(columns).toHaveLength(count)
  })
})
