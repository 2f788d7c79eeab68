import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { digestFile } from '../../../../contract/digest.ts'
import { BANNER_STATS_FILE } from '../../../../contract/schema.ts'
import { withDatabase } from '../../../../pipeline/base/database.ts'
import { readCandidates } from '../../../../server/explorer/data/candidates.ts'
import { withParquet } from '../../../../server/explorer/data/parquet-file.ts'
import type { ParquetTable } from '../../../../server/parquet/table.ts'
import { withFolder } from '../../../helpers/folders.ts'

/** 30 campaigns of 100 to 129 banners in each dataset, 4 × 30 × about 115 rows, in row groups of 2,048. */
const ROWS = `
  select
    dataset::smallint as dataset, campaign_id::bigint as campaign_id, banner_id::bigint as banner_id,
    7::bigint as impressions, dataset * 1000 + banner_id as clicks, 1::bigint as conversions,
    (999999999999.999999)::decimal(18, 6) as revenue,
    banner_id::bigint as revenue_rank, (200 - banner_id)::bigint as click_rank,
    case when banner_id <= 10 then banner_id::smallint end as pool_rank,
    case when banner_id <= 10 then 'in_top_revenue' else 'out_below_top_revenue' end as reason
  from range(1, 5) as datasets (dataset), range(10, 40) as campaigns (campaign_id), range(1, 130) as banners (banner_id)
  where banner_id < 90 + campaign_id and (dataset <> 3 or campaign_id <> 20)
  order by dataset, campaign_id, banner_id`

function withFile(fn: (file: ParquetTable) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const path = join(folder, BANNER_STATS_FILE)
    await withDatabase(':memory:', { threads: 1, memoryLimit: '1GB' }, (connection) =>
      connection.run(`copy (${ROWS}) to '${path}' (format parquet, row_group_size 2048)`),
    )
    // 90 + campaign_id - 1 banners: 99 to 128 of them, and one campaign less.
    const rows = 4 * ((99 + 128) / 2) * 30 - 109
    const listed = { file: BANNER_STATS_FILE, rows, ...(await digestFile(path)) }
    await withParquet({ folder, listed }, fn)
  })
}

describe('readCandidates', () => {
  it('gathers a campaign from all row groups that hold some of it', async () => {
    await withFile(async (file) => {
      expect(file.groups.length).toBeGreaterThan(5)
      for (const campaignId of [10, 11, 20, 28, 29, 39]) {
        const size = campaignId + 89
        const datasets = campaignId === 20 ? [1, 2, 4] : [1, 2, 3, 4]

        const candidates = await readCandidates(file, campaignId)

        expect(candidates.map(({ dataset, clicks }) => [dataset, clicks])).toEqual(
          datasets.flatMap((dataset) =>
            Array.from({ length: size }, (_, place) => [dataset, dataset * 1000 + place + 1]),
          ),
        )
      }
    })
  })

  it('reads every column as it is stored, revenue to the last of 18 digits', async () => {
    await withFile(async (file) => {
      const candidates = await readCandidates(file, 12)

      expect([candidates[9], candidates[10]]).toEqual([
        {
          dataset: 1,
          banner_id: 10,
          impressions: 7,
          clicks: 1010,
          conversions: 1,
          revenue: 999_999_999_999_999_999n,
          revenue_rank: 10,
          click_rank: 190,
          pool_rank: 10,
          reason: 'in_top_revenue',
        },
        {
          dataset: 1,
          banner_id: 11,
          impressions: 7,
          clicks: 1011,
          conversions: 1,
          revenue: 999_999_999_999_999_999n,
          revenue_rank: 11,
          click_rank: 189,
          pool_rank: null,
          reason: 'out_below_top_revenue',
        },
      ])
    })
  })

  it('finds nothing of a campaign that is not there', async () => {
    await withFile(async (file) => {
      expect(await readCandidates(file, 9)).toEqual([])
      expect(await readCandidates(file, 40)).toEqual([])
    })
  })
})
