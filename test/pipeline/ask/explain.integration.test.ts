import { describe, expect, it } from 'vitest'
import { explainPools } from '../../../pipeline/ask/explain.ts'
import { smallWorld, withBuild } from '../../helpers/builds.ts'

describe('explainPools', () => {
  it('explains a published campaign in the datasets where it has candidates', async () => {
    await withBuild(smallWorld(), async ({ out, summary }) => {
      const all = await explainPools({ artifacts: out, campaignId: 7, bannerId: 31 })
      const one = await explainPools({ artifacts: out, campaignId: 7, dataset: 2 })

      expect(all.build_id).toBe(summary.build_id)
      expect(all.datasets.map(({ dataset }) => dataset)).toEqual([1, 2, 3, 4])
      expect(all.datasets[0]?.banner).toMatchObject({
        banner_id: 31,
        pool_rank: 2,
        reason: 'in_clicks_after_converted',
        revenue: '0.000000',
        needs: null,
      })
      expect(one.datasets.map(({ dataset }) => dataset)).toEqual([2])
      expect(one.datasets[0]?.pool[0]).toMatchObject({ banner_id: 30, revenue: '1.750000' })
    })
  })

  it('says null of a banner that is no candidate, and refuses an unknown campaign', async () => {
    await withBuild(smallWorld(), async ({ out }) => {
      const explained = await explainPools({ artifacts: out, campaignId: 7, bannerId: 99 })

      expect(explained.datasets[0]?.banner).toBeNull()
      await expect(explainPools({ artifacts: out, campaignId: 8 })).rejects.toThrow(
        /^campaign 8 has no candidate: /,
      )
      await expect(explainPools({ artifacts: out, campaignId: 8, dataset: 3 })).rejects.toThrow(
        /^campaign 8 has no candidate in dataset 3: /,
      )
    })
  })
})
