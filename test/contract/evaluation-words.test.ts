import { describe, expect, it } from 'vitest'
import type { Overall } from '../../contract/evaluation.ts'
import { describeVerdict } from '../../contract/evaluation-words.ts'

const NONE = { value: null, low: null, high: null }

const OVERALL: Overall = {
  ...{ impressions: 600_000, earned: 25.56, naive: 292.97 },
  honest: { value: 29.49, low: 24.84, high: 35.09 },
  chance: { value: 30.77, low: 30.2, high: 31.4 },
  lift: { value: -1.28, low: -5.97, high: 4.35 },
  ...{ chi_square_per_df: 1, p_value: 0.3, different: 8, different_adjusted: 0 },
  ...{ mean_stability: 0.4, agreement: 0.02, agreement_by_chance: 0.02 },
  clicks_follow_impressions: { slope: 0, low: 0, high: 0 },
  verdict: 'no difference shown',
}

describe('describeVerdict', () => {
  it.each([
    [
      {},
      'No difference shown: chosen on nine tenths of the log and counted on the rest, the pools bring 29 (25 to 35) per 1,000 impressions; any banner at random brings 31. The 293 on a dashboard is luck.',
    ],
    [
      { verdict: 'the rule beats chance', naive: 35 } as const,
      'The rule beats chance: chosen on nine tenths of the log and counted on the rest, the pools bring 29 (25 to 35) per 1,000 impressions; any banner at random brings 31.',
    ],
    [
      { verdict: 'the rule beats chance' } as const,
      'The rule beats chance: chosen on nine tenths of the log and counted on the rest, the pools bring 29 (25 to 35) per 1,000 impressions; any banner at random brings 31. The rest of the 293 on a dashboard is luck.',
    ],
    [
      { naive: null, honest: NONE },
      'Nothing can be said of what the pools bring: no banner of a pool has an impression.',
    ],
    [
      { honest: { value: 0, low: null, high: null } },
      'Nothing can be said of what the pools bring: no click earned anything.',
    ],
  ])('with %o', (change, sentence) => {
    expect(describeVerdict({ ...OVERALL, ...change })).toBe(sentence)
  })
})
