import { describe, expect, it } from 'vitest'
import { findDatabaseShare, literalPath } from '../../../pipeline/base/database.ts'

describe('databaseShareOf', () => {
  it.each([
    ['4GB', '3500MB'],
    ['1GB', '500MB'],
    ['1GiB', '573MB'],
    ['100MB', '50MB'],
    ['1.5 gb', '1000MB'],
    ['2TB', '1999500MB'],
  ])('leaves of %s for DuckDB %s', (limit, share) => {
    expect(findDatabaseShare(limit)).toBe(share)
  })
})

describe('literalPath', () => {
  it('takes wildcards in a path for themselves', () => {
    expect(literalPath('/a/[b]*?.csv')).toBe('/a/[[]b][*][?].csv')
    expect(literalPath('/a\\b/c.csv')).toBe('/a\\b/c.csv')
  })

  it('refuses a backslash beside them, which DuckDB takes for a separator', () => {
    expect(() => literalPath('/a\\*b/c.csv')).toThrow(
      'path has a backslash beside one of * ? [, rename it: /a\\*b/c.csv',
    )
  })
})
