import { copyFile, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { BANNER_STATS_FILE } from '../../../../contract/schema.ts'
import { createDetails } from '../../../../server/explorer/data/details.ts'
import { explorerWorld, withOpenBuild } from '../../../helpers/explorer.ts'

describe('createDetails', () => {
  it('explains a campaign, and a banner of it', async () => {
    await withOpenBuild(explorerWorld(), async ({ build, details, faults }) => {
      const quarters = await details.explain(build, 7, 42)

      expect(quarters).toMatchObject([
        {
          dataset: 1,
          converted_count: 12,
          candidate_count: 13,
          // 1230 + 1130 + … + 130, and without 230 and 130.
          revenue: '8160.000000',
          pool_revenue: '7800.000000',
          missed: [
            { banner_id: 40, needs: { more_revenue: '100.000001' } },
            { banner_id: 41, needs: { more_revenue: '200.000001' } },
            { banner_id: 42, needs: { conversion_of: '330.000001' } },
          ],
          banner: { banner_id: 42, reason: 'out_not_converted' },
        },
        { dataset: 2, pool: [{ banner_id: 30, reason: 'in_random_fill' }], banner: null },
      ])
      expect(faults).toEqual([])
    })
  })

  it('adds up what the pools of campaigns earned', async () => {
    await withOpenBuild(explorerWorld(), async ({ build, details }) => {
      expect(await details.addRevenues(build, [8, 7, 1000])).toEqual([
        '0.000000',
        '7800.000000',
        '0.000000',
      ])
    })
  })

  it('says once that a file is altered, and reads it when it is good again', async () => {
    await withOpenBuild(explorerWorld(), async ({ build, details, faults }) => {
      const path = join(build.folder, BANNER_STATS_FILE)
      const good = `${path}.good`
      await copyFile(path, good)
      const bytes = await readFile(path)
      bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100)
      await writeFile(path, bytes)

      expect(await details.explain(build, 7)).toBe('unusable')
      expect(await details.explain(build, 8)).toBe('unusable')
      expect(faults).toEqual([
        `sha256 differs from the manifest, the file was altered, build again: ${path}`,
      ])
      await rename(good, path)
      expect(await details.explain(build, 7)).toHaveLength(2)
    })
  })

  it('notices that a file is altered after it was read', async () => {
    await withOpenBuild(explorerWorld(), async ({ build, details }) => {
      await details.explain(build, 7)
      const path = join(build.folder, BANNER_STATS_FILE)
      const bytes = await readFile(path)
      bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100)
      await writeFile(path, bytes)

      expect(await details.explain(build, 8)).toBe('unusable')
    })
  })

  it('says that a file is missing', async () => {
    await withOpenBuild(explorerWorld(), async ({ build, details, faults }) => {
      await rm(join(build.folder, BANNER_STATS_FILE))

      expect(await details.explain(build, 7)).toBe('unusable')
      expect(faults).toEqual([expect.stringMatching(/^cannot be read \(ENOENT\), build again: /)])
    })
  })

  it('says that the manifest does not list a file', async () => {
    await withOpenBuild(explorerWorld(), async ({ build, details, faults }) => {
      const manifest = { ...build.manifest, outputs: [] }

      expect(await details.explain({ ...build, manifest }, 7)).toBe('unusable')
      expect(await details.addRevenues({ ...build, manifest }, [7])).toBe('unusable')
      expect(faults).toEqual([
        'the manifest does not list banner_stats.parquet',
        'the manifest does not list pools.parquet',
      ])
    })
  })

  it('goes on reading for whoever asks again', async () => {
    await withOpenBuild(explorerWorld(), async ({ build }) => {
      const faults: string[] = []
      const details = createDetails((fault) => faults.push(fault), 0)
      try {
        expect(await details.explain(build, 7)).toBe('reading')
        await vi.waitFor(async () => expect(await details.explain(build, 7)).toHaveLength(2), {
          timeout: 30_000,
        })
        expect(faults).toEqual([])
      } finally {
        await details.stop()
      }
    })
  })

  it('turns away those who would have to queue for long', async () => {
    await withOpenBuild(explorerWorld(), async ({ build, details }) => {
      const ids = Array.from({ length: 60 }, (_, place) => 1000 + place)

      const answers = await Promise.all(ids.map((id) => details.explain(build, id)))

      const busy = answers.filter((answer) => answer === 'busy').length
      expect(busy).toBeGreaterThan(0)
      expect(answers.filter(Array.isArray).length).toBe(60 - busy)
    })
  })
})
