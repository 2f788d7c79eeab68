import { describe, expect, it } from 'vitest'
import { measureDispersion } from '../../../pipeline/evaluate/descriptive.ts'
import { campaignWith } from '../../helpers/evaluate/campaign.ts'

const SLOPE = { slope: 1, low: 0.9, high: 1.1 }
const FLAT = { slope: 0, low: -0.1, high: 0.1 }

describe('measureDispersion', () => {
  // Ten clicks on each 100 impressions would be 10, 20, 30; their mean is 20, and two are free to vary.
  it('compares clicks with what impressions expect', () => {
    const campaign = campaignWith(
      { impressions: 100, clicks: 14 },
      { impressions: 200, clicks: 12 },
      { impressions: 300, clicks: 34 },
    )

    // (4² + 8² + 4²) / 20 / 2, and √(2/2).
    expect(measureDispersion([campaign], SLOPE)).toEqual({ value: 2.4, error: 1 })
    // Where clicks do not follow impressions: (6² + 8² + 14²) / 20 / 2.
    expect(measureDispersion([campaign], FLAT)?.value).toBeCloseTo(7.4, 12)
  })

  it.each([
    ['impressions', [{ clicks: 3 }, { clicks: 2 }]],
    ['clicks', [{ impressions: 5, clicks: 0 }]],
    ['a second banner', [{ impressions: 5, clicks: 2 }]],
  ])('says nothing without %s', (_, banners) => {
    expect(measureDispersion([campaignWith(...banners)], SLOPE)).toBeNull()
  })
})
