import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { BANNER_STATS_FILE, DATASETS, POOLS_FILE } from '../../../../contract/schema.ts'
import { addRevenues, explainCampaign } from '../../../../server/explorer/data/jobs.ts'
import type { PublishedFile } from '../../../../server/explorer/data/parquet-file.ts'
import type { LoadedBuild } from '../../../../server/pools/load.ts'
import { withOpenBuild } from '../../../helpers/explorer.ts'
import { referenceOf } from '../../../helpers/reference.ts'
import { csvFilesOf, worlds } from '../../../helpers/worlds.ts'

function fileOf({ folder, manifest }: LoadedBuild, name: string): PublishedFile {
  const listed = manifest.outputs.find(({ file }) => file === name)
  if (listed === undefined) throw new Error(`not listed: ${name}`)
  return { folder, listed }
}

describe('explainCampaign', () => {
  it('tells of random logs what the naive reference does, pools and near misses', async () => {
    const [world] = fc.sample(worlds, { numRuns: 1, seed: 6 })
    if (world === undefined) throw new Error('no world')
    const rows = DATASETS.flatMap((dataset) => referenceOf(dataset, world[dataset], 0).stats)
    const campaigns = [...new Set(rows.map(({ campaign_id }) => campaign_id))]
    let missed = 0

    await withOpenBuild(csvFilesOf(world), async ({ build }) => {
      for (const campaignId of campaigns) {
        const outcome = await explainCampaign({
          file: fileOf(build, BANNER_STATS_FILE),
          campaignId,
          bannerId: undefined,
        })
        const expected = DATASETS.flatMap((dataset) => {
          const there = rows.filter(
            (row) => row.dataset === dataset && row.campaign_id === campaignId,
          )
          if (there.length === 0) return []
          const out = there.filter(({ pool_rank }) => pool_rank === null)
          const next = out.sort((a, b) => a.revenue_rank - b.revenue_rank).slice(0, 5)
          missed += next.length
          const pool = there
            .filter(({ pool_rank }) => pool_rank !== null)
            .sort((a, b) => Number(a.pool_rank) - Number(b.pool_rank))
          return [{ dataset, pool: pool.map(cardOf), missed: next.map(cardOf) }]
        })

        const found = 'result' in outcome ? outcome.result : []
        expect(
          found.map(({ dataset, pool, missed: out }) => {
            return { dataset, pool: pool.map(cardOf), missed: out.map(cardOf) }
          }),
        ).toEqual(expected)
      }
    })

    expect(campaigns.length).toBeGreaterThan(30)
    expect(missed).toBeGreaterThan(100)
  })
})

function cardOf({
  banner_id,
  revenue,
  clicks,
  reason,
}: Record<'banner_id' | 'clicks', number> & Record<'revenue' | 'reason', string>) {
  return `${banner_id} ${revenue} ${clicks} ${reason}`
}

describe('addRevenues', () => {
  it('adds up pools wherever they begin and end', async () => {
    const [world] = fc.sample(worlds, { numRuns: 1, seed: 6 })
    if (world === undefined) throw new Error('no world')
    const rows = DATASETS.flatMap((dataset) => referenceOf(dataset, world[dataset], 0).pools)
    const places = rows.map((row, place) => ({ row, place }))
    const campaigns = [...new Set(rows.map(({ campaign_id }) => campaign_id))]

    await withOpenBuild(csvFilesOf(world), async ({ build }) => {
      const outcome = await addRevenues({
        file: fileOf(build, POOLS_FILE),
        pools: campaigns.map((id) =>
          places
            .filter(({ row }) => row.campaign_id === id)
            .map(({ place }) => ({ start: place, end: place + 1 })),
        ),
      })

      const expected = campaigns.map((id) =>
        rows
          .filter(({ campaign_id }) => campaign_id === id)
          .reduce((sum, { revenue }) => sum + BigInt(revenue.replace('.', '')), 0n),
      )
      expect(
        'result' in outcome && outcome.result.map((sum) => BigInt(sum.replace('.', ''))),
      ).toEqual(expected)
      expect(campaigns.length).toBeGreaterThan(30)
    })
  })
})
