import { describe, expect, it } from 'vitest'
import { PagedColumn } from '../../../pipeline/state/columns.ts'
import { IdTable, NO_ROW } from '../../../pipeline/state/id-table.ts'

const HALVES = 300

/** Ids whose halves are all pairs of some numbers, so that many share one half. */
function addAll() {
  const rows = { hi: new PagedColumn(), lo: new PagedColumn() }
  const table = new IdTable(rows)
  let row = 0
  for (let hi = 0; hi < HALVES; hi += 1) {
    for (let lo = 1; lo <= HALVES; lo += 1) {
      rows.hi.set(row, hi * 7_000_003)
      rows.lo.set(row, lo * 14_000_007)
      table.findOrSet(hi * 7_000_003, lo * 14_000_007, row)
      row += 1
    }
  }
  return { table, rows: row }
}

describe('IdTable', () => {
  it('finds each of 90,000 ids that share their halves', () => {
    const { table, rows } = addAll()

    for (let row = 0; row < rows; row += 1) {
      const [hi, lo] = [Math.floor(row / HALVES) * 7_000_003, ((row % HALVES) + 1) * 14_000_007]
      if (table.find(hi, lo) !== row) expect({ hi, lo, row: table.find(hi, lo) }).toEqual({ row })
    }
    expect(table.find(7_000_003, 1)).toBe(NO_ROW)
  })

  it('keeps the first row of an id, and gives it another one when told', () => {
    const rows = { hi: new PagedColumn(), lo: new PagedColumn() }
    const table = new IdTable(rows)
    for (const row of [0, 1, 2]) rows.lo.set(row, 5)

    expect(table.findOrSet(0, 5, 0)).toBe(NO_ROW)
    expect(table.findOrSet(0, 5, 1)).toBe(0)
    expect(table.replace(0, 5, 2)).toBe(0)
    expect(table.find(0, 5)).toBe(2)
  })
})
