import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BUILD_ID, rowsOf, writeBuild } from '../../../scripts/lib/pool-files.ts'
import { type FollowOptions, followBucket } from '../../../server/lambda/follow.ts'
import { findDetail } from '../../../server/pools/banner-details.ts'
import { loadBuild } from '../../../server/pools/load.ts'
import { addBanners } from '../../helpers/banner-rows.ts'
import { withFolder } from '../../helpers/folders.ts'
import { poolsOf } from '../../helpers/pools.ts'

/** A bucket in memory; an ETag is the length and the last byte that was written. */
class Bucket {
  readonly objects = new Map<string, Buffer>()
  readonly reads: string[] = []
  refuses = false

  readonly read = async (key: string, known?: string) => {
    this.reads.push(key)
    if (this.refuses) throw new Error('the store is away')
    const bytes = this.objects.get(key)
    if (bytes === undefined) return undefined
    const etag = bytes.toString('base64')
    return etag === known ? 'same' : { bytes, etag }
  }

  /** Puts a build of these pools where the batch job would. */
  async publish(banners: readonly number[], pools?: Buffer): Promise<void> {
    await withFolder(async (folder) => {
      await writeBuild(folder, rowsOf({ 7: banners }))
      const file = await readFile(join(folder, 'pools.parquet'))
      this.objects.set(`pools/builds/${BUILD_ID}/pools.parquet`, pools ?? file)
      this.objects.set('pools/manifest.json', await readFile(join(folder, 'manifest.json')))
    })
  }
}

/** What follows a bucket, and what it says. */
function follow(bucket: Bucket, packed?: readonly number[], requireDenylist = false) {
  const said: string[] = []
  const build = packed && { pools: poolsOf({ 7: packed }), createdAtMs: 0, version: 'packed' }
  const options: FollowOptions = {
    read: bucket.read,
    prefix: 'pools',
    requireDenylist,
    load: (folder) => loadBuild(folder, undefined),
    packed: () => build,
    info: (message) => said.push(message),
    fail: (message) => said.push(`failed: ${message}`),
  }
  const followed = followBucket(options)
  const banners = () => [...(followed.build()?.pools.bannerIds ?? [])].slice(0, 2)
  return { ...followed, banners, said }
}

describe('followBucket', () => {
  it('takes the banners of a build with its pools', async () => {
    const bucket = new Bucket()
    await withFolder(async (folder) => {
      await writeBuild(folder, rowsOf({ 7: [30] }))
      await addBanners(folder, ["(30, 'https://shop.example/', null, null, null)"])
      for (const file of ['pools.parquet', 'banners.parquet']) {
        bucket.objects.set(`pools/builds/${BUILD_ID}/${file}`, await readFile(join(folder, file)))
      }
      bucket.objects.set('pools/manifest.json', await readFile(join(folder, 'manifest.json')))
    })
    const followed = follow(bucket)
    await followed.look()

    const { pools } = followed.build() ?? {}
    expect(pools && findDetail(pools, 30)?.clickUrl).toBe('https://shop.example/')
  })

  it('serves the published build, and the next one', async () => {
    const bucket = new Bucket()
    await bucket.publish([30, 10])
    const followed = follow(bucket)
    await followed.look()
    expect(followed.banners()).toEqual([30, 10])

    await bucket.publish([20, 40])
    await followed.look()

    expect(followed.banners()).toEqual([20, 40])
    expect(followed.said).toEqual(Array(2).fill(`now serving build ${BUILD_ID}`))
  })

  it('reads the pools again only if they are others', async () => {
    const bucket = new Bucket()
    await bucket.publish([30])
    const followed = follow(bucket)
    await followed.look()
    bucket.reads.length = 0

    await followed.look()
    const [pointer] = bucket.objects.get('pools/manifest.json') ?? []
    expect(pointer).toBeDefined()
    bucket.objects.set(
      'pools/manifest.json',
      Buffer.concat([bucket.objects.get('pools/manifest.json') ?? Buffer.of(), Buffer.from('\n')]),
    )
    await followed.look()

    expect(bucket.reads.filter((key) => key.endsWith('.parquet'))).toEqual([])
    expect(followed.banners()).toEqual([30, 30])
  })

  it.each<[string, (bucket: Bucket) => unknown, RegExp]>([
    [
      'whose pools are not those of its manifest',
      (bucket) => bucket.publish([20], Buffer.from('PAR1 something else')),
      /has 19 bytes, the manifest says/,
    ],
    [
      'whose pools are missing',
      async (bucket) => {
        await bucket.publish([20])
        bucket.objects.delete(`pools/builds/${BUILD_ID}/pools.parquet`)
      },
      /is missing: pools\/builds/,
    ],
    [
      'whose manifest is none',
      (bucket) => bucket.objects.set('pools/manifest.json', Buffer.from('{}')),
      /format version is undefined/,
    ],
    ['that is gone', (bucket) => bucket.objects.clear(), /no build is published/],
    [
      'that the store does not give',
      (bucket) => {
        bucket.refuses = true
      },
      /the store is away/,
    ],
  ])('keeps the last good build instead of one %s', async (_, spoil, reason) => {
    const bucket = new Bucket()
    await bucket.publish([30, 10])
    const followed = follow(bucket)
    await followed.look()

    await spoil(bucket)
    await followed.look()

    expect(followed.banners()).toEqual([30, 10])
    expect(followed.said[1]).toMatch(/^failed: /)
    expect(followed.said[1]).toMatch(reason)
  })

  it('serves the packed build until the bucket gives one', async () => {
    const bucket = new Bucket()
    const followed = follow(bucket, [50, 60])
    await followed.look()
    expect(followed.banners()).toEqual([50, 60])

    await bucket.publish([30, 10])
    await followed.look()

    expect(followed.banners()).toEqual([30, 10])
  })

  it('joins a look that is under way', async () => {
    const bucket = new Bucket()
    await bucket.publish([30])
    const followed = follow(bucket)

    await Promise.all([followed.look(), followed.look()])

    expect(bucket.reads.filter((key) => key === 'pools/manifest.json')).toHaveLength(1)
  })

  it('follows the denylist beside the build, and keeps the last good one', async () => {
    const bucket = new Bucket()
    await bucket.publish([30])
    const followed = follow(bucket)
    const denied = async (text: string | undefined) => {
      if (text === undefined) bucket.objects.delete('pools/denylist.txt')
      else bucket.objects.set('pools/denylist.txt', Buffer.from(text))
      await followed.look()
      return [...(followed.denylist()?.banners ?? [])]
    }

    expect(await denied(undefined)).toEqual([])
    expect(await denied('banner 30\n')).toEqual([30])
    expect(await denied('banner thirty\n')).toEqual([30])
    expect(await denied('banner 31\n')).toEqual([31])
    expect(await denied(undefined)).toEqual([31])
    expect(followed.said.at(-1)).toBe(
      'failed: the last good denylist holds: is gone: pools/denylist.txt',
    )
    expect(await denied('')).toEqual([])
  })

  it.each<[string, (bucket: Bucket) => unknown]>([
    [
      'is bad',
      (bucket) => bucket.objects.set('pools/denylist.txt', Buffer.from('banner thirty\n')),
    ],
    [
      'is too large',
      (bucket) => bucket.objects.set('pools/denylist.txt', Buffer.alloc(1_000_001, '#')),
    ],
    [
      'is not given by the store',
      (bucket) => {
        bucket.refuses = true
      },
    ],
  ])('knows no denylist at the start while that %s', async (_, spoil) => {
    const bucket = new Bucket()
    await bucket.publish([30])
    await spoil(bucket)
    const followed = follow(bucket)
    await followed.look()

    expect(followed.denylist()).toBeUndefined()
    expect(followed.said.join()).toContain(
      'failed: nothing is served before the denylist can be read: ',
    )

    bucket.refuses = false
    bucket.objects.set('pools/denylist.txt', Buffer.from('banner 30\n'))
    await followed.look()
    expect([...(followed.denylist()?.banners ?? [])]).toEqual([30])
  })

  it('knows none without one that is required, until it is published', async () => {
    const bucket = new Bucket()
    await bucket.publish([30])
    const followed = follow(bucket, undefined, true)
    await followed.look()
    expect(followed.denylist()).toBeUndefined()

    bucket.objects.set('pools/denylist.txt', Buffer.from(''))
    await followed.look()

    expect(followed.denylist()).toEqual({ banners: new Set(), campaigns: new Set() })
  })
})
