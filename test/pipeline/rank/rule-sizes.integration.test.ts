import { describe, expect, it } from 'vitest'
import { readSql } from '../../../pipeline/base/sql.ts'
import { readRuleSizes, readUsedSizes } from '../../../pipeline/rank/rule-sizes.ts'
import { withMemory } from '../../helpers/sql.ts'

describe('readRuleSizes', () => {
  it('gives the sizes that sql/staging/rules.sql makes', async () => {
    const used = await withMemory(async (connection) => {
      await connection.run(`create table rules as (${await readSql('staging', 'rules')}\n)`)
      return readUsedSizes(connection)
    })

    expect(readRuleSizes()).toEqual(used)
    expect(used).toEqual({ top: 10, fill: 5 })
  })
})
