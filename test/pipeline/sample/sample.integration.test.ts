import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DATASETS, type Dataset, TABLES } from '../../../contract/schema.ts'
import { PipelineError } from '../../../pipeline/base/errors.ts'
import { makeSample, type SampleOptions } from '../../../pipeline/sample/sample.ts'
import { CASES, countCases } from '../../helpers/coverage.ts'
import { withFolder } from '../../helpers/folders.ts'
import { type DatasetLogs, type Reference, referenceOf } from '../../helpers/reference.ts'
import { isFullSize, someOf } from '../../helpers/size.ts'

async function readCsv(path: string): Promise<string[][]> {
  const [, ...lines] = (await readFile(path, 'utf8')).trimEnd().split('\n')
  return lines.map((line) => line.split(','))
}

async function readLogs(folder: string, dataset: Dataset): Promise<DatasetLogs> {
  const [impressions = [], clicks = [], conversions = []] = await Promise.all(
    TABLES.map((table) => readCsv(join(folder, `${dataset}/${table}_${dataset}.csv`))),
  )
  return {
    impressions: impressions.map(([banner, campaign]) => ({
      banner_id: Number(banner),
      campaign_id: Number(campaign),
    })),
    clicks: clicks.map(([click, banner, campaign]) => ({
      click_id: Number(click),
      banner_id: Number(banner),
      campaign_id: Number(campaign),
    })),
    conversions: conversions.map(([conversion, click, revenue = '']) => ({
      conversion_id: Number(conversion),
      click_id: Number(click),
      revenue,
    })),
  }
}

async function withSample<T>(
  options: Partial<SampleOptions>,
  fn: (logs: readonly DatasetLogs[], references: readonly Reference[]) => T,
): Promise<T> {
  return withFolder(async (out) => {
    await makeSample({ scale: 0.01, seed: 0, ...options, out })
    const logs = await Promise.all(DATASETS.map((dataset) => readLogs(out, dataset)))
    const references = logs.map((log, index) => referenceOf((index + 1) as Dataset, log, 0))
    return fn(logs, references)
  })
}

async function hashSample(options: Partial<SampleOptions>): Promise<string[]> {
  return withFolder(async (out) => {
    const { files } = await makeSample({ scale: 1, seed: 0, ...options, out })
    const contents = await Promise.all(files.map(({ path }) => readFile(join(out, path))))
    return contents.map((content) => createHash('sha256').update(content).digest('hex'))
  })
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
}

describe('makeSample', () => {
  it.each(someOf([0.0001, 0.01, 1], 2))(
    'reaches every rule in every dataset at scale %d',
    async (scale) => {
      await withSample({ scale }, (_, references) => {
        for (const reference of references) {
          const cases = countCases([reference])
          expect(CASES.filter((name) => cases[name] === 0)).toEqual([])
        }
      })
    },
  )

  it('makes clean logs', async () => {
    await withSample({}, (logs, references) => {
      for (const { leftOut } of references) {
        expect(leftOut).toEqual({ duplicates: 0, conflicts: 0, orphans: 0 })
      }
      for (const { clicks, conversions } of logs) {
        expect(new Set(clicks.map((row) => row.click_id)).size).toBe(clicks.length)
        expect(new Set(conversions.map((row) => row.click_id)).size).toBe(conversions.length)
        expect(conversions.filter((row) => !/^\d\.\d{6}$/.test(row.revenue))).toEqual([])
      }
    })
  })

  it('has campaigns that some datasets lack', async () => {
    await withSample({}, (_, references) => {
      const datasetsOf = (campaignId: number) =>
        DATASETS.filter((_, index) =>
          references[index]?.pools.some((row) => row.campaign_id === campaignId),
        )
      expect(datasetsOf(35)).toEqual([1, 3])
      expect(datasetsOf(36)).toEqual([2, 4])
      expect(datasetsOf(37)).toEqual([1, 2, 3, 4])
    })
  })

  it('has the size of the real data at scale 1', async () => {
    await withSample({ scale: 1 }, (logs) => {
      const impressions = logs.flatMap((log) => log.impressions)
      const banners = new Set(impressions.map((row) => row.banner_id))

      expect(logs.map((log) => TABLES.map((table) => log[table].length))).toEqual([
        [150_000, 50_000, 6_000],
        [150_000, 40_000, 3_000],
        [150_000, 60_000, 5_000],
        [150_000, 29_001, 3_000],
      ])
      expect(new Set(impressions.map((row) => row.campaign_id)).size).toBe(50)
      expect([banners.size, Math.min(...banners), Math.max(...banners)]).toEqual([401, 100, 500])
    })
  })

  it('multiplies the rows by the scale', async () => {
    await withFolder(async (out) => {
      const { files } = await makeSample({ out, scale: 2.5, seed: 0 })

      expect(files.slice(0, 3).map(({ path, rows }) => [path, rows])).toEqual([
        ['1/impressions_1.csv', 375_000],
        ['1/clicks_1.csv', 125_000],
        ['1/conversions_1.csv', 15_000],
      ])
      expect(await readCsv(join(out, '1/conversions_1.csv'))).toHaveLength(15_000)
    })
  })

  it.runIf(isFullSize)('mixes the rows of all campaigns, as a log does', async () => {
    await withSample({ scale: 1 }, ([log]) => {
      const ids = log?.impressions.map((row) => row.campaign_id) ?? []
      const repeats = ids.filter((id, index) => id === ids[index - 1]).length
      const special = ids.flatMap((id, index) => (id === 39 ? [index] : []))

      // 34 campaigns carry the volume, so one row in 34 follows one of its own campaign.
      expect(repeats / ids.length).toBeCloseTo(1 / 34, 2)
      expect(special).toHaveLength(18)
      expect(Math.max(...special) - Math.min(...special)).toBeGreaterThan(75_000)
    })
  })

  it('makes the same bytes whatever the threads, and others for another seed', async () => {
    const hashes = await hashSample({ threads: 1 })

    expect(new Set(hashes).size).toBe(12)
    expect(await hashSample({ threads: 4, memoryLimit: '200MB' })).toEqual(hashes)
    const others = await hashSample({ seed: 1 })
    expect(others.filter((hash) => hashes.includes(hash))).toEqual([])
  })

  it.runIf(isFullSize)(
    'gives banners differences that the datasets share, and leaves the other rows as they are',
    async () => {
      const [even, uneven] = [await hashSample({}), await hashSample({ effect: 1.5 })]
      const share = (effect: number) => withSample({ scale: 1, effect }, bestConvertAgain)

      // In the order of tables: impressions, clicks, conversions of each dataset.
      expect(even.map((hash, index) => hash === uneven[index])).toEqual(
        DATASETS.flatMap(() => [true, true, false]),
      )
      expect(await share(0)).toBeLessThan(1.2)
      expect(await share(1.5)).toBeGreaterThan(2)
    },
  )

  it.runIf(isFullSize)('makes the same bytes of an effect whatever the threads', async () => {
    const [one, four] = [
      await hashSample({ effect: 0.7, threads: 1 }),
      await hashSample({ effect: 0.7, threads: 4 }),
    ]

    expect(four).toEqual(one)
  })

  it.each([-0.1, 3.1, Number.NaN])('refuses effect %d', async (effect) => {
    const sample = makeSample({ out: 'nowhere', scale: 1, seed: 0, effect })

    await expect(sample).rejects.toThrow(`effect must be from 0 to 3: ${effect}`)
  })

  it('writes into a folder with quotes in its name, and leaves nothing but the files', async () => {
    await withFolder(async (folder) => {
      const out = join(folder, `it's "here"; *`)

      const { files } = await makeSample({ out, scale: 0.01, seed: -3 })

      expect((await listFiles(out)).sort()).toEqual(files.map(({ path }) => path.slice(2)).sort())
    })
  })

  it.each([0, -1, 100_001, Number.NaN])('refuses scale %d', async (scale) => {
    await expect(makeSample({ out: 'nowhere', scale, seed: 0 })).rejects.toMatchObject({
      name: 'PipelineError',
      message: `scale must be above 0 and at most 100000: ${scale}`,
      exitCode: 2,
    })
  })

  it('refuses a seed that is no whole number', async () => {
    const sample = makeSample({ out: 'nowhere', scale: 1, seed: 0.5 })

    await expect(sample).rejects.toThrow('seed must be a whole number: 0.5')
  })

  it('refuses a folder that cannot be made', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'file'), '')

      const sample = makeSample({ out: join(folder, 'file'), scale: 0.01, seed: 0 })

      await expect(sample).rejects.toThrow(PipelineError)
      await expect(sample).rejects.toThrow(join(folder, 'file'))
    })
  })

  it('leaves no half file when it fails', async () => {
    await withFolder(async (out) => {
      await mkdir(join(out, '1/impressions_1.csv/in the way'), { recursive: true })

      await expect(makeSample({ out, scale: 0.01, seed: 0 })).rejects.toThrow(PipelineError)

      expect(await listFiles(out)).toEqual([])
    })
  })
})

/**
 * How many times as many conversions a click as all have, in dataset 2, have the pairs of campaign and banner with two
 * conversions or more in dataset 1: about 1 where chance alone made them.
 */
function bestConvertAgain(logs: readonly DatasetLogs[]): number {
  const [first, second] = logs.map(countPairs)
  if (first === undefined || second === undefined) throw new Error('two datasets are needed')
  const best = [...first].flatMap(([pair, { conversions }]) => (conversions >= 2 ? [pair] : []))
  const rate = (pairs: Iterable<string>) => {
    const own = [...pairs].flatMap((pair) => second.get(pair) ?? [])
    const sum = (name: 'clicks' | 'conversions') => own.reduce((all, one) => all + one[name], 0)
    return sum('conversions') / sum('clicks')
  }
  return rate(best) / rate(second.keys())
}

function countPairs({ clicks, conversions }: DatasetLogs) {
  const pairs = new Map<string, { clicks: number; conversions: number }>()
  const ofClick = new Map<number, string>()
  for (const { click_id, campaign_id, banner_id } of clicks) {
    // The special campaigns, from 35 on, have the same conversions everywhere.
    if (campaign_id > 34) continue
    const pair = `${campaign_id} ${banner_id}`
    ofClick.set(click_id, pair)
    const own = pairs.get(pair) ?? { clicks: 0, conversions: 0 }
    pairs.set(pair, { ...own, clicks: own.clicks + 1 })
  }
  for (const { click_id } of conversions) {
    const pair = ofClick.get(click_id) ?? ''
    const own = pairs.get(pair)
    if (own !== undefined) pairs.set(pair, { ...own, conversions: own.conversions + 1 })
  }
  return pairs
}
