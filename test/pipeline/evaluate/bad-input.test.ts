import { describe, expect, it } from 'vitest'
import type { Evaluation } from '../../../contract/evaluation.ts'
import { describeEvaluation } from '../../../pipeline/evaluate/describe.ts'
import { evaluateCampaigns } from '../../../pipeline/evaluate/evaluate.ts'
import { roundNumbers } from '../../../pipeline/evaluate/round.ts'
import { campaignWith, type TestBanner } from '../../helpers/evaluate/campaign.ts'

const ONE = 1_000_000
const NONE = { value: null, low: null, high: null }
const ZERO = { value: 0, low: null, high: null }

/** Evaluates one campaign; its clicks are all in fold 0, so nine folds have none. */
function evaluate(banners: readonly TestBanner[]): Evaluation {
  const places = banners.flatMap(({ clicks }, place) => Array.from({ length: clicks }, () => place))
  const bits = new Uint32Array(places.length)
  const clicks = { places: Int32Array.from(places), lowBits: bits, highBits: bits }
  return roundNumbers(
    evaluateCampaigns({
      campaigns: [campaignWith(...banners)],
      thinClicks: new Map([[0, clicks]]),
      sizes: { top: 10, fill: 5 },
      isUngated: true,
    }),
  )
}

function times(count: number, banner: TestBanner): TestBanner[] {
  return Array.from({ length: count }, () => banner)
}

const SHOWN = { impressions: 100, clicks: 4, revenues: [ONE] }

const CASES: readonly (readonly [string, readonly TestBanner[], object])[] = [
  [
    'no impressions at all',
    times(6, { clicks: 4, revenues: [ONE] }),
    { impressions: 0, naive: null, honest: NONE, chance: NONE, lift: NONE },
  ],
  [
    // Six banners in the pool, of which five count.
    'a banner without impressions',
    [{ ...SHOWN, impressions: 0 }, ...times(5, SHOWN)],
    { impressions: 500, naive: 10, chance: expect.objectContaining({ value: 10 }) },
  ],
  [
    'no conversions',
    times(6, { impressions: 100, clicks: 4 }),
    { naive: 0, honest: ZERO, chance: ZERO, lift: ZERO, p_value: null },
  ],
  [
    'revenue 0 throughout',
    times(6, { ...SHOWN, revenues: [0] }),
    { naive: 0, honest: ZERO, chance: ZERO, lift: ZERO },
  ],
  [
    'one candidate',
    [SHOWN],
    { naive: 10, lift: expect.objectContaining({ value: 0 }), agreement: 1, p_value: null },
  ],
  [
    'as many candidates as the pool takes',
    times(5, SHOWN),
    { naive: 10, lift: expect.objectContaining({ value: 0 }), agreement_by_chance: 1 },
  ],
  [
    'one click',
    [
      { impressions: 100, clicks: 1, revenues: [ONE] },
      ...times(6, { impressions: 100, clicks: 0 }),
    ],
    { p_value: null, verdict: 'no difference shown' },
  ],
  [
    'one enormous conversion',
    [{ ...SHOWN, revenues: [9e17] }, ...times(11, SHOWN)],
    { verdict: 'no difference shown' },
  ],
]

describe('evaluateCampaigns', () => {
  it.each(CASES)('has no number that is none with %s', (_, banners, expected) => {
    const evaluation = evaluate(banners)

    expect(evaluation.pools[0]).toMatchObject(expected)
    const numbers = JSON.stringify(evaluation, (__, value) =>
      typeof value === 'number' && !Number.isFinite(value) ? 'none' : value,
    )
    expect(numbers).not.toContain('none')
    expect(describeEvaluation(evaluation).join('\n')).not.toMatch(/NaN|Infinity|null|undefined/)
  })

  it('says in words what cannot be had', () => {
    const lines = describeEvaluation(evaluate(times(6, { clicks: 4, revenues: [ONE] })))

    expect(lines.slice(0, 6)).toEqual([
      'Nothing can be said of what the pools bring: no banner of a pool has an impression.',
      '',
      'earned in fact                 unknown',
      'promised by the same clicks    unknown',
      'brought on clicks not seen     unknown',
      'any banner at random           unknown',
    ])
  })

  it('says that no click earned anything', () => {
    const [first] = describeEvaluation(evaluate(times(6, { impressions: 100, clicks: 4 })))

    expect(first).toBe('Nothing can be said of what the pools bring: no click earned anything.')
  })

  it('evaluates a log without any campaign', () => {
    const options = { campaigns: [], thinClicks: new Map(), sizes: { top: 10, fill: 5 } }
    const evaluation = roundNumbers(evaluateCampaigns(options))

    expect(evaluation).toMatchObject({ pools: [], overall: { earned: null, honest: NONE } })
    expect(describeEvaluation(evaluation).join('\n')).not.toMatch(/NaN|null|undefined/)
  })
})
