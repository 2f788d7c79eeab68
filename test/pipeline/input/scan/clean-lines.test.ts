import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import type { Table } from '../../../../contract/schema.ts'
import { readCleanLines } from '../../../../pipeline/input/scan/clean-lines.ts'
import { headerOf, lineOf, PLAIN_HEADERS } from '../../../helpers/scan.ts'
import { size } from '../../../helpers/size.ts'

function run(table: Table, body: string, header = PLAIN_HEADERS[table]) {
  return readCleanLines(headerOf(header, table), Buffer.from(body), 0)
}

/** Values at the edges of what is clean, and what is near them. */
const VALUES = [
  '1',
  '10',
  '999999999999999',
  '1000000000000000',
  '999999999999999999',
  '1000000000000000000',
  '9223372036854775807',
  '9223372036854775808',
  '9007199254740992',
  '0',
  '01',
  '0.5',
  '0.123456',
  '0.1234567',
  '999999999999.9',
  '1000000000000',
  '.5',
  '5.',
  '',
  '-1',
  '+1',
  ' 1',
  '"1"',
  '1e3',
  'x',
  '1\r',
]

describe('readCleanLines', () => {
  it.each<[Table, string, number]>([
    ['clicks', '100,30,7\n101,31,7\n', 2],
    ['clicks', '100,30,7\n101,31,7', 2],
    ['impressions', '30,7\n', 1],
    ['conversions', '200,100,0\n201,101,12.5\n202,102,0.000001\n', 3],
    ['clicks', '', 0],
  ])('follows clean %s to the end: %j', (table, body, lines) => {
    expect(run(table, body)).toEqual({ lines, end: body.length })
  })

  it.each<[string, number, number]>([
    ['100,30,7\n101,,7\n102,30,7\n', 1, 9],
    ['100,30,7\n\n', 1, 9],
    ['100,30,7\n101,30,', 1, 9],
    ['100,30,7\n101,30', 1, 9],
    ['"100",30,7\n', 0, 0],
    ['100,30,7\r\n', 0, 0],
    ['100,30,7,8\n', 0, 0],
  ])('stops where the first line that is not clean begins: %j', (body, lines, end) => {
    expect(run('clicks', body)).toEqual({ lines, end })
  })

  it('finds no line behind a header without its line end', () => {
    const block = Buffer.from('banner_id,campaign_id')

    expect(
      readCleanLines(headerOf('banner_id,campaign_id', 'impressions'), block, block.length),
    ).toEqual({
      lines: 0,
      end: block.length,
    })
  })

  it.each<[Table, string, number]>([
    ['clicks', '999999999999999999,30,7', 1],
    ['clicks', '1000000000000000000,30,7', 0],
    ['clicks', '100,999999999999999,999999999999999', 1],
    ['clicks', '100,1000000000000000,7', 0],
    ['conversions', '999999999999999999,999999999999999999,1', 1],
    ['conversions', '200,1000000000000000000,1', 0],
    ['impressions', '1000000000000000,7', 0],
  ])('proves as many digits as are in range for certain: %s %s', (table, line, lines) => {
    expect(run(table, `${line}\n`).lines).toBe(lines)
  })

  it('takes the line end of the header', () => {
    const header = 'click_id,banner_id,campaign_id\r\n'

    expect(run('clicks', '100,30,7\r\n101,30,7\r\n', header).lines).toBe(2)
    expect(run('clicks', '100,30,7\r\n101,30,7', header).lines).toBe(2)
    expect(run('clicks', '100,30,7\n', header).lines).toBe(0)
  })

  it('passes over columns that are not ours, quotes apart', () => {
    const header = 'note,click_id,agent,banner_id,campaign_id,empty\n'

    expect(run('clicks', 'a b,100,Mozilla/5.0 (X11),30,7,\n', header).lines).toBe(1)
    expect(run('clicks', 'a,100,"Mozilla, 5",30,7,\n', header).lines).toBe(0)
    expect(run('clicks', 'ä,100,x,30,7,\n', header).lines).toBe(0)
  })

  const line = fc.array(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 4 })
  const table = fc.constantFrom<Table>('impressions', 'clicks', 'conversions')

  test.prop([table, line], { numRuns: size(4_000, 20_000) })(
    'calls a line clean only if line.ts reads the same values from it',
    (name, fields) => {
      const text = fields.join(',')
      if (run(name, `${text}\n`).lines === 0) return

      expect(lineOf(text, name)).toEqual({ values: fields, isRounded: false })
    },
  )

  const clean = /^([1-9]\d{0,17}),([1-9]\d{0,17}),(0|[1-9]\d{0,11})(\.\d{1,6})?$/

  test.prop([line], { numRuns: size(4_000, 20_000) })(
    'agrees with the regular expression',
    (fields) => {
      const text = fields.join(',')

      expect(run('conversions', `${text}\n`).lines).toBe(clean.test(text) ? 1 : 0)
    },
  )
})
