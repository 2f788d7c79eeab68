import { describe, expect, it } from 'vitest'
import type { Row } from '../../../../scripts/lib/pool-files.ts'
import {
  createPoolChange,
  type TouchedCampaigns,
} from '../../../../server/pools/changes/pool-change.ts'
import { columnsOf } from '../../../helpers/pools.ts'

describe('createPoolChange', () => {
  it('arranges pools by dataset and campaign, with none for a campaign that is gone', () => {
    const rows: Row[] = [
      [1, 7, 1, 30],
      [1, 7, 2, 10],
      [3, 2, 1, 40],
    ]
    const touched: TouchedCampaigns[] = [
      { dataset: 3, campaign_ids: [9, 2] },
      { dataset: 1, campaign_ids: [7] },
    ]

    expect(createPoolChange(columnsOf(rows), touched)).toEqual({
      datasets: Uint8Array.of(1, 3, 3),
      campaignIds: Float64Array.of(7, 2, 9),
      sizes: Uint8Array.of(2, 1, 0),
      bannerIds: Float64Array.of(30, 10, 40),
      isWide: false,
    })
  })

  it.each<[string, Row[], TouchedCampaigns[], string]>([
    [
      'a row of a campaign that is not touched',
      [
        [1, 7, 1, 30],
        [1, 8, 1, 30],
      ],
      [{ dataset: 1, campaign_ids: [7, 9] }],
      'row 2: campaign 8 of dataset 1 is not touched',
    ],
    [
      'a row of another dataset',
      [[2, 7, 1, 30]],
      [{ dataset: 1, campaign_ids: [7] }],
      'row 1: campaign 7 of dataset 2 is not touched',
    ],
    [
      'a campaign that is touched twice',
      [],
      [{ dataset: 1, campaign_ids: [7, 8, 7] }],
      'campaign 7 is touched twice',
    ],
    [
      'ranks with a gap',
      [
        [1, 7, 1, 30],
        [1, 7, 3, 10],
      ],
      [{ dataset: 1, campaign_ids: [7] }],
      'row 2: rank is 3, expected 2',
    ],
  ])('refuses %s', (_, rows, touched, message) => {
    expect(() => createPoolChange(columnsOf(rows), touched)).toThrow(message)
  })
})
