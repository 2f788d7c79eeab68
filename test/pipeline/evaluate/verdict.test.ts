import { describe, expect, it } from 'vitest'
import { adjustPValues, judgeLift, judgePool } from '../../../pipeline/evaluate/verdict.ts'

describe('adjustPValues', () => {
  it('multiplies by the number of tests over the rank, and never decreases with p', () => {
    // Ranks 1, 3, 2: 0.01 · 3, 0.04 · 1, and 0.03 · 3/2 = 0.045, which is more than 0.04.
    const adjusted = adjustPValues([0.01, 0.04, null, 0.03])

    expect(adjusted).toEqual([0.03, 0.04, null, 0.04])
  })
})

const ABOVE = { value: 3, low: 1, high: 5 }

describe('judgeLift', () => {
  it.each([
    ['the rule beats chance', ABOVE],
    ['the rule loses to chance', { value: -3, low: -5, high: -1 }],
    ['no difference shown', { value: 1, low: -1, high: 3 }],
    ['no difference shown', { value: 1, low: null, high: null }],
  ])('says %s', (verdict, lift) => {
    expect(judgeLift(lift)).toBe(verdict)
  })
})

describe('judgePool', () => {
  it.each([
    [0.05, 'the rule beats chance'],
    [0.051, 'no difference shown'],
    [null, 'no difference shown'],
  ])('with an adjusted p-value of %s says %s', (p, verdict) => {
    expect(judgePool(ABOVE, p)).toBe(verdict)
  })
})
