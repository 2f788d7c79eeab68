import { describe, expect, it } from 'vitest'
import { gainOfSizes } from '../../../pipeline/evaluate/gain.ts'
import { campaignWith, type TestBanner } from '../../helpers/evaluate/campaign.ts'

const SIZES = { top: 10, fill: 5 }
const ONE = 1_000_000

/** Six banners with 100 impressions each; banners 1 and 3 have a conversion. All clicks are in fold 0. */
const BANNERS: readonly TestBanner[] = [[ONE], [], [2 * ONE], [], [], []].map((revenues) => ({
  impressions: 100,
  clicks: 2,
  revenues,
}))

describe('gainOfSizes', () => {
  // The pool of fold 0 is chosen on the nine empty folds, by the random order: banners 1 to 5, or 1 and 2. A click on
  // banner 1 weighs 10, on banner 3 it weighs 20. So 10/2 less (10 + 20)/5.
  it('counts both pools on the same clicks, chosen without them', () => {
    const campaigns = [campaignWith(...BANNERS)]

    const { gain, pools } = gainOfSizes({
      campaigns,
      sizes: SIZES,
      otherSizes: { top: 2, fill: 2 },
    })

    expect(gain.value).toBeCloseTo(-1, 12)
    // ± 1.959964 √(3² + 4²)
    expect(gain.low).toBeCloseTo(-10.79982, 9)
    expect(gain.high).toBeCloseTo(8.79982, 9)
    expect(pools).toMatchObject([{ dataset: 1, campaign_id: 7, within_chance: true }])
  })

  // Gained 3 with variance 9, lost 4 with variance 16; unseen clicks weigh 4.5 and 3. By SciPy's gamma distribution.
  it('has an interval of one pool from what is gained and what is lost', () => {
    const campaigns = [campaignWith(...BANNERS)]

    const { pools } = gainOfSizes({ campaigns, sizes: SIZES, otherSizes: { top: 2, fill: 2 } })

    expect(pools[0]?.gain.low).toBeCloseTo(-16.921142553070148, 9)
    expect(pools[0]?.gain.high).toBeCloseTo(17.619344832514766, 9)
  })

  it('is 0, and names no pool, for the sizes of the rules', () => {
    const campaigns = [campaignWith(...BANNERS)]

    const { gain, pools } = gainOfSizes({ campaigns, sizes: SIZES, otherSizes: SIZES })

    expect(gain).toEqual({ value: 0, low: 0, high: 0 })
    expect(pools).toEqual([])
  })

  it.each([
    ['impressions', BANNERS.map((banner) => ({ ...banner, impressions: 0 })), null],
    ['conversions', BANNERS.map(({ clicks }) => ({ clicks, impressions: 100 })), 0],
  ])('says nothing of a pool without %s', (_, banners, value) => {
    const campaigns = [campaignWith(...banners)]

    const { pools } = gainOfSizes({ campaigns, sizes: SIZES, otherSizes: { top: 2, fill: 2 } })

    expect(pools).toEqual([
      { dataset: 1, campaign_id: 7, gain: { value, low: null, high: null }, within_chance: true },
    ])
  })

  it('tells a change that chance does not explain', () => {
    // One banner earns all, in every fold; twelve others earn a little.
    const banner = (revenue: number): TestBanner => ({
      impressions: 1000,
      clicks: 200,
      revenues: Array.from({ length: 200 }, () => revenue * ONE),
    })
    const campaign = campaignWith(banner(10), ...Array.from({ length: 12 }, () => banner(0.01)))
    const folds = campaign.converted.folds.map((__, index) => index % 10)
    const spread = { ...campaign, converted: { ...campaign.converted, folds } }
    for (const place of campaign.bannerIds.keys())
      spread.foldClicks.fill(20, place * 10, place * 10 + 10)

    const { pools } = gainOfSizes({
      campaigns: [spread],
      sizes: SIZES,
      otherSizes: { top: 1, fill: 1 },
    })

    // 2,000 per 1,000 impressions alone, or with nine that bring 2 each: (2,000 + 9 · 2) / 10 = 201.8.
    expect(pools[0]?.gain.value).toBeCloseTo(2000 - 201.8, 9)
    expect(pools[0]?.within_chance).toBe(false)
  })
})
