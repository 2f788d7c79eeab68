import { readdir, readlink, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DATASETS } from '../../../contract/schema.ts'
import { buildPools } from '../../../pipeline/build/build.ts'
import { askWhatIf, describeWhatIf } from '../../../pipeline/build/what-if.ts'
import { BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import { csv, smallWorld } from '../../helpers/builds.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'
import { type Logs, referenceOf } from '../../helpers/reference.ts'
import { RULES, type Sizes } from '../../helpers/reference-rules.ts'
import { size } from '../../helpers/size.ts'
import { csvFilesOf, worlds } from '../../helpers/worlds.ts'

const noMore = async () => ({})

/** Builds these files, and gives `fn` the options of a question about them. */
function withCurrent(
  files: Record<string, string>,
  fn: (options: Parameters<typeof askWhatIf>[0]) => Promise<void>,
): Promise<void> {
  return withFolder(async (folder) => {
    const [input, out] = [join(folder, 'in'), join(folder, 'out')]
    await writeFiles(input, files)
    const options = { ...BUILD_DEFAULTS, input, out, maxRejectShare: 1 }
    await buildPools(options)
    await fn({ ...options, sizes: RULES })
  })
}

describe('askWhatIf', () => {
  it('says nothing of the sizes and logs that are current', async () => {
    await withCurrent(smallWorld(), async (options) => {
      expect(await askWhatIf(options, noMore)).toMatchObject({
        ...{ top: 10, fill: 5, pools: 4, changed_pools: 0, changes: [] },
      })
    })
  })

  it('tells who would leave smaller pools', async () => {
    await withCurrent(smallWorld(), async (options) => {
      const answer = await askWhatIf({ ...options, sizes: { top: 3, fill: 2 } }, noMore)

      // Of 30, 31, 32 and 33 the first two are left, in each of four datasets.
      expect(answer).toMatchObject({ pools: 4, changed_pools: 4, entered: 0, left: 8, moved: 0 })
      expect(describeWhatIf(answer).slice(0, 3)).toEqual([
        `build ${answer.old_build_id} to what if, top 3, fill 2: 4 of 4 pools changed`,
        'banners   0 entered, 8 left, 0 moved',
        'left      dataset 1  campaign 7  banner 32  3 to out  by size or others',
      ])
    })
  })

  it('tells what other logs would change', async () => {
    await withCurrent(smallWorld(), async (options) => {
      const more = csv('conversion_id,click_id,revenue', ['19,101,2'])
      await writeFiles(options.input, { '1/conversions_b.csv': more })

      const { changes } = await askWhatIf(options, noMore)

      expect(changes.map(({ banner_id, rank }) => [banner_id, ...rank])).toEqual([
        [30, 1, 2],
        [31, 2, 1],
      ])
    })
  })

  it('leaves the artifacts folder and the temporary one as they were', async () => {
    await withCurrent(smallWorld(), async (options) => {
      const before = [await snapshot(options.out), await leftovers()]

      await askWhatIf({ ...options, sizes: { top: 3, fill: 2 } }, noMore)

      expect([await snapshot(options.out), await leftovers()]).toEqual(before)
      expect(Object.keys(before[0] ?? {}).length).toBeGreaterThan(9)
    })
  })

  it('refuses where no build is current, and makes no folder', async () => {
    await withFolder(async (folder) => {
      const [input, out] = [join(folder, 'in'), join(folder, 'out')]
      await writeFiles(input, smallWorld())

      const answer = askWhatIf({ ...BUILD_DEFAULTS, input, out, sizes: RULES }, noMore)

      await expect(answer).rejects.toThrow(
        `no build to compare with, build without --what-if first: ${out}`,
      )
      expect(await readdir(folder)).toEqual(['in'])
    })
  })

  it('agrees with the reference for random logs and sizes', async () => {
    const sizes = fc
      .tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 14 }))
      .map(([a, b]) => ({ top: Math.max(a, b), fill: Math.min(a, b) }))
    let changes = 0
    const property = fc.asyncProperty(worlds, sizes, async (world, asked) => {
      await withCurrent(csvFilesOf(world), async (options) => {
        const answer = await askWhatIf({ ...options, sizes: asked }, noMore)

        const actual = answer.changes.map((one) => [
          ...[one.dataset, one.campaign_id, one.banner_id, ...one.rank],
        ])
        expect(actual).toEqual(expectedChanges(world, asked))
        changes += actual.length
      })
    })

    await fc.assert(property, { numRuns: size(1, 8), seed: 3, endOnFailure: true })

    expect(changes).toBeGreaterThan(size(10, 1000))
  }, 120_000)
})

/** The banners whose ranks differ between the sizes of the rules and others, by the reference. */
function expectedChanges(world: Logs, sizes: Sizes): (number | null)[][] {
  return DATASETS.flatMap((dataset) => {
    const before = referenceOf(dataset, world[dataset], 0).stats
    const after = referenceOf(dataset, world[dataset], 0, sizes).stats
    return before.flatMap(({ campaign_id, banner_id, pool_rank }, place) => {
      const rank = after[place]?.pool_rank ?? null
      return rank === pool_rank ? [] : [[dataset, campaign_id, banner_id, pool_rank, rank]]
    })
  })
}

/** Every path below a folder with its size and time, or where it links to. */
async function snapshot(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const pairs = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name)
    if (entry.isSymbolicLink()) return [path, await readlink(path)]
    const { size, mtimeMs } = await stat(path)
    return [path, `${size} ${mtimeMs}`]
  })
  return Object.fromEntries(await Promise.all(pairs))
}

async function leftovers(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('pools-what-if-'))
}
