import { describe, expect, it } from 'vitest'
import {
  estimateExactly,
  estimateNormally,
  estimateTotal,
  negate,
  subtract,
} from '../../../pipeline/evaluate/interval.ts'

describe('estimateExactly', () => {
  it('is the exact Poisson interval where every click weighs 1', () => {
    // Garwood's interval of a count of 3: half the χ² quantiles of 6 and 8 degrees of freedom.
    const { low, high } = estimateExactly({ value: 3, variance: 3, unseen: 1 })

    expect(low).toBeCloseTo(0.618672, 6)
    expect(high).toBeCloseTo(8.767273, 6)
  })

  it('ends at -ln 0.025 weights where nothing was seen', () => {
    const { low, high } = estimateExactly({ value: 0, variance: 0, unseen: 2 })

    expect(low).toBe(0)
    expect(high).toBeCloseTo(2 * 3.688879, 5)
  })

  it('has no ends without a weight of an unseen click', () => {
    const none = estimateExactly({ value: 0, variance: 0, unseen: null })

    expect(none).toEqual({ value: 0, low: null, high: null })
  })
})

describe('estimateTotal', () => {
  it('is narrower than the exact one', () => {
    const sum = { value: 3, variance: 3, unseen: 1 }
    const [exact, mid] = [estimateExactly(sum), estimateTotal(sum)]

    expect(mid.low).toBeGreaterThan(exact.low ?? 0)
    expect(mid.high).toBeLessThan(exact.high ?? 0)
  })

  it('begins at 0 where nothing was seen', () => {
    expect(estimateTotal({ value: 0, variance: 0, unseen: 1 }).low).toBe(0)
  })
})

describe('subtract', () => {
  it('adds the distances to the ends as sides of a triangle', () => {
    const from = { value: 10, low: 7, high: 14 }
    const other = { value: 6, low: 3, high: 9 }

    const { value, low, high } = subtract(from, other)

    expect(value).toBe(4)
    expect(low).toBeCloseTo(4 - Math.sqrt(18), 12)
    expect(high).toBe(9)
  })

  it('has no ends where one side has none', () => {
    const without = { value: 6, low: null, high: null }

    expect(subtract({ value: 10, low: 7, high: 14 }, without)).toEqual({ ...without, value: 4 })
  })
})

describe('negate', () => {
  it('turns the ends round', () => {
    expect(negate({ value: 1, low: -2, high: 5 })).toEqual({ value: -1, low: -5, high: 2 })
  })
})

describe('estimateNormally', () => {
  it('takes a variance below 0 as 0', () => {
    expect(estimateNormally(2, -1)).toEqual({ value: 2, low: 2, high: 2 })
  })
})
