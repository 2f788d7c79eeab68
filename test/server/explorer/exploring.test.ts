import { describe, expect, it } from 'vitest'
import type { Overall, Verdict } from '../../../contract/evaluation.ts'
import { describeExploring, findExploringCost } from '../../../server/explorer/exploring.ts'

/** An evaluation, as far as it matters. */
function evaluated(lift: Overall['lift'], verdict: Verdict) {
  return { overall: { lift, verdict } as Overall }
}

describe('findExploringCost', () => {
  it('is the share of what pools bring more than any banner', () => {
    const document = evaluated({ value: 30, low: 20, high: -0.2 }, 'the rule beats chance')

    expect(findExploringCost(0.05, document)).toEqual({
      share: 0.05,
      cost: { value: 1.5, low: 1, high: -0.01 },
      verdict: 'the rule beats chance',
    })
  })

  it('is nothing where the server does not explore', () => {
    expect(findExploringCost(0, null)).toBeNull()
  })
})

describe('describeExploring', () => {
  it.each<[string, Parameters<typeof evaluated> | null, string]>([
    [
      'what it costs',
      [{ value: 30, low: 20, high: 40 }, 'the rule beats chance'],
      '5 % of the answers draw from all candidates. That costs 1.5 EUR (1 to 2) per 1,000 impressions.',
    ],
    [
      'that nothing can be shown',
      [{ value: -1.28, low: -6, high: 4.4 }, 'no difference shown'],
      '5 % of the answers draw from all candidates. That costs nothing that can be shown: -0.06 EUR (-0.3 to 0.22) per 1,000 impressions.',
    ],
    [
      'that nobody has asked',
      null,
      '5 % of the answers draw from all candidates. What that costs is not known: the build is not evaluated (pools evaluate --write).',
    ],
  ])('says %s', (_, given, sentence) => {
    const cost = findExploringCost(0.05, given && evaluated(...given))

    expect(cost && describeExploring(cost, ' EUR')).toBe(sentence)
  })
})
