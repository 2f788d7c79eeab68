import { describe, expect, it } from 'vitest'
import { rejectText } from '../../../../pipeline/input/scan/line.ts'
import { lineOf } from '../../../helpers/scan.ts'

describe('parseLine', () => {
  it.each([
    ['100,30,7', ['100', '30', '7']],
    ['"100","30","7"', ['100', '30', '7']],
    ['9223372036854775807,9007199254740991,7', ['9223372036854775807', '9007199254740991', '7']],
  ])('accepts the click %s', (line, values) => {
    expect(lineOf(line)).toEqual({ values, isRounded: false })
  })

  it.each([
    ['1.5', 'not_an_id'],
    ['0x10', 'not_an_id'],
    ['1e3', 'not_an_id'],
    [' 1', 'not_an_id'],
    ['1 ', 'not_an_id'],
    ['+1', 'not_an_id'],
    ['-2', 'not_an_id'],
    ['1_000', 'not_an_id'],
    ['007', 'not_an_id'],
    ['１２', 'not_an_id'],
    ['NULL', 'not_an_id'],
    ['"1 "', 'not_an_id'],
    ['', 'empty_value'],
    ['""', 'empty_value'],
    ['0', 'id_out_of_range'],
    ['00', 'id_out_of_range'],
    ['9223372036854775808', 'id_out_of_range'],
    ['10000000000000000000', 'id_out_of_range'],
    ['99999999999999999999999999', 'id_out_of_range'],
  ])('rejects the id %j: %s', (id, reason) => {
    expect(lineOf(`${id},30,7`)).toEqual({ reason })
    expect(lineOf(`100,30,${id}`)).toEqual({ reason })
  })

  it.each(['9007199254740992', '9007199254740993', '10000000000000000', '9223372036854775807'])(
    'accepts %s as the id of a click or a conversion, and not of a banner or a campaign',
    (id) => {
      const outOfRange = { reason: 'id_out_of_range' }

      expect(lineOf(`${id},30,7`)).toMatchObject({ values: [id, '30', '7'] })
      expect(lineOf(`${id},${id},1`, 'conversions')).toMatchObject({ values: [id, id, '1'] })
      expect(lineOf(`100,${id},7`)).toEqual(outOfRange)
      expect(lineOf(`100,30,${id}`)).toEqual(outOfRange)
      expect(lineOf(`${id},7`, 'impressions')).toEqual(outOfRange)
    },
  )

  it.each([
    ['', 'empty_line'],
    ['100,30', 'field_count'],
    ['100,30,7,', 'field_count'],
    ['100,30,7,8', 'field_count'],
    ['100,,30,7', 'field_count'],
    ['100;30;7', 'field_count'],
    ['"100,30,7', 'broken_quote'],
    ['100,30,7"', 'broken_quote'],
    ['1"00,30,7', 'broken_quote'],
    ['"100"x,30,7', 'broken_quote'],
    ['""100"",30,7', 'broken_quote'],
    ['100,30,7\r', 'line_end'],
    ['100,30,7\r\r', 'line_end'],
    ['100,30,7\v', 'control_byte'],
    ['100,3\v0,7', 'control_byte'],
    ['100,30,7\x1a', 'control_byte'],
    ['click_id,banner_id,campaign_id', 'repeated_header'],
    ['"click_id","banner_id","campaign_id"', 'repeated_header'],
    ['NULL,NULL,NULL', 'not_an_id'],
  ])('rejects the line %j: %s', (line, reason) => {
    expect(lineOf(line)).toEqual({ reason })
  })

  it.each([
    ['0', '0', false],
    ['0.5', '0.5', false],
    ['12.345678', '12.345678', false],
    ['"1.25"', '1.25', false],
    ['999999999999.999999', '999999999999.999999', false],
    // Half up on the seventh decimal, by its digits and not as a binary fraction.
    ['0.0000005', '0.000001', true],
    ['0.00000049999', '0.000000', true],
    ['1.9999995', '2.000000', true],
    ['1.0000000', '1.000000', true],
    ['2.6750004999999999', '2.675000', true],
  ])('accepts the revenue %s as %s', (revenue, value, isRounded) => {
    expect(lineOf(`200,100,${revenue}`, 'conversions')).toEqual({
      values: ['200', '100', value],
      isRounded,
    })
  })

  it.each([
    ['', 'empty_value'],
    ['-1', 'not_a_revenue'],
    ['+1', 'not_a_revenue'],
    ['1e3', 'not_a_revenue'],
    ['.5', 'not_a_revenue'],
    ['5.', 'not_a_revenue'],
    ['01.5', 'not_a_revenue'],
    ['1 000', 'not_a_revenue'],
    ['"1,5"', 'not_a_revenue'],
    ['$5', 'not_a_revenue'],
    ['NaN', 'not_a_revenue'],
    ['Infinity', 'not_a_revenue'],
    ['1000000000000', 'revenue_out_of_range'],
    ['999999999999.9999995', 'revenue_out_of_range'],
  ])('rejects the revenue %j: %s', (revenue, reason) => {
    expect(lineOf(`200,100,${revenue}`, 'conversions')).toEqual({ reason })
  })

  it('finds the columns by name in any order and passes over others', () => {
    const header = 'note,campaign_id,click_id,banner_id\n'

    expect(lineOf('"größer, ""rot""",7,100,30', 'clicks', header)).toEqual({
      values: ['100', '30', '7'],
      isRounded: false,
    })
  })

  it('wants the line end of the header', () => {
    const header = 'click_id,banner_id,campaign_id\r\n'

    expect(lineOf('100,30,7\r', 'clicks', header)).toMatchObject({ values: ['100', '30', '7'] })
    expect(lineOf('100,30,7', 'clicks', header)).toEqual({ reason: 'line_end' })
  })

  it.each([
    'impression_id,spend,currency',
    'conversion_id,click_id,revenue',
    'CLICK_ID,Banner_Id,x1',
  ])('says that %s looks like a header', (line) => {
    expect(lineOf(line)).toMatchObject({ isHeaderLike: true })
  })

  it.each(['click_id,banner_id,campaign_id', '\uFEFFclick_id,banner_id,campaign_id'])(
    'takes the header of the file itself as no other: %j',
    (line) => {
      expect(lineOf(line)).toEqual({ reason: 'repeated_header' })
    },
  )

  it.each([
    '21,1,1\r22,1,1\r23,1,1',
    '\r100,30,7',
    '100\r,30,7',
    '100,30,7\rx',
    '"112","8"\r"103","8"',
    '100,30,"7\r"',
  ])('refuses the file with a carriage return within a line: %j', (line) => {
    expect(() => lineOf(line)).toThrow(/^line 2 has a carriage return within it/)
    expect(() => lineOf(`${line}\r`, 'clicks', 'click_id,banner_id,campaign_id\r\n')).toThrow(
      /carriage return within it/,
    )
  })

  it('refuses a line that may hold two rows, with the line and the remedy', () => {
    expect(() => lineOf('1,12,34,5,6')).toThrow(
      'line 2 may hold two rows, is a line feed missing? split it or remove it: "1,12,34,5,6"',
    )
  })

  it('refuses rows that are shorter than a header with a number in it', () => {
    const header = 'click_id,banner_id,campaign_id,note100,30,7,x\n'

    expect(() => lineOf('101,31,7,y', 'clicks', header)).toThrow(
      /line 2 has 4 fields where the header has 7, .* is the line feed behind it missing\? "30"/,
    )
  })

  it.each([
    [Buffer.from('100,3\x000,7'), /line 2 has a NUL byte/],
    [Buffer.from([0x31, 0xff, 0x2c]), /line 2 is not UTF-8/],
  ])('refuses the file with bytes that are not text: %s', (line, message) => {
    expect(() => lineOf(line)).toThrow(message)
  })

  it('refuses a line break inside a field that is not ours', () => {
    const header = 'click_id,banner_id,campaign_id,note\n'

    expect(() => lineOf('100,30,7,"two', 'clicks', header)).toThrow(/quote that does not close/)
  })
})

describe('rejectText', () => {
  it('keeps 500 characters and no half of a pair', () => {
    expect(rejectText(Buffer.from('x'.repeat(600)))).toBe('x'.repeat(500))
    expect(rejectText(Buffer.from(`${'x'.repeat(499)}😀`))).toBe('x'.repeat(499))
    expect(rejectText(Buffer.from('1,2\r'))).toBe('1,2')
    expect(rejectText(Buffer.from('1,2\r\r'))).toBe('1,2')
  })
})
