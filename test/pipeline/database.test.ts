import { describe, expect, it } from 'vitest'
import { databaseShareOf } from '../../pipeline/database.ts'

describe('databaseShareOf', () => {
  it.each([
    ['4GB', '3600MB'],
    ['1GB', '600MB'],
    ['1GiB', '673MB'],
    ['100MB', '60MB'],
    ['1.5 gb', '1100MB'],
    ['2TB', '1999600MB'],
  ])('leaves of %s for DuckDB %s', (limit, share) => {
    expect(databaseShareOf(limit)).toBe(share)
  })
})
