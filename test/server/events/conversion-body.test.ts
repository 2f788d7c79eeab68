import { describe, expect, it } from 'vitest'
import { readBody } from '../../../server/events/conversion-body.ts'

const SENT = { sent: { conversionId: '7', clickId: '5.abc', revenue: 12_500_000n } }

describe('readBody', () => {
  it('reads one conversion', () => {
    const body = '{"conversion_id": 7, "click_id": "5.abc", "revenue": 12.5}'

    expect(readBody(body)).toEqual({ isSingle: true, conversions: [SENT] })
  })

  it.each([
    ['a list', '[{"conversion_id": "7", "click_id": "5.abc", "revenue": "12.5"}]'],
    ['a field', '{"conversions": [{"conversion_id": 7, "click_id": "5.abc", "revenue": 12.5}]}'],
    [
      'lines of JSON',
      '{"conversion_id": 7, "click_id": "5.abc", "revenue": 12.5}\n{"conversion_id": 7, "click_id": "5.abc", "revenue": 12.5}\n',
    ],
    ['CSV', 'revenue,click_id,conversion_id,more\r\n12.50,5.abc,7,x\r\n'],
    [
      'CSV in quotes, with a byte order mark',
      '\uFEFF"conversion_id","click_id","revenue"\n"7","5.abc","12.5"',
    ],
  ])('reads many as %s', (_, body) => {
    const read = readBody(body)

    expect(read).toMatchObject({ isSingle: false })
    expect((read as Exclude<typeof read, string>).conversions[0]).toEqual(SENT)
  })

  it.each([
    ['', 'empty'],
    ['{', 'not valid JSON'],
    ['conversion_id,click_id\n7,5', 'neither JSON nor CSV'],
    [JSON.stringify(new Array(1_001).fill(0)), 'at most 1000'],
  ])('refuses %s', (body, fault) => {
    expect(readBody(body)).toContain(fault)
  })

  it.each([
    ['{"conversion_id": 9223372036854775807, "click_id": "5.a", "revenue": 1}', 'conversion_id'],
    ['{"conversion_id": "9223372036854775808", "click_id": "5.a", "revenue": 1}', 'conversion_id'],
    ['{"conversion_id": "A-7", "click_id": "5.a", "revenue": 1}', 'conversion_id'],
    ['{"conversion_id": 0, "click_id": "5.a", "revenue": 1}', 'conversion_id'],
    ['{"conversion_id": 7, "click_id": 5, "revenue": 1}', 'click_id'],
    ['{"conversion_id": 7, "click_id": "5.a", "revenue": -1}', 'revenue'],
    ['{"conversion_id": 7, "click_id": "5.a"}', 'revenue'],
    ['[null]', 'conversion_id'],
  ])('names what is wrong with %s', (body, field) => {
    const read = readBody(body)

    expect(read).toMatchObject({ conversions: [{ fault: expect.stringContaining(field) }] })
  })
})
