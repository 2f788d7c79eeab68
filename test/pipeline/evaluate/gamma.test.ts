import { describe, expect, it } from 'vitest'
import { gammaQuantile, gammaSurvival } from '../../../pipeline/evaluate/gamma.ts'

/** SciPy 1.17: shape, gammaincinv at 0.025 and at 0.975, gammaincc at two standard deviations above the mean. */
const SCIPY = [
  [0.05, 5.31566188991436e-33, 0.5671737617538583, 0.02885099908651462],
  [0.5, 0.0004910345585876278, 2.511943093657444, 0.050390198494323496],
  [1, 0.025317807984289876, 3.6888794541139354, 0.04978706836786395],
  [3.7, 0.9408724643775055, 8.312977261150271, 0.04287262957523964],
  [250, 219.9679956309373, 281.9257646721426, 0.026052489489468325],
  [1e5, 99381.15266374472, 100620.74164077373, 0.02292059577815362],
] as const

describe.each(SCIPY)('the gamma distribution of shape %d', (shape, low, high, survival) => {
  it('has the quantiles of SciPy to 1e-9', () => {
    expect(gammaQuantile(shape, 0.025) / low).toBeCloseTo(1, 9)
    expect(gammaQuantile(shape, 0.975) / high).toBeCloseTo(1, 9)
  })

  it('has the tail of SciPy to 1e-9', () => {
    const x = shape + 2 * Math.sqrt(shape)

    expect(Math.abs(gammaSurvival(shape, x) / survival - 1)).toBeLessThan(1e-9)
  })
})

describe('gammaQuantile', () => {
  it('is 0 where the value is too small for a double', () => {
    expect(gammaQuantile(0.001, 0.025)).toBe(0)
  })
})

describe('gammaSurvival', () => {
  it('is 0 far out in the tail, and 1 below the least value', () => {
    expect(gammaSurvival(2, 2000)).toBe(0)
    expect(gammaSurvival(2, -3)).toBe(1)
  })
})
