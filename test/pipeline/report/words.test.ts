import { describe, expect, it } from 'vitest'
import { formatCount } from '../../../contract/format-count.ts'
import { moneyWords, plural, shareWords } from '../../../pipeline/report/words.ts'

describe('shareWords', () => {
  it.each([
    [0, 0, '–'],
    [0, 5, '0.0 %'],
    [1, 3, '33.3 %'],
    [5, 5, '100.0 %'],
    [99_999, 100_000, '> 99.9 %'],
    [1, 100_000, '< 0.1 %'],
  ])('writes %d of %d', (part, whole, words) => {
    expect(shareWords(part, whole)).toBe(words)
  })
})

it('writes counts and money with commas, and nouns with their number', () => {
  expect([formatCount(1_234_567), moneyWords(1234.5)]).toEqual(['1,234,567', '1,234.50'])
  expect([plural(1, 'pool'), plural(0, 'pool'), plural(2000, 'pool')]).toEqual([
    ...['1 pool', '0 pools', '2,000 pools'],
  ])
})
