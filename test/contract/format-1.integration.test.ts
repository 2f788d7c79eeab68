/** A build of format version 1, as version 0.1.0 wrote it, through everything that reads builds. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readManifest } from '../../contract/read.ts'
import { diffBuilds } from '../../pipeline/ask/diff.ts'
import { explainPools } from '../../pipeline/ask/explain.ts'
import { readRows } from '../../pipeline/base/database.ts'
import { buildPools } from '../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../pipeline/commands/features.ts'
import { withPublished } from '../../pipeline/publish/published.ts'
import { loadBuild } from '../../server/pools/load.ts'
import { withFolder } from '../helpers/folders.ts'

const FIXTURE = join(import.meta.dirname, '../fixtures/format-1')
const BUILD = join(FIXTURE, 'build')

describe('a build of format version 1', () => {
  it('is read as version 2', async () => {
    const manifest = await readManifest(BUILD)

    expect(manifest).toMatchObject({ format_version: 2, version: null, warnings: [] })
    expect(manifest.inputs[0]?.lines_sha256).toBe(manifest.inputs[0]?.sha256)
  })

  it('is served', async () => {
    const build = await loadBuild(BUILD, undefined)

    expect(build?.pools.campaignCount).toBe(2)
  })

  it('has signed types for every question', async () => {
    const manifest = await readManifest(BUILD)
    const types = await withPublished({ folder: BUILD, manifest }, (connection) =>
      readRows<{ rank: string; difference: number }>(
        connection,
        `select any_value(typeof(rank)) as rank, min(rank) - max(rank) as difference from pools
         where dataset = 1 and campaign_id = 7`,
      ),
    )

    expect(types).toEqual([{ rank: 'SMALLINT', difference: -9 }])
  })

  it('is explained', async () => {
    const { datasets } = await explainPools({ artifacts: BUILD, campaignId: 7, dataset: 1 })

    expect(datasets[0]?.pool.map(({ banner_id }) => banner_id)).toEqual([
      12, 11, 10, 9, 8, 7, 6, 5, 4, 3,
    ])
  })

  it('has the pools that its logs have today', async () => {
    await withFolder(async (out) => {
      const input = join(FIXTURE, 'logs')
      await buildPools({ ...BUILD_DEFAULTS, input, out, maxRejectShare: 0.5 })
      const diff = await diffBuilds(
        {
          oldBuild: BUILD,
          newBuild: join(out, 'current'),
          artifacts: out,
        },
        async () => ({}),
      )

      expect(diff.changes).toEqual([])
    })
  })
})
