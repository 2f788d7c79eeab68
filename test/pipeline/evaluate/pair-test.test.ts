import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addMoments, countPairs, findPValue } from '../../../pipeline/evaluate/pair-test.ts'
import { campaignWith, countsOf, type TestBanner } from '../../helpers/evaluate/campaign.ts'
import { size } from '../../helpers/size.ts'

function momentsOf(...banners: TestBanner[]) {
  return countPairs(campaignWith(...banners), countsOf(...banners))
}

describe('countPairs', () => {
  it('has the moments of three conversions on two banners with three clicks each', () => {
    // Of 20 ways, 2 put all three on one banner (3 pairs); 18 put two on one (1 pair).
    const moments = momentsOf({ clicks: 3, revenues: [1, 1, 1] }, { clicks: 3 })

    expect(moments?.pairs).toBe(3)
    expect(moments?.mean).toBeCloseTo(1.2, 14)
    expect(moments?.variance).toBeCloseTo(0.36, 14)
    expect(moments?.third).toBeCloseTo(0.576, 14)
  })

  it.each([
    ['five clicks', [{ clicks: 3, revenues: [1, 1] }, { clicks: 2 }]],
    ['one conversion', [{ clicks: 3, revenues: [1] }, { clicks: 9 }]],
    ['every click converted', times3(3)],
    ['one banner', [{ clicks: 9, revenues: [1, 1] }, { clicks: 0 }]],
  ])('says nothing of %s', (_, banners) => {
    expect(momentsOf(...banners)).toBeNull()
  })

  it('counts as all ways to choose the converted clicks do', () => {
    const clicks = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 4 })
    fc.assert(
      fc.property(clicks, fc.integer({ min: 2, max: 8 }), (counts, chosen) => {
        const all = counts.reduce((a, b) => a + b, 0)
        fc.pre(all >= 6 && chosen < all)
        const expected = enumerate(counts, chosen)
        const moments = momentsOf(...spread(counts, chosen))

        expect(moments?.mean).toBeCloseTo(expected.mean, 10)
        expect(moments?.variance).toBeCloseTo(expected.variance, 10)
        expect(moments?.third).toBeCloseTo(expected.third, 10)
      }),
      { numRuns: size(30, 500) },
    )
  })
})

describe('findPValue', () => {
  it('is the tail of a gamma distribution with the same three moments', () => {
    // Shape 4 · 0.36³ / 0.576² = 0.5625; SciPy's gammaincc(0.5625, 2.8125).
    const p = findPValue({ pairs: 3, mean: 1.2, variance: 0.36, third: 0.576 })

    expect(p).toBeCloseTo(0.021500853647936104, 12)
  })

  it.each([
    ['fewer than one pair is expected', { pairs: 3, mean: 0.99, variance: 1, third: 1 }],
    ['the number of pairs is certain', { pairs: 3, mean: 3, variance: 0, third: 0 }],
    ['the distribution leans to the left', { pairs: 3, mean: 3, variance: 1, third: -1 }],
  ])('is null where %s', (_, moments) => {
    expect(findPValue(moments)).toBeNull()
  })
})

describe('addMoments', () => {
  it('adds up the pools', () => {
    const one = { pairs: 3, mean: 1, variance: 2, third: 4 }

    expect(addMoments([one, one])).toEqual({ pairs: 6, mean: 2, variance: 4, third: 8 })
    expect(addMoments([])).toBeNull()
  })
})

function times3(clicks: number): TestBanner[] {
  return [1, 2].map(() => ({ clicks, revenues: Array.from({ length: clicks }, () => 1) }))
}

/** Puts the conversions on the first clicks. */
function spread(counts: readonly number[], chosen: number): TestBanner[] {
  let left = chosen
  return counts.map((clicks) => {
    const own = Math.min(left, clicks)
    left -= own
    return { clicks, revenues: Array.from({ length: own }, () => 1) }
  })
}

/** Goes through every subset of the clicks. */
function enumerate(counts: readonly number[], chosen: number) {
  const owners = counts.flatMap((count, banner) => Array.from({ length: count }, () => banner))
  const values: number[] = []
  for (let subset = 0; subset < 2 ** owners.length; subset += 1) {
    const inside = owners.filter((_, click) => (subset >> click) & 1)
    if (inside.length !== chosen) continue
    const own = counts.map((_, banner) => inside.filter((owner) => owner === banner).length)
    values.push(own.reduce((pairs, count) => pairs + (count * (count - 1)) / 2, 0))
  }
  const meanOf = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length
  const mean = meanOf(values)
  return {
    mean,
    variance: meanOf(values.map((value) => (value - mean) ** 2)),
    third: meanOf(values.map((value) => (value - mean) ** 3)),
  }
}
