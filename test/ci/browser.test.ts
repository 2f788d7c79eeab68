/** The page and the endpoint as a real browser uses them, with the real data and pictures. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPools } from '../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../pipeline/commands/features.ts'
import { withBrowser } from '../../scripts/lib/browser.ts'
import { runServer } from '../../scripts/lib/run-server.ts'
import { createFolder, removeFolder } from '../helpers/folders.ts'

const DATA = fileURLToPath(new URL('../../../shared/data', import.meta.url))

describe('the page of a campaign in Chromium', () => {
  let out = ''

  beforeAll(async () => {
    out = await createFolder()
    await buildPools({ ...BUILD_DEFAULTS, input: join(DATA, 'csv'), out })
  })
  afterAll(() => removeFolder(out))

  /** Opens a page of a server with the real pictures; errors on the console fail the test. */
  async function withPage(fn: (page: Page, url: string) => Promise<void>): Promise<void> {
    const flags = ['--artifacts', out, '--port', '0', '--images', join(DATA, 'images')]
    const errors: string[] = []
    await runServer(flags, (url) =>
      withBrowser(async (browser) => {
        const page = await browser.newPage()
        page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
        page.on('pageerror', (error) => errors.push(error.message))
        await fn(page, url)
      }),
    )
    expect(errors).toEqual([])
  }

  it('shows the banner at its size, and another one after each reload', async () => {
    const banners: string[] = []

    await withPage(async (page, url) => {
      await page.goto(`${url}/campaigns/43`)
      for (let reload = 0; reload < 20; reload += 1) {
        const picture = page.locator('img')
        const size = await picture.evaluate((image) => {
          const { naturalWidth, naturalHeight } = image as unknown as Record<string, number>
          return [naturalWidth, naturalHeight]
        })
        expect(size).toEqual([300, 250])
        banners.push((await picture.getAttribute('alt')) ?? '')
        await page.reload()
      }
    })

    expect(banners).toHaveLength(20)
    expect(banners.filter((banner, index) => banner === banners[index - 1])).toEqual([])
  })

  it('leads from the picture to its target and shows another one at the link', async () => {
    await withPage(async (page, url) => {
      await page.goto(`${url}/campaigns/43`)
      const first = await page.locator('img').getAttribute('alt')
      const target = await page.locator('a:has(img)').getAttribute('href')
      await page.getByRole('link', { name: 'Show another one' }).click()

      expect(target).toBe(`${url}/images/${first?.replace('Banner ', '')}`)
      expect(await page.locator('img').getAttribute('alt')).not.toBe(first)
    })
  })

  it('is a picture in an img of another site, and JSON to its scripts', async () => {
    const publisher = createServer((_, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>publisher</title>')
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => publisher.once('listening', resolve))
    const { port } = publisher.address() as AddressInfo

    await withPage(async (page, url) => {
      await page.goto(`http://localhost:${port}/`)
      await page.setContent(`<img src="${url}/campaigns/43">`)
      const width = await page.locator('img').evaluate(async (image) => {
        const picture = image as unknown as { decode(): Promise<void>; naturalWidth: number }
        await picture.decode()
        return picture.naturalWidth
      })
      const answer = await page.evaluate(
        async (path) =>
          (await (await fetch(path)).json()) as { campaign_id: number; pool_size: number },
        `${url}/campaigns/43`,
      )

      expect(width).toBe(300)
      expect(answer).toMatchObject({ campaign_id: 43, pool_size: 10 })
    })
    publisher.close()
  })
})
