import { describe, expect, it } from 'vitest'
import { databaseShareOf } from '../../../pipeline/base/database.ts'

describe('databaseShareOf', () => {
  it.each([
    ['4GB', '3500MB'],
    ['1GB', '500MB'],
    ['1GiB', '573MB'],
    ['100MB', '50MB'],
    ['1.5 gb', '1000MB'],
    ['2TB', '1999500MB'],
  ])('leaves of %s for DuckDB %s', (limit, share) => {
    expect(databaseShareOf(limit)).toBe(share)
  })
})
