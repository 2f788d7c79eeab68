/** The snippets of docs/embedding.md, each under the policy that stands below it. */
import { readFile } from 'node:fs/promises'
import type { Frame } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { rowsOf, writeBuild } from '../../scripts/lib/pool-files.ts'
import { runServer } from '../../scripts/lib/run-server.ts'
import { withFolder } from '../helpers/folders.ts'
import { type OpenPage, type Site, withPublisher } from '../helpers/publisher.ts'

const DOCUMENT = await readFile(new URL('../../docs/embedding.md', import.meta.url), 'utf8')
const SERVER = /https:\/\/banners\.example/g

describe('docs/embedding.md', () => {
  it.each(['The script', '`<img>`', '`<iframe>`', '`fetch`'])(
    'shows a picture by its snippet for %s',
    async (title) => {
      await visit(title, async ({ page, errors }) => {
        const frames = () => Promise.all(page.frames().map(widthOfPicture))
        await expect.poll(async () => (await frames()).find(Boolean)).toBe(300)
        expect(errors).toEqual([])
      })
    },
  )

  it('shows nothing but the picture in an iframe', async () => {
    await visit('`<iframe>`', async ({ page }) => {
      const content = page.frameLocator('iframe').locator('body')
      const picture = content.locator('img')
      const place = await page.locator('iframe').boundingBox()

      expect(await picture.boundingBox()).toEqual(place)
      expect(
        await content.locator(':text-is("Another one"), h1, dl').locator('visible=true').count(),
      ).toBe(0)
    })
  })
})

/** Opens a page that is the snippet. */
async function visit(title: string, fn: (opened: OpenPage) => Promise<void>): Promise<void> {
  expect.hasAssertions()
  await withFolder(async (folder) => {
    await writeBuild(folder, rowsOf({ 12: [101, 102] }))
    await withPublisher((_, open) =>
      runServer(['--artifacts', folder, '--port', '0'], async (server) =>
        fn(await open(siteOf(title, server))),
      ),
    )
  })
}

/** The site that a section of the document describes. */
function siteOf(title: string, server: string): Site {
  const section = DOCUMENT.split(/^## /m).find((text) => text.startsWith(title)) ?? ''
  const block = (language: string) =>
    new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'ms')
      .exec(section)?.[1]
      ?.replace(SERVER, server) ?? ''
  const policy = block('http').trim().replace('Content-Security-Policy: ', '')
  const html = `<!doctype html><link rel="icon" href="data:,">${block('html')}`
  const files = { '/index.html': html, '/site.css': block('css'), '/banner.js': block('js') }
  // The icon is the test's own: without it browsers ask for /favicon.ico.
  return {
    files,
    policy: policy.includes('img-src')
      ? policy.replace('img-src', 'img-src data:')
      : `${policy}; img-src data:`,
  }
}

function widthOfPicture(frame: Frame): Promise<number> {
  return frame.evaluate('document.querySelector("img")?.naturalWidth ?? 0')
}
