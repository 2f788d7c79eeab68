import { describe, expect, it } from 'vitest'
import { splitFields } from '../../../../pipeline/input/scan/fields.ts'

describe('splitFields', () => {
  it.each([
    ['', ['']],
    ['a', ['a']],
    ['a,b,c', ['a', 'b', 'c']],
    ['a,,', ['a', '', '']],
    ['"a","b"', ['a', 'b']],
    ['"a,b",c', ['a,b', 'c']],
    ['"a ""b""",c', ['a "b"', 'c']],
    ['"",x', ['', 'x']],
    ['x,""', ['x', '']],
    ['""""', ['"']],
  ])('splits %j', (line, fields) => {
    expect(splitFields(line)).toEqual(fields)
  })

  it.each(['"a', 'a"', 'a"b', '"a"b', '"a" ,b', 'x,"a', '"""', 'x,"a""'])(
    'cannot split %j',
    (line) => {
      expect(splitFields(line)).toBeNull()
    },
  )
})
