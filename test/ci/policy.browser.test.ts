/** The pages under their own content security policy: the browser has nothing to complain about. */
import { describe, expect, it } from 'vitest'
import { withBrowser } from '../../scripts/lib/browser.ts'
import { rowsOf, writeBuild } from '../../scripts/lib/pool-files.ts'
import { runServer } from '../../scripts/lib/run-server.ts'
import { withFolder } from '../helpers/folders.ts'

describe('the browser', () => {
  it.each([
    ['/campaigns/7', 'h1', 'Campaign 7'],
    ['/docs', '.info .title', 'Banner pools'],
  ])('shows %s without a complaint', async (path, selector, text) => {
    await withFolder(async (folder) => {
      await writeBuild(folder, rowsOf({ 7: [30] }))
      const complaints: string[] = []

      await runServer(['--artifacts', folder, '--port', '0'], (url) =>
        withBrowser(async (browser) => {
          const page = await browser.newPage()
          page.on('console', (message) => complaints.push(message.text()))
          page.on('pageerror', (error) => complaints.push(error.message))
          page.on('request', (request) => {
            if (!/^(data:|http:\/\/127\.0\.0\.1)/.test(request.url()))
              complaints.push(request.url())
          })
          await page.goto(url + path, { waitUntil: 'networkidle' })
          expect(await page.locator(selector).first().textContent()).toContain(text)
        }),
      )

      expect(complaints).toEqual([])
    })
  })
})
