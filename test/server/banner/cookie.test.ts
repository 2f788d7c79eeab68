import { describe, expect, it } from 'vitest'
import { readLast, writeLast } from '../../../server/banner/cookie.ts'

describe('readLast', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['last=30', 30],
    ['session=abc; last=30', 30],
    ['last=30; session=abc', 30],
    ['last=30;other=1', 30],
    ['last=30; last=10', 30],
    ['last=; last=10', 10],
    ['last=9007199254740991', 9007199254740991],
    ['last=9007199254740992', undefined],
    ['last=0', undefined],
    ['last=030', undefined],
    ['last=-1', undefined],
    ['last=1e3', undefined],
    ['last="30"', undefined],
    ['last=30 40', undefined],
    ['last=%33%30', undefined],
    ['blast=30', undefined],
    ['last', undefined],
    ['__proto__=1; last=[object Object]', undefined],
  ])('%s is %s', (header, expected) => {
    expect(readLast(header)).toBe(expected)
  })

  it.each([
    ['digits', `last=${'9'.repeat(8_192)}`],
    ['separators', `${'; '.repeat(4_096)}`],
    ['cookies', 'last=x; '.repeat(1_024)],
    ['spaces', `;${' '.repeat(8_192)}last=30`],
  ])('finds nothing in 8 kB of %s', (_, header) => {
    expect(readLast(header)).toBeUndefined()
  })
})

describe('writeLast', () => {
  it('sends the cookie to the site itself only, by default', () => {
    expect(writeLast(30, '/campaigns/7', 'lax')).toBe(
      'last=30; Max-Age=2592000; Path=/campaigns/7; HttpOnly; SameSite=Lax',
    )
  })

  it('keeps one cookie for each embedding site', () => {
    expect(writeLast(30, '/b/campaigns/7', 'embed')).toBe(
      'last=30; Max-Age=2592000; Path=/b/campaigns/7; HttpOnly; SameSite=None; Secure; Partitioned',
    )
  })
})
