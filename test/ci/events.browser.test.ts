/** Visitors in Chromium on a page of another site, and what a server that collects counts of them. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { withBrowser } from '../../scripts/lib/browser.ts'
import { rowsOf, writeBuild } from '../../scripts/lib/pool-files.ts'
import { runServer } from '../../scripts/lib/run-server.ts'
import { BROWSER_AGENT } from '../../scripts/lib/visitors.ts'
import { violationsOf } from '../helpers/axe.ts'
import { type Collected, readCollected } from '../helpers/collected.ts'
import { withFolder } from '../helpers/folders.ts'
import { faultsOf } from '../helpers/html.ts'
import { withSite } from '../helpers/site.ts'
import { size } from '../helpers/size.ts'

const VISITORS = size(12, 50)
const AT_ONCE = 6
const TOKEN = 'token-of-the-shop-1'
const LIMIT_MS = 30_000

/** Leaves the tab as soon as the banner has been drawn in it, and tells when two seconds are over. */
const LEAVE_TAB = `
  let hidden = false
  Object.defineProperty(document, 'hidden', { get: () => hidden })
  window.setHidden = (value) => {
    hidden = value
    document.dispatchEvent(new Event('visibilitychange'))
  }
  new MutationObserver((_, observer) => {
    if (!document.querySelector('[data-banner-status=filled]')) return
    observer.disconnect()
    requestAnimationFrame(() => requestAnimationFrame(() => {
      setHidden(true)
      setTimeout(() => (window.isAway = 2), 2_000)
    }))
  }).observe(document, { subtree: true, attributeFilter: ['data-banner-status'] })`

interface World {
  readonly browser: Browser
  readonly origin: string
  readonly server: string
}

/** Runs `fn` with a publisher's page, a server that collects into a folder, and a browser. */
async function withWorld(fn: (world: World) => Promise<void>): Promise<Collected> {
  return withFolder(async (folder) => {
    await writeBuild(folder, rowsOf({ 12: [101, 102, 103] }))
    await writeFile(join(folder, 'tokens'), `shop ${TOKEN}\n`)
    const events = join(folder, 'events')
    await withSite(async (origin, setFiles) => {
      const flags = ['--artifacts', folder, '--port', '0', '--collect', events]
      const target = ['--click-url', `${origin}/landed.html?c={click_id}`]
      const tokens = ['--conversion-tokens', join(folder, 'tokens')]
      await runServer([...flags, ...target, ...tokens], async (server) => {
        const slot = '<div data-banner-campaign="12" data-banner-target="_self"></div>'
        const head = `<meta charset="utf-8"><link rel="icon" href="data:,"><script src="${server}/embed.js" async></script>`
        const page = (html: string, body: string) =>
          `<!doctype html><html lang="en"${html}><head>${head}</head><body>${body}</body></html>`
        setFiles({
          '/index.html': page('', slot),
          '/refused.html': page(' data-banner-consent="no"', slot),
          '/landed.html': '<!doctype html><title>Landed</title>',
        })
        await withBrowser((browser) => fn({ browser, origin, server }))
      })
    })
    return readCollected(events)
  })
}

describe('a banner in Chromium', () => {
  it(`is counted once by each of ${VISITORS} visitors who see it, click and buy`, async () => {
    const collected = await withWorld(async (world) => {
      const visit = async (i: number) => {
        await withPage(world, {}, async (page) => {
          await seeBanner(page, `${world.origin}/`)
          if (i % 2 === 1) return
          const clickId = await clickBanner(page)
          // Back from the browser's history: the same decision, or another one that is seen, too.
          await page.goBack()
          await page.locator('[data-banner-status=filled]').waitFor({ timeout: LIMIT_MS })
          if (i % 4 === 0) await convert(world.server, i + 1, clickId)
        })
      }
      for (let i = 0; i < VISITORS; i += AT_ONCE) {
        await Promise.all(
          Array.from({ length: AT_ONCE }, (_, k) => i + k < VISITORS && visit(i + k)),
        )
      }
    })

    const clicks = Math.ceil(VISITORS / 2)
    // Whoever goes back to a page that was not kept sees a second banner.
    expect(collected.impressions).toBeGreaterThanOrEqual(VISITORS)
    expect(collected.impressions).toBeLessThanOrEqual(VISITORS + clicks)
    expect(collected.events).toBe(collected.impressions)
    expect(collected.clicks).toBe(clicks)
    expect(collected.conversions).toBe(Math.ceil(VISITORS / 4))
    expect(collected.views).toBeGreaterThan(0)
    expect(collected.reasons).toEqual([])
  }, 300_000)

  it('is not counted where the page or the browser says no', async () => {
    const collected = await withWorld(async (world) => {
      await withPage(world, {}, async (page) => {
        await page.goto(`${world.origin}/refused.html`)
        await page.locator('[data-banner-status=filled]').waitFor({ timeout: LIMIT_MS })
        expect(await page.locator('[data-banner-campaign] > a').getAttribute('href')).toBe(
          `${world.origin}/landed.html?c=`,
        )
      })
      await withPage(world, { extraHTTPHeaders: { 'Sec-GPC': '1' } }, async (page) => {
        await page.goto(`${world.server}/campaigns/12`)
        expect(await page.locator('a').first().getAttribute('href')).toContain('/landed.html?c=')
      })
    })

    expect(collected).toMatchObject({ impressions: 0, clicks: 0, views: 0 })
  }, 120_000)

  it('is not counted before a tab in the background is looked at', async () => {
    const collected = await withWorld(async (world) => {
      await withPage(world, {}, async (page) => {
        await page.addInitScript(() => {
          const { document } = globalThis as unknown as { document: object }
          Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })
        })
        let asked = 0
        page.on('request', (request) => {
          if (request.url().includes('/impressions/')) asked++
        })
        await page.goto(`${world.origin}/`)
        await page.locator('[data-banner-status=filled]').waitFor({ timeout: LIMIT_MS })
        expect(asked).toBe(0)
        const seen = page.waitForResponse(/\/impressions\/[\w-]{90}$/, { timeout: LIMIT_MS })
        await page.evaluate(() => {
          const { document, Event: Happening } = globalThis as unknown as {
            document: { dispatchEvent: (event: object) => void }
            Event: new (name: string) => object
          }
          Object.defineProperty(document, 'hidden', { configurable: true, get: () => false })
          document.dispatchEvent(new Happening('visibilitychange'))
        })
        expect((await seen).status()).toBe(204)
      })
    })

    expect(collected).toMatchObject({ impressions: 1, clicks: 0 })
  }, 120_000)

  it('is not viewed while its tab is left within the second', async () => {
    const collected = await withWorld(async (world) => {
      await withPage(world, {}, async (page) => {
        await page.addInitScript(LEAVE_TAB)
        let views = 0
        page.on('request', (request) => {
          if (request.url().endsWith('?viewable')) views++
        })
        const viewed = page.waitForResponse(/\?viewable$/, { timeout: LIMIT_MS })
        await page.goto(`${world.origin}/`)
        await page.waitForFunction('window.isAway === 2', undefined, { timeout: LIMIT_MS })
        expect(views).toBe(0)
        await page.evaluate('setHidden(false)')
        expect((await viewed).status()).toBe(204)
      })
    })

    expect(collected).toMatchObject({ impressions: 1, views: 1, clicks: 0, reasons: [] })
  }, 120_000)

  it('is counted without a script, by the address of its picture', async () => {
    const collected = await withWorld(async (world) => {
      await withPage(world, { javaScriptEnabled: false }, async (page) => {
        const seen = page.waitForResponse(/\/impressions\/[\w-]{90}\.png$/, { timeout: LIMIT_MS })
        await page.goto(`${world.server}/campaigns/12`)
        expect((await seen).status()).toBe(302)
        await clickOwnLink(page)
      })
    })

    expect(collected).toMatchObject({ impressions: 1, clicks: 1, reasons: [] })
  }, 120_000)
})

async function withPage(
  { browser }: World,
  options: BrowserContextOptions,
  fn: (page: Page) => Promise<void>,
): Promise<void> {
  // Chromium without a window says so, as robots do.
  const context = await browser.newContext({ userAgent: BROWSER_AGENT, ...options })
  try {
    await fn(await context.newPage())
  } finally {
    await context.close()
  }
}

/** Two banners are clicked, of which one is seen, once more and by a robot: rows, warnings and reasons. */
async function makeRows(server: string): Promise<void> {
  const headers = { 'user-agent': BROWSER_AGENT }
  const decide = async () => (await fetch(`${server}/campaigns/12`, { headers })).json()
  const [seen, unseen] = [await decide(), await decide()] as Record<string, string>[]
  const asked = [seen?.impression_url, seen?.click_url, seen?.click_url, unseen?.click_url]
  for (const url of asked) await fetch(String(url), { headers, redirect: 'manual' })
  await fetch(String(unseen?.impression_url), { headers: { 'user-agent': 'Twitterbot/1.0' } })
}

/** Waits until the banner is seen, counted, and was in sight for a second. */
async function seeBanner(page: Page, url: string): Promise<void> {
  const seen = page.waitForResponse(/\/impressions\/[\w-]{90}$/, { timeout: LIMIT_MS })
  const viewed = page.waitForResponse(/\/impressions\/[\w-]{90}\?viewable$/, { timeout: LIMIT_MS })
  await page.goto(url)
  expect((await seen).status()).toBe(204)
  expect((await viewed).status()).toBe(204)
}

async function clickBanner(page: Page): Promise<string> {
  await page.locator('[data-banner-campaign] > a').click()
  await page.waitForURL(/\/landed\.html/, { timeout: LIMIT_MS })
  return new URL(page.url()).searchParams.get('c') ?? ''
}

/** The link of the page of a campaign opens another tab. */
async function clickOwnLink(page: Page): Promise<void> {
  const opened = page.context().waitForEvent('page', { timeout: LIMIT_MS })
  await page.locator('main a').first().click()
  await (await opened).waitForURL(/\/landed\.html\?c=\d+\./, { timeout: LIMIT_MS })
}

async function convert(server: string, conversionId: number, clickId: string): Promise<void> {
  const response = await fetch(`${server}/conversions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ conversion_id: conversionId, click_id: clickId, revenue: 5 }),
  })
  expect(response.status).toBe(200)
}

describe('the numbers of today in Chromium', () => {
  it.each(['light', 'dark'] as const)(
    'leave axe, html-validate and the console no complaint, %s',
    async (colorScheme) => {
      const complaints: string[] = []
      await withWorld(async (world) => {
        const url = `${world.server}/explorer/events`
        const look = async (viewport: { width: number; height: number }, isEmpty: boolean) => {
          await withPage(world, { colorScheme, viewport }, async (page) => {
            page.on('console', (message) => complaints.push(message.text()))
            page.on('pageerror', (error) => complaints.push(error.message))
            const response = await page.goto(url)
            const found = await violationsOf(page)
            const faults = await faultsOf((await response?.text()) ?? '')
            expect({ viewport, found, faults }).toEqual({ viewport, found: [], faults: [] })
            expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width)
            expect(await page.getByText('Nothing yet.').count()).toBe(isEmpty ? 1 : 0)
            expect((await page.locator('.notice').count()) > 0).toBe(!isEmpty)
          })
        }
        await look({ width: 1100, height: 900 }, true)
        await makeRows(world.server)
        await look({ width: 1100, height: 900 }, false)
        await look({ width: 320, height: 640 }, false)
      })

      expect(complaints).toEqual([])
    },
    120_000,
  )
})
