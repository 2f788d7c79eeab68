import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  BUILD_ID,
  type Row,
  rowsOf,
  writeBuild,
  writeManifest,
  writePoolsFile,
} from '../../../scripts/lib/pool-files.ts'
import { findCampaign } from '../../../server/pools/campaign-table.ts'
import { loadPools } from '../../../server/pools/load.ts'
import { type Pools, slotOf } from '../../../server/pools/pools.ts'
import { withFolder } from '../../helpers/folders.ts'
import { poolsOf, poolsOfRows } from '../../helpers/pools.ts'

const ROWS = rowsOf({ 7: { 1: [30, 10], 4: [20] }, 12: [40] })

/** Banners of a pool, best first. */
function poolAt(pools: Pools, campaign: number, dataset: number): number[] {
  const slot = slotOf(findCampaign(pools.campaignIds, campaign), dataset)
  const start = pools.starts[slot] ?? 0
  return [...pools.bannerIds.subarray(start, start + (pools.sizes[slot] ?? 0))]
}

/** Writes a build of {@link ROWS}, lets `change` spoil it, and loads it. */
function loadSpoiled(change: (file: string, folder: string) => Promise<void>): Promise<Pools> {
  return withFolder(async (folder) => {
    await writeBuild(folder, ROWS)
    await change(join(folder, 'pools.parquet'), folder)
    return loadPools(folder)
  })
}

describe('loadPools', () => {
  it('reads every pool in ascending rank', async () => {
    const pools = await withFolder(async (folder) => {
      await writeBuild(folder, ROWS)
      return loadPools(folder)
    })

    expect(pools).toMatchObject({ buildId: BUILD_ID, campaignCount: 2, poolCount: 6 })
    expect(poolAt(pools, 7, 1)).toEqual([30, 10])
    expect(poolAt(pools, 7, 2)).toEqual([])
    expect(poolAt(pools, 7, 4)).toEqual([20])
    expect(poolAt(pools, 12, 3)).toEqual([40])
    expect(pools.bannerIds).toBeInstanceOf(Uint32Array)
  })

  it('keeps ids above 2^32 exact', async () => {
    const pools = await withFolder(async (folder) => {
      await writeBuild(folder, rowsOf({ 9007199254740991: [4294967296, 9007199254740990] }))
      return loadPools(folder)
    })

    expect(poolAt(pools, 9007199254740991, 2)).toEqual([4294967296, 9007199254740990])
    expect(findCampaign(pools.campaignIds, 9007199254740990)).toBe(-1)
  })

  it('reads a file of many row groups', async () => {
    const pools = await withFolder(async (folder) => {
      // 50,000 campaigns of 5 banners: 250,000 rows, three row groups of at most 122,880
      await writePoolsFile(
        folder,
        `select 1::smallint as dataset, c as campaign_id, r::smallint as rank, c * 10 + r as banner_id
        from range(1, 50001) as campaigns (c), range(1, 6) as ranks (r) order by c, r`,
      )
      return loadPools(folder)
    })

    expect(pools).toMatchObject({ campaignCount: 50_000, poolCount: 50_000 })
    expect(poolAt(pools, 1, 1)).toEqual([11, 12, 13, 14, 15])
    expect(poolAt(pools, 24_576, 1)).toEqual([245761, 245762, 245763, 245764, 245765])
    expect(poolAt(pools, 50_000, 1)).toEqual([500001, 500002, 500003, 500004, 500005])
  })

  it('reads a build without pools', async () => {
    const pools = await withFolder(async (folder) => {
      await writePoolsFile(
        folder,
        `select 1::smallint as dataset, 1::bigint as campaign_id, 1::smallint as rank, 1::bigint as banner_id
        where false`,
      )
      return loadPools(folder)
    })

    expect(pools).toMatchObject({ campaignCount: 0, poolCount: 0 })
  })

  it('names the folder that has no build', async () => {
    await withFolder(async (folder) => {
      await expect(loadPools(folder)).rejects.toThrow(
        `no build found, run 'make pipeline' first: ${folder}`,
      )
    })
  })

  it('refuses a missing file', async () => {
    await expect(loadSpoiled((file) => rm(file))).rejects.toThrow(
      /cannot be read \(ENOENT\), build again: .*pools\.parquet$/,
    )
  })

  it('refuses a truncated file', async () => {
    const truncate = async (file: string) => writeFile(file, (await readFile(file)).subarray(0, -9))

    await expect(loadSpoiled(truncate)).rejects.toThrow(
      /has \d+ bytes, the manifest says \d+, build again: .*pools\.parquet$/,
    )
  })

  it('refuses a file with one flipped bit', async () => {
    const flip = async (file: string) => {
      const bytes = await readFile(file)
      bytes.writeUInt8(bytes.readUInt8(200) ^ 1, 200)
      await writeFile(file, bytes)
    }

    await expect(loadSpoiled(flip)).rejects.toThrow(
      /sha256 differs from the manifest, the file was altered, build again: .*pools\.parquet$/,
    )
  })

  it('refuses another format version', async () => {
    const age = async (file: string, folder: string) =>
      writeManifest(folder, await readFile(file), { format_version: 3 })

    await expect(loadSpoiled(age)).rejects.toThrow(
      /^format version is 3, expected 2 or 1, build again: .*manifest\.json$/,
    )
  })

  it('refuses a file that is no Parquet, though the manifest vouches for it', async () => {
    const replace = async (file: string, folder: string) => {
      const bytes = Buffer.from('dataset,campaign_id,rank,banner_id\n1,7,1,30\n')
      await writeFile(file, bytes)
      await writeManifest(folder, bytes)
    }

    await expect(loadSpoiled(replace)).rejects.toThrow(/build again: .*pools\.parquet$/)
  })

  it('refuses a file without a needed column', async () => {
    const drop = (_: string, folder: string) =>
      writePoolsFile(folder, 'select 1::smallint as dataset, 7::bigint as campaign_id')

    await expect(loadSpoiled(drop)).rejects.toThrow(/lacks the column rank, build again: /)
  })

  it('refuses ranks with a gap', async () => {
    const gap = (_: string, folder: string) =>
      writeBuild(folder, [
        [1, 7, 1, 30],
        [1, 7, 3, 10],
      ])

    await expect(loadSpoiled(gap)).rejects.toThrow(/row 2: rank is 3, expected 2, build again: /)
  })

  it('refuses nulls', async () => {
    const blank = (_: string, folder: string) =>
      writePoolsFile(
        folder,
        `select 1::smallint as dataset, 7::bigint as campaign_id, 1::smallint as rank, null::bigint as banner_id`,
      )

    await expect(loadSpoiled(blank)).rejects.toThrow(/row 1: banner_id is 0, build again: /)
  })
})

describe('createPools', () => {
  it.each([
    [4294967295, Uint32Array],
    [4294967296, Float64Array],
  ])('stores banner %i exactly in the smallest array that can', (banner, type) => {
    const pools = poolsOf({ 7: [1, banner] })

    expect(poolAt(pools, 7, 1)).toEqual([1, banner])
    expect(pools.bannerIds).toBeInstanceOf(type)
  })

  it('gives a campaign its four pools', () => {
    const pools = poolsOf({ 7: [30, 10], 12: { 3: [40] } })

    expect([1, 2, 3, 4].map((dataset) => poolAt(pools, 7, dataset))).toEqual(
      Array(4).fill([30, 10]),
    )
    expect([1, 2, 3, 4].map((dataset) => poolAt(pools, 12, dataset))).toEqual([[], [], [40], []])
  })

  it.each<[string, Row[], string]>([
    ['a pool that starts at rank 2', [[1, 7, 2, 30]], 'row 1: rank is 2, expected 1'],
    [
      'a rank twice',
      [
        [1, 7, 1, 30],
        [1, 7, 1, 10],
      ],
      'row 2: rank is 1, expected 2',
    ],
    [
      'a new pool that goes on counting',
      [
        [1, 7, 1, 30],
        [1, 8, 2, 10],
      ],
      'row 2: rank is 2, expected 1',
    ],
    [
      'campaigns out of order',
      [
        [1, 8, 1, 30],
        [1, 7, 1, 10],
      ],
      'row 2: rows are not sorted',
    ],
    [
      'datasets out of order',
      [
        [2, 7, 1, 30],
        [1, 8, 1, 10],
      ],
      'row 2: rows are not sorted',
    ],
    [
      'a banner twice in a pool',
      [
        [1, 7, 1, 30],
        [1, 7, 2, 10],
        [1, 7, 3, 30],
      ],
      'row 3: banner 30 is in its pool twice',
    ],
    ['a dataset 5', [[5, 7, 1, 30]], 'row 1: dataset is 5'],
    ['a campaign 0', [[1, 0, 1, 30]], 'row 1: campaign_id is 0'],
    ['a banner of 2^53', [[1, 7, 1, 2 ** 53]], 'row 1: banner_id is 9007199254740992'],
  ])('refuses %s', (_, rows, message) => {
    expect(() => poolsOfRows(rows)).toThrow(message)
  })
})
