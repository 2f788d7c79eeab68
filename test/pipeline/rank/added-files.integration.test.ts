import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { readManifest, resolveBuildFolder } from '../../../contract/read.ts'
import type { Manifest } from '../../../contract/schema.ts'
import { type Progress, SILENT } from '../../../pipeline/base/progress.ts'
import { buildPools } from '../../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import { hashOutputs } from '../../../scripts/lib/outputs.ts'
import { csv, type InputFiles, smallWorld } from '../../helpers/builds.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'
import { isEveryTest, isFullSize, size, someOf } from '../../helpers/size.ts'
import { growingWorlds, textOf } from '../../helpers/state/growing-world.ts'

/** So many rows that a few files more are a small part of all. */
const BASE: InputFiles = {
  ...smallWorld(),
  '1/impressions_0.csv': csv('banner_id,campaign_id', Array(1000).fill('30,7')),
}

const CLICKS = 'click_id,banner_id,campaign_id\n'
const CONVERSIONS = 'conversion_id,click_id,revenue\n'

/** Clicks are numbered within a wave; conversions name clicks of any wave, or none. Most ids of conversions are new. */
const numberedClick = fc.record({ banner: fc.nat({ max: 4 }), campaign: fc.nat({ max: 1 }) })
const numberedConversion = fc.record({
  ofWave: fc.nat({ max: 4 }),
  click: fc.nat({ max: 7 }),
  isOld: fc.boolean(),
  revenue: fc.nat({ max: 2 }),
})
const numberedWave = fc.record({
  clicks: fc.array(numberedClick, { maxLength: 6 }),
  conversions: fc.array(numberedConversion, { minLength: 1, maxLength: 8 }),
  dataset: fc.constantFrom(1, 2),
})
const numberedWaves = fc.array(numberedWave, { minLength: 3, maxLength: 3 })

type NumberedWave = (typeof numberedWave)['generate'] extends (...args: never[]) => {
  readonly value: infer Value
}
  ? Value
  : never

function writeWave(wave: number, { clicks, conversions, dataset }: NumberedWave): InputFiles {
  const clickRows = clicks.map(
    ({ banner, campaign }, place) => `${wave * 1000 + place},${30 + banner},${7 + campaign}`,
  )
  const conversionRows = conversions.map(({ ofWave, click, isOld, revenue }, place) => {
    const id = (isOld ? 1 : wave) * 1000 + place
    return `${id},${ofWave * 1000 + click},${revenue}`
  })
  return {
    ...(clickRows.length > 0 && {
      [`${dataset}/clicks_w${wave}.csv`]: `${CLICKS}${clickRows.join('\n')}\n`,
    }),
    [`${dataset}/conversions_w${wave}.csv`]: `${CONVERSIONS}${conversionRows.join('\n')}\n`,
    [`${dataset}/impressions_w${wave}.csv`]: csv('banner_id,campaign_id', [`${30 + wave},8`]),
  }
}

/** Adds files to those that are there, builds, and tells whether only what was added was counted. */
async function buildWith(folder: string, files: InputFiles, out = 'out'): Promise<boolean> {
  let isAdded = false
  const progress: Progress = {
    ...SILENT,
    step(name, fn, ...rest) {
      isAdded ||= name === 'count added rows'
      return SILENT.step(name, fn, ...rest)
    },
  }
  await writeFiles(join(folder, 'in'), files)
  const folders = { input: join(folder, 'in'), out: join(folder, out) }
  await buildPools({ ...BUILD_DEFAULTS, ...folders, maxRejectShare: 1, progress })
  return isAdded
}

async function read(folder: string, out: string) {
  const path = join(folder, out)
  const manifest = await readManifest(await resolveBuildFolder(path))
  return { hashes: await hashOutputs(path), content: contentOf(manifest) }
}

/** All that the lines decide, whatever was built before. */
function contentOf({ build_id, inputs, measures, outputs, warnings }: Manifest) {
  const parquet = outputs.filter(({ file }) => file.endsWith('.parquet'))
  return { build_id, inputs, measures, warnings, outputs: parquet }
}

describe('DUCKDB_RANKER', () => {
  test.prop([growingWorlds, fc.array(fc.nat({ max: 2 }), { minLength: 8, maxLength: 8 })], {
    numRuns: size(1, 30),
  })('makes the same of files that are added as of all at once', async (world, waves) => {
    await withFolder(async (folder) => {
      const seen = [await buildWith(folder, BASE)]
      for (const wave of [0, 1, 2]) {
        const own = world.files.filter((_, index) => waves[index] === wave)
        const texts = own.map((file) => [file.path, textOf(file, 0, file.lines.length)])
        if (own.length > 0) seen.push(await buildWith(folder, Object.fromEntries(texts)))
      }
      await buildWith(folder, {}, 'anew')

      expect(seen).toEqual(seen.map((_, index) => index > 0))
      expect(await read(folder, 'out')).toEqual(await read(folder, 'anew'))
    })
  })

  it('makes the same of clicks that are numbered on as of all at once', async () => {
    const property = fc.asyncProperty(numberedWaves, async (waves) => {
      await withFolder(async (folder) => {
        const seen = [await buildWith(folder, BASE)]
        for (const [wave, files] of waves.entries()) {
          seen.push(await buildWith(folder, writeWave(wave + 1, files)))
        }
        await buildWith(folder, {}, 'anew')

        expect(seen).toEqual([false, true, true, true])
        expect(await read(folder, 'out')).toEqual(await read(folder, 'anew'))
      })
    })
    await fc.assert(property, { numRuns: size(1, 10) })
  }, 300_000)

  it.each(
    someOf(
      [
        [
          'a conversion of a click that was there',
          [{ '1/conversions_b.csv': `${CONVERSIONS}90,102,2\n` }],
        ],
        [
          'one more row of an id that is in conflict already',
          [
            { '1/clicks_b.csv': `${CLICKS}101,32,7\n` },
            { '1/clicks_c.csv': `${CLICKS}101,33,7\n102,31,7\n` },
          ],
        ],
        [
          'the click of an orphan, and then another row of it',
          [
            { '1/conversions_b.csv': `${CONVERSIONS}90,950,2\n` },
            { '1/clicks_b.csv': `${CLICKS}950,32,7\n` },
            { '1/clicks_c.csv': `${CLICKS}950,31,7\n` },
          ],
        ],
      ],
      1,
    ),
  )('makes the same of %s as of all at once', async (_, added) => {
    await withFolder(async (folder) => {
      await buildWith(folder, BASE)
      for (const files of added as readonly InputFiles[]) {
        expect(await buildWith(folder, files)).toBe(true)
      }
      await buildWith(folder, {}, 'anew')

      expect(await read(folder, 'out')).toEqual(await read(folder, 'anew'))
    })
  })

  it.runIf(isEveryTest)('counts all files when one of those before is gone', async () => {
    await withFolder(async (folder) => {
      await buildWith(folder, {
        ...BASE,
        '1/clicks_b.csv': 'click_id,banner_id,campaign_id\n900,30,7\n',
      })
      await rm(join(folder, 'in', '1', 'clicks_b.csv'))

      expect(await buildWith(folder, {})).toBe(false)
      await buildWith(folder, {}, 'anew')
      expect(await read(folder, 'out')).toEqual(await read(folder, 'anew'))
    })
  })

  it.runIf(isFullSize)('counts all files when what was kept is altered', async () => {
    await withFolder(async (folder) => {
      await buildWith(folder, BASE)
      await writeFiles(folder, { 'out/stage/counts/unfit.parquet': 'altered' })

      const added = { '1/clicks_b.csv': 'click_id,banner_id,campaign_id\n900,30,7\n' }
      expect(await buildWith(folder, added)).toBe(false)
      await buildWith(folder, {}, 'anew')
      expect(await read(folder, 'out')).toEqual(await read(folder, 'anew'))
    })
  })
})
