import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ArtifactError } from '../../../contract/read.ts'
import { checkBuild } from '../../../pipeline/ask/check.ts'
import { buildPools } from '../../../pipeline/build/build.ts'
import type { BuildOptions } from '../../../pipeline/build/options.ts'
import { BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import { rollBack } from '../../../pipeline/publish/builds.ts'
import { currentBuildId } from '../../../pipeline/publish/current.ts'
import { holdPublication, releasePublication } from '../../../pipeline/publish/hold.ts'
import { smallWorld } from '../../helpers/builds.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'
import { isEveryTest } from '../../helpers/size.ts'

/** Gives `fn` a function that builds the small world with a seed, each build a minute after the one before. */
function withBuilder(
  fn: (
    out: string,
    build: (seed: number, options?: Partial<BuildOptions>) => Promise<string>,
  ) => Promise<void>,
): Promise<void> {
  return withFolder(async (folder) => {
    const [input, out] = [join(folder, 'in'), join(folder, 'out')]
    await writeFiles(input, smallWorld())
    let minute = 0
    await fn(out, async (seed, options = {}) => {
      minute += 1
      const time = new Date(Date.UTC(2026, 10, 23, 10, minute))
      const base = { ...BUILD_DEFAULTS, input, out, seed, now: () => time }
      return (await buildPools({ ...base, ...options })).build_id
    })
  })
}

describe('removeOldBuilds', () => {
  it('keeps the newest, the current one included', async () => {
    await withBuilder(async (out, build) => {
      const ids: string[] = []
      for (const seed of [1, 2, 3, 4]) ids.push(await build(seed, { keep: 3 }))

      expect((await readdir(join(out, 'builds'))).sort()).toEqual(ids.slice(1).sort())
      expect(await currentBuildId(out)).toBe(ids[3])
    })
  })

  it.runIf(isEveryTest)('keeps the current one even if others are newer', async () => {
    await withBuilder(async (out, build) => {
      const oldest = await build(1)
      await build(2)
      await rollBack(out)

      const newest = await build(3, { keep: 1 })

      expect(await readdir(join(out, 'builds'))).toEqual([newest])
      expect(newest).not.toBe(oldest)
    })
  })
})

describe('rollBack', () => {
  it('makes the build before the current one current, and a named one', async () => {
    await withBuilder(async (out, build) => {
      const ids = [await build(1), await build(2), await build(3)] as const

      expect(await rollBack(out)).toMatchObject({ from: ids[2], to: ids[1] })
      expect(await currentBuildId(out)).toBe(ids[1])
      expect((await checkBuild(out)).build_id).toBe(ids[1])
      expect(await rollBack(out, ids[2])).toMatchObject({ from: ids[1], to: ids[2] })
      expect(await currentBuildId(out)).toBe(ids[2])
    })
  })

  it.runIf(isEveryTest)('builds again what it left', async () => {
    await withBuilder(async (out, build) => {
      await build(1)
      const newer = await build(2)
      await rollBack(out)

      expect(await build(2)).toBe(newer)
      expect(await currentBuildId(out)).toBe(newer)
      expect((await checkBuild(out)).passed).toBe(true)
    })
  })

  it('refuses where there is no earlier, no such, or no whole build', async () => {
    await withBuilder(async (out, build) => {
      await expect(rollBack(out)).rejects.toThrow(/^no build found: /)
      const first = await build(1)
      await expect(rollBack(out)).rejects.toThrow(/^there is no earlier build: /)
      await expect(rollBack(out, 'abc')).rejects.toThrow(
        `there is no build abc, only ${first}: ${out}`,
      )
      const second = await build(2)
      await writeFile(join(out, 'builds', first, 'pools.parquet'), 'altered')

      await expect(rollBack(out)).rejects.toThrow(ArtifactError)
      expect(await currentBuildId(out)).toBe(second)
    })
  })
})

describe('holdPublication and releasePublication', () => {
  it.each([
    ['is not there', 'none'],
    ['is a file', 'file'],
    ['is below a file', 'file/below'],
  ])('name a folder that %s', async (_, name) => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'file'), '')
      const out = join(folder, name)
      const hold = holdPublication(out, { reason: 'test', now: () => new Date(0) })

      await expect(hold).rejects.toThrow(`no such folder: ${out}`)
      await expect(releasePublication(out)).rejects.toThrow(`no such folder: ${out}`)
    })
  })
})

describe('the checks against the build before', () => {
  it('find what drifted', async () => {
    await withFolder(async (folder) => {
      const out = join(folder, 'out')
      const before = smallWorld()
      before['1/impressions_9.csv'] = 'banner_id,campaign_id\n50,9\n50,9\n50,9\n50,9\n'
      await writeFiles(join(folder, 'before'), before)
      await buildPools({ ...BUILD_DEFAULTS, input: join(folder, 'before'), out })
      const after = smallWorld()
      after['2/impressions_2.csv'] = 'banner_id,campaign_id\n60,7\n'
      after['2/clicks_2.csv'] =
        'click_id,banner_id,campaign_id\n200,60,7\n201,60,7\n202,60,7\n203,60,7\n'
      await writeFiles(join(folder, 'after'), after)

      const { warnings } = await buildPools({
        ...BUILD_DEFAULTS,
        input: join(folder, 'after'),
        out,
      })
      const checked = (await checkBuild(out)).checks.filter(({ passed }) => !passed)

      const expected = {
        // Campaign 9 of dataset 1 is gone.
        campaigns_of_the_previous_build_remain: 1,
        // Campaign 7 of dataset 2 had banners 30 to 34, and has 60 now.
        pools_keep_a_banner_of_the_previous_build: 1,
        // Impressions of dataset 2 fell from 6 to 1; those of dataset 1 from 10 to 6, which is less than by half.
        rows_are_like_the_previous_build: 1,
      }
      expect(warnings).toEqual(Object.keys(expected))
      expect(
        Object.fromEntries(checked.map(({ name, failing_rows }) => [name, failing_rows])),
      ).toEqual(expected)
    })
  })

  it('find nothing where there was none, or it is gone', async () => {
    await withBuilder(async (out, build) => {
      const first = await build(1)
      expect((await checkBuild(out)).checks.every(({ passed }) => passed)).toBe(true)
      await build(2)
      await rm(join(out, 'builds', first), { recursive: true })

      expect((await checkBuild(out)).checks.every(({ passed }) => passed)).toBe(true)
    })
  })

  it.runIf(isEveryTest)('are not against the build itself when it is built again', async () => {
    await withBuilder(async (out, build) => {
      const first = await build(1)
      await build(2)
      await build(2, { force: true })

      const manifest = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8'))
      expect(manifest.previous_build_id).toBe(first)
    })
  })
})
