import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { rowsOf, writeBuild } from '../../scripts/lib/pool-files.ts'
import { createApp, openBuild } from '../../server/library.ts'
import { withFolder } from '../helpers/folders.ts'

describe('openBuild', () => {
  it('gives an app that answers from the published build and counts it', async () => {
    await withFolder(async (artifacts) => {
      await writeBuild(artifacts, rowsOf({ 7: [30] }))
      const build = await openBuild({ artifacts, publicUrl: 'https://shop.example/ads' })
      const app = createApp(build.options)

      const response = await app.request('/campaigns/7?dataset=2')

      expect(await response.json()).toMatchObject({
        banner_id: 30,
        build_id: build.buildId(),
        image_url: 'https://shop.example/ads/images/30',
      })
      expect(await build.metrics()).toContain('banner_pools_requests_total')
      build.stop()
    })
  })

  it('follows the denylist, and reports one that is bad', async () => {
    await withFolder(async (artifacts) => {
      await writeBuild(artifacts, rowsOf({ 7: [30, 31] }))
      const onError = vi.fn()
      const build = await openBuild({ artifacts }, { onError })
      const app = createApp(build.options)

      await writeFile(join(artifacts, 'denylist.txt'), 'campaign 7\n')
      await vi.waitFor(
        async () => expect((await app.request('/campaigns/7')).status).toBe(204),
        5_000,
      )
      await writeFile(join(artifacts, 'denylist.txt'), 'nonsense\n')
      await vi.waitFor(() => expect(onError).toHaveBeenCalledTimes(1), 5_000)
      build.stop()

      expect((await app.request('/campaigns/7')).status).toBe(204)
    })
  })

  it('refuses a folder without a build', async () => {
    await withFolder(async (artifacts) => {
      await expect(openBuild({ artifacts })).rejects.toThrow(/no build found/)
    })
  })
})
