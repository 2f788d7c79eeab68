import { readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readEvaluation } from '../../../contract/evaluation.ts'
import { readManifest } from '../../../contract/read.ts'
import { readRows } from '../../../pipeline/base/database.ts'
import { buildPools } from '../../../pipeline/build/build.ts'
import type { BuildOptions } from '../../../pipeline/build/options.ts'
import { addEvaluation, BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import { evaluateLogs } from '../../../pipeline/evaluate/log.ts'
import { makeRandomLogs } from '../../helpers/evaluate/logs.ts'
import { writeFiles } from '../../helpers/folders.ts'
import { PreparedFolders } from '../../helpers/prepared-folders.ts'
import { isEveryTest } from '../../helpers/size.ts'
import { withMemory } from '../../helpers/sql.ts'

const NAMES = ['evaluation.html', 'evaluation.json', 'evaluation.parquet'] as const
const FILES = ['manifest.json', 'report.html', 'pools.parquet', 'banner_stats.parquet'] as const

const folders = new PreparedFolders()
afterAll(() => folders.remove())

type Features = Partial<Pick<BuildOptions, 'evaluate'>>

/** Gives `fn` options for logs of all four rules, and a build of them. */
function withBuilt(
  features: Features,
  fn: (options: BuildOptions, current: string) => Promise<void>,
): Promise<void> {
  const optionsFor = (folder: string): BuildOptions => ({
    ...{ ...BUILD_DEFAULTS, maxRejectShare: 1 },
    ...{ input: join(folder, 'in'), out: join(folder, 'out') },
  })
  async function prepare(folder: string): Promise<void> {
    await writeFiles(join(folder, 'in'), makeRandomLogs(1))
    await buildPools({ ...optionsFor(folder), ...features })
  }
  const key = features.evaluate === undefined ? 'plain' : 'evaluated'
  return folders.withCopy(key, prepare, (folder) =>
    fn(optionsFor(folder), join(folder, 'out/current')),
  )
}

const EVALUATED: Features = { evaluate: addEvaluation }

async function readAll(folder: string, names: readonly string[]): Promise<string[]> {
  return Promise.all(names.map((name) => readFile(join(folder, name), 'base64')))
}

describe('buildPools', () => {
  it('adds an evaluation to a current build and changes none of its files', async () => {
    await withBuilt({}, async (options, current) => {
      const before = await readAll(current, FILES)

      const { status } = await buildPools({ ...options, evaluate: addEvaluation })

      const { build_id } = await readManifest(current)
      expect(status).toBe('current')
      expect(await readAll(current, FILES)).toEqual(before)
      expect(await readEvaluation(current, build_id)).toMatchObject({ build_id })
      for (const name of NAMES) {
        expect(await readlink(join(options.out, name))).toBe(`current/${name}`)
      }
    })
  })

  it('writes the same evaluation with a new build, and once more where it was altered', async () => {
    await withBuilt(EVALUATED, async (options, current) => {
      const first = await readAll(current, NAMES)
      const path = join(current, 'evaluation.json')
      await writeFile(path, String(await readFile(path)).replace('"naive": 1', '"naive": 2'))

      await buildPools({ ...options, evaluate: addEvaluation, threads: 1 })

      expect(await readAll(current, NAMES)).toEqual(first)
      expect(String(await readFile(join(current, 'report.html')))).toContain('How sure is this?')
    })
  })

  it.runIf(isEveryTest)(
    'leaves no link to an evaluation where the build that becomes current has none',
    async () => {
      await withBuilt(EVALUATED, async (options) => {
        await buildPools({ ...options, seed: 1 })

        for (const name of NAMES) await expect(readlink(join(options.out, name))).rejects.toThrow()
      })
    },
  )
})

describe('evaluateBuildOf', () => {
  it('writes beside the build of the logs what such a build would', async () => {
    await withBuilt(EVALUATED, async (options, current) => {
      const first = await readAll(current, NAMES)
      for (const name of NAMES) await rm(join(current, name))

      const { evaluation } = await evaluateLogs({ ...options, evaluate: addEvaluation })
      const { overall, pools } = evaluation

      expect(await readAll(current, NAMES)).toEqual(first)
      const document = await readEvaluation(current, (await readManifest(current)).build_id)
      expect(document?.overall).toEqual(overall)
      expect(document?.output.rows).toBe(
        pools.reduce((rows, { banners }) => rows + 1 + banners.length, 0),
      )
    })
  })

  it('refuses logs that were not built', async () => {
    await withBuilt({}, async (options) => {
      await expect(evaluateLogs({ ...options, evaluate: addEvaluation, seed: 1 })).rejects.toThrow(
        /^no build of these logs/,
      )
    })
  })
})

describe('evaluation.parquet', () => {
  it('has a row for each pool and each of its banners, in order', async () => {
    await withBuilt(EVALUATED, async (options, current) => {
      const { pools } = await buildPools({ ...options, ...EVALUATED })
      const path = join(current, 'evaluation.parquet')
      const rows = await withMemory((connection) =>
        readRows<{
          dataset: number
          campaign_id: number
          rank: number | null
          honest: number | null
        }>(connection, `select * from '${path}'`),
      )

      expect(rows.filter(({ rank }) => rank === null).length).toBe(pools)
      expect(rows.slice(0, 3)).toMatchObject([
        { dataset: 1, campaign_id: 1, rank: null, stability: null, verdict: 'no difference shown' },
        { dataset: 1, campaign_id: 1, rank: 1, honest: null, verdict: null },
        { dataset: 1, campaign_id: 1, rank: 2 },
      ])
    })
  })
})

describe('readEvaluation', () => {
  it('does not take the evaluation of another build', async () => {
    await withBuilt(EVALUATED, async (_, current) => {
      expect(await readEvaluation(current, '0123456789abcdef')).toBeNull()
    })
  })
})
