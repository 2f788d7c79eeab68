import { appendFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { BannerRow } from '../../../contract/columns.ts'
import { rowsOf, writeBuild } from '../../../scripts/lib/pool-files.ts'
import {
  createBannerDetails,
  findDetail,
  NO_DETAILS,
} from '../../../server/pools/banner-details.ts'
import { applyChange } from '../../../server/pools/changes/apply-change.ts'
import { createLivePools } from '../../../server/pools/changes/live-pools.ts'
import { loadBuild, loadPools } from '../../../server/pools/load.ts'
import { loadInThread } from '../../../server/pools/load-thread.ts'
import { formatSnapshot, parseSnapshot } from '../../../server/pools/snapshot.ts'
import { addBanners, type BannerValues } from '../../helpers/banner-rows.ts'
import { withFolder } from '../../helpers/folders.ts'
import { poolsOf } from '../../helpers/pools.ts'

const NONE = { clickUrl: undefined, alt: undefined, width: undefined, height: undefined }
const ROW: BannerRow = { banner_id: 30, click_url: null, alt: null, width: null, height: null }
const VALUES = [
  `(10, 'https://shop.example/?b={banner_id}', 'Größe – 50 %', 728, 90)`,
  `(30, null, null, 300, null)`,
  `(9007199254740991, 'http://a.example/', null, null, null)`,
]

/** Runs `fn` with the folder of a build that has these banners. */
function withBanners<T>(rows: BannerValues, fn: (folder: string) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    await writeBuild(folder, rowsOf({ 7: [30, 10] }))
    await addBanners(folder, rows)
    return fn(folder)
  })
}

describe('loadPools', () => {
  it('reads the banners of a build', async () => {
    const pools = await withBanners(VALUES, loadPools)

    expect(findDetail(pools, 10)).toEqual({
      clickUrl: 'https://shop.example/?b={banner_id}',
      alt: 'Größe – 50 %',
      width: 728,
      height: 90,
    })
    expect(findDetail(pools, 30)).toEqual({ ...NONE, width: 300 })
    expect(findDetail(pools, 9007199254740991)).toEqual({ ...NONE, clickUrl: 'http://a.example/' })
    expect(findDetail(pools, 11)).toBeUndefined()
  })

  it('reads many banners, also those that share texts', async () => {
    const rows = Array.from({ length: 5_000 }, (_, i) => {
      return `(${i + 1}, 'https://shop.example/${i % 3}', ${i % 2 === 0 ? `'Offer ${i}'` : 'null'}, ${i + 1}, 90)`
    })
    const pools = await withBanners(rows, loadPools)

    for (let i = 0; i < 5_000; i++) {
      expect(findDetail(pools, i + 1)).toEqual({
        clickUrl: `https://shop.example/${i % 3}`,
        alt: i % 2 === 0 ? `Offer ${i}` : undefined,
        width: i + 1,
        height: 90,
      })
    }
  })

  it('knows nothing of banners where the build has none', async () => {
    const pools = await withFolder(async (folder) => {
      await writeBuild(folder, rowsOf({ 7: [30] }))
      return loadPools(folder)
    })

    expect(findDetail(pools, 30)).toBeUndefined()
  })

  it.each<[string, (file: string) => Promise<void>, string]>([
    ['is missing', (file) => rm(file), 'cannot be read (ENOENT)'],
    ['was altered', (file) => appendFile(file, 'x'), 'the manifest says'],
  ])('refuses a build whose banners.parquet %s', async (_, spoil, message) => {
    const loading = withBanners(VALUES, async (folder) => {
      await spoil(join(folder, 'banners.parquet'))
      return loadPools(folder)
    })

    await expect(loading).rejects.toThrow(message)
  })

  it.each([
    [`(30, 'javascript:alert(1)', null, null, null)`, 'row 1: click_url is no http or https URL'],
    [`(30, 'https://a.example/ b', null, null, null)`, 'row 1: click_url is no http or https URL'],
    [`(0, null, null, null, null)`, 'row 1: banner_id is 0'],
    [`(30, null, null, 0, null)`, 'row 1: width is 0'],
    [`(30, null, null, 300, 65536)`, 'row 1: height is 65536'],
  ])('refuses the row %s, which breaks the contract', async (row, message) => {
    await expect(withBanners([row], loadPools)).rejects.toThrow(`${message}, build again`)
  })

  it('refuses a banner that is there twice, or out of order', async () => {
    const rows = ['(30, null, null, 1, 1)', '(30, null, null, 2, 2)']

    await expect(withBanners(rows, loadPools)).rejects.toThrow(
      'row 2: rows are not sorted by banner_id, build again',
    )
  })
})

describe('loadBuild', () => {
  it('finds a build altered whose pools are the known ones', async () => {
    const loading = withBanners(VALUES, async (folder) => {
      const { version } = (await loadBuild(folder, undefined)) ?? {}
      await appendFile(join(folder, 'banners.parquet'), 'x')
      return loadBuild(folder, version)
    })

    await expect(loading).rejects.toThrow('the manifest says')
  })
})

describe('the details', () => {
  it('are handed over by the thread that loads', async () => {
    const build = await withBanners(VALUES, (folder) => loadInThread(folder))

    expect(build && findDetail(build.pools, 10)?.alt).toBe('Größe – 50 %')
  })

  it('are packed with the pools', async () => {
    const pools = await withBanners(VALUES, loadPools)
    const packed = parseSnapshot(formatSnapshot({ pools, createdAtMs: 0, version: '' }))

    expect(findDetail(packed.pools, 10)).toEqual(findDetail(pools, 10))
  })

  it('stay when a change is applied', async () => {
    const live = createLivePools(await withBanners(VALUES, loadPools))
    const change = {
      datasets: Uint8Array.of(1),
      campaignIds: Float64Array.of(7),
      sizes: Uint8Array.of(1),
      bannerIds: Float64Array.of(10),
      isWide: false,
    }
    applyChange(live, change, { n: 1, buildId: 'b+1' })

    expect(findDetail(live.pools, 10)?.width).toBe(728)
  })

  it('are none for pools without', () => {
    expect(findDetail(poolsOf({ 7: [30] }), 30)).toBeUndefined()
    expect(findDetail(NO_DETAILS, 1)).toBeUndefined()
  })

  it('are found wherever their ids meet in the table', () => {
    const rows = Array.from({ length: 1_000 }, (_, i) => ({
      ...ROW,
      banner_id: (i + 1) * 4_096,
      width: i + 1,
    }))
    const details = createBannerDetails(rows)

    for (const { banner_id, width } of rows) {
      expect(findDetail(details, banner_id)).toEqual({ ...NONE, width })
    }
  })
})
