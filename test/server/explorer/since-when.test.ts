import { describe, expect, it } from 'vitest'
import type { CampaignDay } from '../../../server/explorer/data/history.ts'
import { lookBack } from '../../../server/explorer/since-when.ts'
import { describeDays, describeRanks } from '../../../server/explorer/views/days.ts'

function day(date: string, banners: number[], changes: Partial<CampaignDay> = {}): CampaignDay {
  const figures = { candidates: 9, revenue: '9.000000', poolRevenue: '1.000000' }
  return { dataset: 1, day: date, buildId: 'aa', banners, ...figures, ...changes }
}

describe('lookBack', () => {
  it('tells since when a banner is in without a break, and how its rank changed', () => {
    const days = [
      day('2026-11-01', [30, 31, 32]),
      day('2026-11-02', [31, 32]),
      day('2026-11-03', [30, 33], { dataset: 2 }),
      day('2026-11-04', [32, 31, 30]),
    ]

    expect([...lookBack(days, 1, [32, 31, 30, 40])]).toEqual([
      [32, { since: '2026-11-01', isKnown: false, moved: 1 }],
      [31, { since: '2026-11-01', isKnown: false, moved: -1 }],
      [30, { since: '2026-11-04', isKnown: true, moved: null }],
    ])
    expect(lookBack(days, 3, [30]).size).toBe(0)
  })
})

describe('describeDays', () => {
  it('adds up the quarters, each as it was last', () => {
    const days = [
      day('2026-11-01', [30], { poolRevenue: '1.500000' }),
      day('2026-11-01', [40], { dataset: 2, poolRevenue: '2.000000' }),
      day('2026-11-02', [31, 30], { poolRevenue: '4.000000' }),
      day('2026-11-03', [31, 30], { poolRevenue: '4.000000', revenue: '99.000000' }),
      day('2026-11-04', [], { dataset: 2, candidates: 0, poolRevenue: '0.000000' }),
    ]

    expect(describeDays(days)).toEqual([
      { day: '2026-11-01', poolRevenue: '3.500000', turnover: null },
      { day: '2026-11-02', poolRevenue: '6.000000', turnover: { entered: 1, left: 0 } },
      { day: '2026-11-04', poolRevenue: '4.000000', turnover: { entered: 0, left: 1 } },
    ])
  })
})

describe('describeRanks', () => {
  it('has the days on which a rank is another than before', () => {
    const days = [
      day('2026-11-01', [30, 31]),
      day('2026-11-02', [30, 31, 32]),
      day('2026-11-03', [31, 30]),
      day('2026-11-03', [30], { dataset: 4 }),
    ]

    expect(describeRanks(days, 30)).toEqual([
      { day: '2026-11-01', ranks: [1, null, null, null] },
      { day: '2026-11-03', ranks: [2, null, null, 1] },
    ])
  })
})
