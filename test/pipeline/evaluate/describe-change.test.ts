import { describe, expect, it } from 'vitest'
import { describeGain, describeValues } from '../../../pipeline/evaluate/describe-change.ts'

const BEFORE = {
  honest: { value: 28.4, low: 24.1, high: 33 },
  chance: { value: 30, low: 29, high: 31 },
  verdict: 'no difference shown',
} as const
const AFTER = { ...BEFORE, honest: { value: 31.6, low: 27, high: 36.2 } }
const PLACE = { dataset: 2, campaign_id: 7 } as const

describe('describeValues', () => {
  it('says what each build brought by its own log, and no range of the difference', () => {
    const { totals, describePool } = describeValues({
      value: { old: BEFORE, new: AFTER },
      pool_values: [{ ...PLACE, old: BEFORE, new: null }],
    })

    expect(totals).toEqual([
      'value     brought 28 (24 to 33) before, 32 (27 to 36) now, per 1,000 impressions; two logs, so no range of the difference',
    ])
    expect(describePool?.(2, 7)).toBe(
      'pool      dataset 2  campaign 7  brought 28 (24 to 33) before, unknown now, per 1,000 impressions',
    )
    expect(describePool?.(1, 7)).toBeNull()
  })

  it('tells how to get the values of builds that have none', () => {
    const { totals } = describeValues({ value: { old: null, new: null }, pool_values: [] })

    expect(totals).toEqual(['value     unknown: build both with --evaluate'])
  })
})

describe('describeGain', () => {
  const CHANCE = { ...PLACE, gain: { value: -4.4, low: -45, high: 9 }, within_chance: true }

  it('says of a pool whose change is within chance that it is', () => {
    const { totals, describePool } = describeGain({
      gain: { value: 2.6, low: -0.04, high: 5 },
      pool_gains: [CHANCE, { ...CHANCE, dataset: 3, within_chance: false }],
    })

    expect(totals).toEqual([
      'value     +2.6 (0.0 to +5.0) per 1,000 impressions on clicks that did not choose: within chance',
      '          1 of 2 changed pools bring more or less than chance explains',
    ])
    expect(describePool?.(2, 7)).toBe(
      'pool      dataset 2  campaign 7  −4 (−45 to +9) per 1,000 impressions, within chance',
    )
    expect(describePool?.(3, 7)).toBe(
      'pool      dataset 3  campaign 7  −4 (−45 to +9) per 1,000 impressions',
    )
  })

  it('says nothing where no pool changes', () => {
    const { totals } = describeGain({ gain: { value: 0, low: 0, high: 0 }, pool_gains: [] })

    expect(totals).toEqual([])
  })
})
