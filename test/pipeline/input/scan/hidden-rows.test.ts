import { describe, expect, it } from 'vitest'
import type { FieldKind } from '../../../../pipeline/input/scan/header.ts'
import { mayHoldTwoRows } from '../../../../pipeline/input/scan/hidden-rows.ts'

const IMPRESSIONS: FieldKind[] = ['id', 'id']
const CLICKS: FieldKind[] = ['event_id', 'id', 'id']
const CONVERSIONS: FieldKind[] = ['event_id', 'event_id', 'revenue']
const NOTED: FieldKind[] = ['id', 'id', 'other']

describe('mayHoldTwoRows', () => {
  it.each<[string, FieldKind[]]>([
    // The line feed between is lost.
    ['1,12,34,5,6', CLICKS],
    ['1,12,5', IMPRESSIONS],
    ['1,12,34,5', IMPRESSIONS],
    ['211,1011,0.5222,1022,12.25', CONVERSIONS],
    ['211,1011,0222,1022,0', CONVERSIONS],
    ['"1","2","3""4","5","6"', CLICKS],
    ['"1","2","3"4,5,6', CLICKS],
    ['1,2,red3,4,blue', NOTED],
    ['1,2,3,4,', NOTED],
    // Their separator is none of ours.
    ['1,2,3\v4,5,6', CLICKS],
    ['1,2,3\u20284,5,6', CLICKS],
    ['1,2,3\u00854,5,6', CLICKS],
    ['1,2,3\x1e4,5,6', CLICKS],
    ['1,2,3\\n4,5,6', CLICKS],
    ['1,2,3 4,5,6', CLICKS],
    ['1,2,3<br>4,5,6', CLICKS],
    ['1, 2, 3; 4, 5, 6', CLICKS],
    // A broken row in front, between or behind.
    ['x,1,2,3\v4,5,6', CLICKS],
    ['x,11,2\v3,4', IMPRESSIONS],
    ['1,2\vx,y\v3,4', IMPRESSIONS],
    ['1,2,3\v4,5,6\vx', CLICKS],
  ])('is true of %j', (line, kinds) => {
    expect(mayHoldTwoRows(line.split(','), kinds)).toBe(true)
  })

  it.each<[string, FieldKind[]]>([
    ['', CLICKS],
    ['1,2', CLICKS],
    ['1,2,3', CLICKS],
    // A field more, a decimal comma, commas behind.
    ['1,2,3,4', CLICKS],
    ['1,2,34,5', CLICKS],
    ['1,2,3', IMPRESSIONS],
    ['1,20,3', IMPRESSIONS],
    ['211,1011,12,25', CONVERSIONS],
    ['1,22,,,', IMPRESSIONS],
    ['1,22,33,,,,,,', CLICKS],
    // Texts.
    ['a,b,c,d,e,f,g', CLICKS],
    ['Total,12,12', IMPRESSIONS],
    ['1,2,three,4,five', NOTED],
    // A day and a time of the day begin with digits, a value of a column of ours does not hold them.
    ['2026-11-24T10:00,x,y', IMPRESSIONS],
  ])('is false of %j', (line, kinds) => {
    expect(mayHoldTwoRows(line.split(','), kinds)).toBe(false)
  })

  it('looks at a long line once', () => {
    // Looking at each part of it again would take hours.
    const digits = '1'.repeat(1 << 19)

    expect(mayHoldTwoRows([`${digits}x`, `${digits}x`, 'x'], CLICKS)).toBe(false)
    expect(
      mayHoldTwoRows(
        Array.from({ length: 1 << 19 }, () => 'x'),
        CLICKS,
      ),
    ).toBe(false)
  })
})
