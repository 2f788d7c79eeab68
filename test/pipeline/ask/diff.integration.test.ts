import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type BuildDiff, describeDiff, diffBuilds } from '../../../pipeline/ask/diff.ts'
import { buildPools } from '../../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import { makeSample } from '../../../pipeline/sample/sample.ts'
import { csv, smallWorld } from '../../helpers/builds.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'

const noMore = async () => ({})

/** Gives `fn` two builds of one artifacts folder: the small world, and it with changes to its files. */
function withTwoBuilds(
  changes: Record<string, string>,
  fn: (builds: { out: string; older: string; newer: string }) => Promise<void>,
): Promise<void> {
  return withFolder(async (folder) => {
    const out = join(folder, 'out')
    await writeFiles(join(folder, 'old'), smallWorld())
    await writeFiles(join(folder, 'new'), { ...smallWorld(), ...changes })
    const build = async (name: string) =>
      (await buildPools({ ...BUILD_DEFAULTS, input: join(folder, name), out })).build_id
    await fn({ out, older: await build('old'), newer: await build('new') })
  })
}

/** In dataset 1 banner 31 converts for 2, and so passes banner 30 with its 1.75; banner 60 is new, with a click. */
const CHANGES = {
  '1/conversions_b.csv': csv('conversion_id,click_id,revenue', ['19,101,2']),
  '1/clicks_b.csv': csv('click_id,banner_id,campaign_id', ['190,60,7']),
}

describe('diffBuilds', () => {
  it('tells who entered, left and moved, and by which number', async () => {
    await withTwoBuilds(CHANGES, async ({ out, older, newer }) => {
      const diff = await diffBuilds({ oldBuild: older, newBuild: newer, artifacts: out }, noMore)

      // Before: 30, 31, and the shown 32 and 33 (33 by chance last). Now: 31, 30, 60, 32, 33.
      const place = { dataset: 1, campaign_id: 7 }
      expect(diff).toEqual({
        old_build_id: older,
        new_build_id: newer,
        pools: 4,
        changed_pools: 1,
        entered: 1,
        left: 0,
        moved: 4,
        changes: [
          {
            ...place,
            banner_id: 30,
            change: 'moved',
            rank: [1, 2],
            revenue: ['1.750000', '1.750000'],
            clicks: [2, 2],
            conversions: [2, 2],
            moved_by: [],
          },
          {
            ...place,
            banner_id: 31,
            change: 'moved',
            rank: [2, 1],
            revenue: ['0.000000', '2.000000'],
            clicks: [2, 2],
            conversions: [0, 1],
            moved_by: ['revenue', 'conversions'],
          },
          expect.objectContaining({ banner_id: 32, rank: [3, 4], moved_by: [] }),
          expect.objectContaining({ banner_id: 33, rank: [4, 5], moved_by: [] }),
          {
            ...place,
            banner_id: 60,
            change: 'entered',
            rank: [null, 3],
            revenue: [null, '0.000000'],
            clicks: [null, 1],
            conversions: [null, 0],
            moved_by: ['revenue', 'clicks', 'conversions'],
          },
        ],
      })
      expect(describeDiff(diff).slice(0, 4)).toEqual([
        `build ${older} to ${newer}: 1 of 4 pools changed`,
        'banners   1 entered, 0 left, 4 moved',
        'moved     dataset 1  campaign 7  banner 30  1 to 2  by others',
        'moved     dataset 1  campaign 7  banner 31  2 to 1  revenue 0.000000 to 2.000000, conversions 0 to 1',
      ])
    })
  })

  it('is empty from a build to itself, and mirrored the other way round', async () => {
    await withFolder(async (folder) => {
      const out = join(folder, 'out')
      const ids: string[] = []
      for (const seed of [1, 2]) {
        const input = join(folder, `in${seed}`)
        await makeSample({ out: input, scale: 0.01, seed })
        ids.push((await buildPools({ ...BUILD_DEFAULTS, input, out })).build_id)
      }
      const [a = '', b = ''] = ids

      const diff = (oldBuild: string, newBuild: string) =>
        diffBuilds({ oldBuild, newBuild, artifacts: out }, noMore)
      const [same, forth, back] = [await diff(a, a), await diff(a, b), await diff(b, a)]

      expect([same.changes, same.changed_pools]).toEqual([[], 0])
      expect(forth.changes.length).toBeGreaterThan(100)
      expect(forth.entered).toBeGreaterThan(0)
      expect(back).toEqual(mirrored(forth))
    })
  })

  it('finds builds by id, folder and file', async () => {
    await withTwoBuilds(CHANGES, async ({ out, older, newer }) => {
      for (const newBuild of [newer, out, join(out, 'current'), join(out, 'pools.parquet')]) {
        const diff = await diffBuilds({ oldBuild: older, newBuild, artifacts: out }, noMore)
        expect([newBuild, diff.new_build_id]).toEqual([newBuild, newer])
      }
      const unknown = diffBuilds({ oldBuild: 'abc', newBuild: newer, artifacts: out }, noMore)
      await expect(unknown).rejects.toThrow(
        `no such build, neither a path nor an id in ${out}: abc`,
      )
    })
  })
})

/** What the difference must be the other way round. */
function mirrored(diff: BuildDiff): BuildDiff {
  const swap = <T>([before, after]: readonly [T, T]) => [after, before] as const
  const opposite = { entered: 'left', left: 'entered', moved: 'moved' } as const
  return {
    ...diff,
    old_build_id: diff.new_build_id,
    new_build_id: diff.old_build_id,
    entered: diff.left,
    left: diff.entered,
    changes: diff.changes.map((one) => ({
      ...one,
      change: opposite[one.change],
      rank: swap(one.rank),
      revenue: swap(one.revenue),
      clicks: swap(one.clicks),
      conversions: swap(one.conversions),
    })),
  }
}
