import { describe, expect, it } from 'vitest'
import {
  type LoggedDecision,
  sumDecisions,
  valuePolicy,
} from '../../../pipeline/evaluate/off-policy.ts'

/** Weights 2, 0.5, 0 and 1: of w·reward 8, 0, 0 and 1. */
const DECISIONS: readonly LoggedDecision[] = [
  { reward: 4, logged: 0.25, wanted: 0.5 },
  { reward: 0, logged: 0.5, wanted: 0.25 },
  { reward: 7, logged: 0.25, wanted: 0 },
  { reward: 1, logged: 0.5, wanted: 0.5 },
]

function times(count: number): LoggedDecision[] {
  return Array.from({ length: count }, () => DECISIONS).flat()
}

describe('valuePolicy', () => {
  it('divides the weighted rewards by the decisions, and by the weights', () => {
    const { weighted, selfNormalised } = valuePolicy(sumDecisions(DECISIONS))

    expect(weighted.value).toBe(9 / 4)
    expect(selfNormalised.value).toBe(9 / 3.5)
  })

  it('tells by how many decisions and rewards of the policy itself as much would be known', () => {
    const value = valuePolicy(sumDecisions(DECISIONS))

    expect(value.effectiveDecisions).toBe(3.5 ** 2 / 5.25)
    expect(value.effectiveRewards).toBe(9 ** 2 / 65)
    expect(value.isEnough).toBe(false)
    // 40 · 2.33 decisions and 40 · 1.25 rewards, then 50 times both.
    expect(valuePolicy(sumDecisions(times(40))).isEnough).toBe(false)
    expect(valuePolicy(sumDecisions(times(50))).isEnough).toBe(true)
  })

  it('has intervals that shrink with the root of the decisions', () => {
    const some = valuePolicy(sumDecisions(times(100))).selfNormalised
    const many = valuePolicy(sumDecisions(times(10_000))).selfNormalised

    const widths = [some, many].map(({ low, high }) => (high ?? 0) - (low ?? 0))
    expect(many.value).toBeCloseTo(9 / 3.5, 12)
    expect((widths[0] ?? 0) / (widths[1] ?? 1)).toBeCloseTo(10, 0)
    expect(many.low).toBeLessThan(9 / 3.5)
    expect(many.high).toBeGreaterThan(9 / 3.5)
  })

  it.each([
    ['no decision', [], null],
    ['no decision that it could have taken', [{ reward: 1, logged: 1, wanted: 0 }], null],
    ['no reward', [{ reward: 0, logged: 1, wanted: 1 }], 0],
  ])('has no interval with %s', (_, decisions, value) => {
    const { weighted, selfNormalised } = valuePolicy(sumDecisions(decisions))

    expect(weighted).toEqual({ value, low: null, high: null })
    expect(selfNormalised).toEqual({ value, low: null, high: null })
  })
})

describe('sumDecisions', () => {
  it.each([0, -0.1, Number.NaN])('refuses a logged probability of %f', (logged) => {
    expect(() => sumDecisions([{ reward: 1, logged, wanted: 1 }])).toThrow(
      'a logged probability must be above 0',
    )
  })
})
