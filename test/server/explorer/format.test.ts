import { describe, expect, it } from 'vitest'
import { formatCount } from '../../../contract/format-count.ts'
import {
  formatAge,
  formatMoment,
  formatNumberOf,
  formatRevenue,
  formatShare,
  formatSum,
  formatTime,
} from '../../../server/explorer/format.ts'

describe('formatCount', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [796001, '796,001'],
    [9007199254740991, '9,007,199,254,740,991'],
  ])('writes %i as %s', (count, text) => {
    expect(formatCount(count)).toBe(text)
  })
})

describe('formatRevenue', () => {
  it.each([
    ['0.000000', '0.00'],
    ['1.250000', '1.25'],
    ['0.000001', '0.000001'],
    ['1234567.891000', '1,234,567.891'],
    ['999999999999.999999', '999,999,999,999.999999'],
  ])('writes %s as %s', (revenue, text) => {
    expect(formatRevenue(revenue)).toBe(text)
  })
})

describe('formatSum', () => {
  it.each([
    ['0.000000', '0.00'],
    ['0.004999', '0.00'],
    ['0.005000', '0.01'],
    ['0.995000', '1.00'],
    ['1234.499999', '1,234.50'],
    ['999999999999.999999', '1,000,000,000,000.00'],
  ])('writes %s as %s', (revenue, text) => {
    expect(formatSum(revenue)).toBe(text)
  })
})

describe('formatShare', () => {
  it.each([
    [0, '0 %'],
    [0.0001, 'under 1 %'],
    [0.344, '34 %'],
    [0.9999, 'over 99 %'],
    [1, '100 %'],
  ])('writes %d as %s', (share, text) => {
    expect(formatShare(share)).toBe(text)
  })
})

describe('formatAge', () => {
  it.each([
    [-5_000, 'just now'],
    [59_999, 'just now'],
    [60_000, '1 minute ago'],
    [3_599_999, '59 minutes ago'],
    [3_600_000, '1 hour ago'],
    [172_799_999, '47 hours ago'],
    [172_800_000, '2 days ago'],
  ])('writes %i ms as %s', (ageMs, text) => {
    expect(formatAge(ageMs)).toBe(text)
  })
})

describe('times', () => {
  it('are in UTC', () => {
    const moment = new Date('2026-11-01T09:20:59Z')

    expect(formatMoment(moment)).toBe('2026-11-01 09:20 UTC')
    expect(formatTime(moment)).toBe('09:20 UTC')
  })
})

describe('formatNumberOf', () => {
  it('counts one and many', () => {
    expect([formatNumberOf(1, 'banner'), formatNumberOf(1200, 'banner')]).toEqual([
      '1 banner',
      '1,200 banners',
    ])
  })
})
