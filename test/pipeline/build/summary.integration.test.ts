import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { summariseBuild } from '../../../pipeline/build/summary.ts'
import { smallWorld, withBuild } from '../../helpers/builds.ts'

const CURRENT = { status: 'current', warnings: [] } as const

describe('summariseBuild', () => {
  it('tells the counts of the manifest, and counts where an earlier program wrote none', async () => {
    const world = {
      ...smallWorld(),
      '1/clicks_more.csv': 'click_id,banner_id,campaign_id\nx,30,7\n',
    }
    await withBuild(
      world,
      async ({ manifest, summary }) => {
        const folder = summary.folder
        const told = await summariseBuild({ folder, manifest }, CURRENT)
        const counted = await summariseBuild(
          { folder, manifest: { ...manifest, summary: null } },
          CURRENT,
        )

        expect(told).toEqual(counted)
        expect(told).toMatchObject({
          pools: 4,
          rejects_by_reason: [
            { table: 'clicks', reject_count: 1, file: '1/clicks_more.csv', line: 2 },
          ],
        })
      },
      { maxRejectShare: 1 },
    )
  })

  it('refuses a current build of which a file was altered', async () => {
    await withBuild(smallWorld(), async ({ manifest, summary }) => {
      await appendFile(join(summary.folder, 'pools.parquet'), 'x')

      await expect(summariseBuild({ folder: summary.folder, manifest }, CURRENT)).rejects.toThrow(
        /pools\.parquet/,
      )
    })
  })
})
