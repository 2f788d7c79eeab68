import { describe, expect, it } from 'vitest'
import { type Chooser, choosePool, wouldLeave } from '../../../pipeline/evaluate/choose.ts'
import { campaignWith, countsOf, type TestBanner } from '../../helpers/evaluate/campaign.ts'
import { RULES } from '../../helpers/reference-rules.ts'

function chooserOf(banners: readonly TestBanner[]): Chooser {
  const counts = countsOf(...banners)
  return {
    campaign: campaignWith(...banners),
    counts,
    scores: counts.revenues.map((revenue) => revenue / 1e6),
    sizes: RULES,
  }
}

/** So many banners with these clicks and revenues. */
function times(count: number, banner: TestBanner): TestBanner[] {
  return Array.from({ length: count }, () => banner)
}

const POUND = 1_000_000

describe('choosePool', () => {
  it('takes the top ten by revenue of eleven converted', () => {
    const banners = [
      ...times(10, { clicks: 2, revenues: [2 * POUND] }),
      { clicks: 9, revenues: [POUND] },
    ]

    const pool = choosePool(chooserOf(banners))

    expect(pool).toEqual({
      places: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      outside: 10,
      convertedCount: 11,
    })
  })

  it('takes only the converted of six', () => {
    const banners = [{ clicks: 50 }, ...times(6, { clicks: 1, revenues: [0] })]

    const pool = choosePool(chooserOf(banners))

    expect(pool).toEqual({ places: [1, 2, 3, 4, 5, 6], outside: 0, convertedCount: 6 })
  })

  it('fills two converted up by clicks, then in random order', () => {
    const banners = [
      { clicks: 0, tie: 3 },
      { clicks: 0, tie: 1 },
      { clicks: 4 },
      { clicks: 1, revenues: [POUND] },
      { clicks: 3, revenues: [2 * POUND] },
      { clicks: 5 },
      { clicks: 0, tie: 2 },
    ]

    const pool = choosePool(chooserOf(banners))

    expect(pool).toEqual({ places: [4, 3, 5, 2, 1], outside: 6, convertedCount: 2 })
  })

  it('has all of three candidates, and none outside', () => {
    const pool = choosePool(chooserOf(times(3, { clicks: 1 })))

    expect(pool).toEqual({ places: [0, 1, 2], outside: null, convertedCount: 0 })
  })
})

describe('wouldLeave', () => {
  const two = { clicks: 2, revenues: [POUND, POUND] }
  const one = { clicks: 2, revenues: [POUND] }

  it.each([
    [
      'falls below the revenue of the best outside',
      [two, ...times(10, { clicks: 9, revenues: [1.5 * POUND] })],
      true,
    ],
    [
      'has as much revenue left, and more clicks than it',
      [{ ...two, clicks: 5 }, ...times(10, { clicks: 3, revenues: [POUND] })],
      false,
    ],
    [
      'has as much revenue left, and fewer clicks',
      [two, ...times(10, { clicks: 9, revenues: [POUND] })],
      true,
    ],
    ['has its only conversion, and seven converted', [one, ...times(6, one)], true],
    ['has its only conversion, and ten converted', [one, ...times(9, two)], true],
    [
      'has its only conversion, five converted, and no more clicks than others',
      [one, ...times(4, one), { clicks: 1 }],
      false,
    ],
    [
      'has its only conversion, five converted, and fewer clicks than others',
      [one, ...times(4, one), { clicks: 2 }],
      true,
    ],
    [
      'has its only click, and a better place in the random order',
      [{ clicks: 1, revenues: [POUND], tie: 1 }, ...times(4, one), { clicks: 0, tie: 2 }],
      false,
    ],
    [
      'has its only click, and a worse place in the random order',
      [{ clicks: 1, revenues: [POUND], tie: 2 }, ...times(4, one), { clicks: 0, tie: 1 }],
      true,
    ],
    ['has nobody outside, and four converted', times(4, one), false],
  ])('of a banner that %s', (_, banners, expected) => {
    const chooser = chooserOf(banners)

    const leaves = wouldLeave(chooser, choosePool(chooser), { place: 0, loss: 1 })

    expect(leaves).toBe(expected)
  })
})
