import { test as propertyTest } from '@fast-check/vitest'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printable, printableJson } from '../../contract/printable.ts'

describe('printable', () => {
  it.each([
    ['an escape sequence', 'a\u001b[2Jb', 'a\\u{1b}[2Jb'],
    ['a line end', 'a\nb\rc', 'a\\u{a}b\\u{d}c'],
    ['NUL and DEL', '\u0000\u007f', '\\u{0}\\u{7f}'],
    ['C1, where 9b begins an escape sequence', '\u009b2J', '\\u{9b}2J'],
    ['bidirectional overrides', 'a\u202egpj.csv\u2066', 'a\\u{202e}gpj.csv\\u{2066}'],
    ['characters without a width', 'click\u200b_id\ufeff', 'click\\u{200b}_id\\u{feff}'],
    ['a soft hyphen and a Hangul filler', '\u00ad\u3164', '\\u{ad}\\u{3164}'],
    ['line separators of Unicode', '\u2028\u2029', '\\u{2028}\\u{2029}'],
    ['half a surrogate pair', 'a\ud800', 'a\\u{d800}'],
    ['tag characters', '\u{e0041}', '\\u{e0041}'],
  ])('escapes %s', (_, text, escaped) => {
    expect(printable(text)).toBe(escaped)
  })

  it('leaves letters of any language, spaces and emoji', () => {
    const text = 'Büro/日本語/логи/clicks 1.csv 😀'

    expect(printable(text)).toBe(text)
  })
})

describe('printableJson', () => {
  it('escapes as JSON does it', () => {
    expect(printableJson('{\n  "a": "\u009b\u202e\u{e0041}"\n}')).toBe(
      '{\n  "a": "\\u009b\\u202e\\udb40\\udc41"\n}',
    )
  })

  propertyTest.prop([fc.jsonValue()])('keeps every value', (value) => {
    expect(JSON.parse(printableJson(JSON.stringify(value, null, 2)))).toEqual(
      JSON.parse(JSON.stringify(value)),
    )
  })
})
