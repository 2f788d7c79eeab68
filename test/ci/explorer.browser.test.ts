/** The explorer and the other pages in Chromium: what it complains about, what axe does, and that keys are enough. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPools } from '../../pipeline/build/build.ts'
import { addEvaluation, BUILD_DEFAULTS, createRecorder } from '../../pipeline/commands/features.ts'
import { makeSample } from '../../pipeline/sample/sample.ts'
import { withBrowser } from '../../scripts/lib/browser.ts'
import { runServer } from '../../scripts/lib/run-server.ts'
import { violationsOf } from '../helpers/axe.ts'
import { createFolder, removeFolder } from '../helpers/folders.ts'

/** Of the sample: in its campaign 12 banner 180 is in the pool of quarter 1. */
const EXPLORER_PAGES = [
  '/',
  '/?q=1',
  '/explorer/campaigns/12?dataset=1',
  '/explorer/campaigns/12?dataset=1&draw=1',
  '/explorer/campaigns/12/banners/180',
  '/explorer/campaigns/12/banners/253',
  '/explorer/banners/180',
  '/explorer/builds',
  '/explorer/builds/BUILD',
  '/explorer/builds/BUILD/rejects',
  '/explorer/builds/BUILD/diff?from=EARLIER',
]
const PAGES = [...EXPLORER_PAGES, '/campaigns/12?dataset=1']
const FAILURES = ['/?q=x', '/explorer/campaigns/99999', '/explorer/campaigns/x', '/explorer/x']

const DESKTOP = { width: 1100, height: 900 }
const PHONE = { width: 320, height: 640 }

describe('in Chromium', () => {
  let artifacts = ''
  /** What stands for build ids in paths. */
  let ids: Readonly<Record<string, string>> = {}
  beforeAll(async () => {
    const folder = await createFolder()
    artifacts = `${folder}/out`
    await makeSample({ out: `${folder}/in`, scale: 1, seed: 0 })
    const limits = { threads: 2, memoryLimit: '1GB' }
    const record = createRecorder({ ...limits, madeBy: 'batch', historyDays: 400 })
    const options = { ...BUILD_DEFAULTS, input: `${folder}/in`, out: artifacts, record }
    const yesterday = new Date(Date.now() - 90_000_000)
    const first = await buildPools({ ...options, seed: 1, now: () => yesterday })
    const second = await buildPools({ ...options, evaluate: addEvaluation })
    ids = { EARLIER: first.build_id, BUILD: second.build_id }
  })
  afterAll(() => removeFolder(artifacts.replace(/\/out$/, '')))

  /** Opens pages of a server with the sample; `complaints` are of the console, of scripts, and of requests elsewhere. */
  async function visit(
    fn: (open: (path: string, look?: BrowserContextOptions) => Promise<Page>) => Promise<void>,
    { flags = [], elsewhere = '' }: { flags?: readonly string[]; elsewhere?: string } = {},
  ): Promise<string[]> {
    expect.hasAssertions()
    const complaints: string[] = []
    await runServer(['--artifacts', artifacts, '--port', '0', ...flags], (url) =>
      withBrowser((browser: Browser) =>
        fn(async (pattern, look) => {
          const path = pattern.replaceAll(/BUILD|EARLIER/g, (word) => ids[word] ?? word)
          const page = await (await browser.newContext(look)).newPage()
          page.on('console', (message) => complaints.push(`${path}: ${message.text()}`))
          page.on('pageerror', (error) => complaints.push(`${path}: ${error.message}`))
          page.on('request', (request) => {
            const isExpected = [url, 'data:', elsewhere || url].some((start) =>
              request.url().startsWith(start),
            )
            if (!isExpected) complaints.push(`${path}: asks ${request.url()}`)
          })
          // Only this page goes on loading when it is loaded.
          await page.goto(url + path, { waitUntil: path === '/docs' ? 'networkidle' : 'load' })
          // On a slow machine the first page does not wait for the thread that reads.
          while ((await page.getByText('are being read').count()) > 0) await page.reload()
          return page
        }),
      ),
    )
    return complaints
  }

  it.each(['light', 'dark'] as const)(
    'no page leaves axe or the console a complaint, %s',
    async (colorScheme) => {
      const complaints = await visit(async (open) => {
        for (const path of PAGES) {
          for (const viewport of [DESKTOP, PHONE]) {
            const page = await open(path, { colorScheme, viewport })
            expect({ path, viewport, found: await violationsOf(page) }).toEqual({
              path,
              viewport,
              found: [],
            })
            await page.context().close()
          }
        }
      })

      expect(complaints).toEqual([])
    },
  )

  it('the description of the API has no grave fault either, with all of it open', async () => {
    const complaints = await visit(async (open) => {
      const page = await open('/docs')
      await page.locator('.opblock-summary-control').first().waitFor()
      for (const route of await page.locator('.opblock-summary-control').all()) await route.click()
      await page.locator('.parameters-col_description > select').first().waitFor()

      const found = await violationsOf(page)
      // The others are moderate: Swagger UI leaves out a level of headings.
      expect(found.filter((violation) => /^(serious|critical) /.test(violation))).toEqual([])
    })

    expect(complaints).toEqual([])
  })

  it('lets a visitor try a route with what stands there, and shows a real answer', async () => {
    const complaints = await visit(async (open) => {
      const page = await open('/docs')
      const route = page.locator('#operations-Banners-get_campaigns__id_')
      await route.locator('.opblock-summary-control').click()
      await route.locator('.try-out__btn').click()
      await route.locator('.execute').click()
      const answer = route.locator('.live-responses-table .response')
      await answer.first().waitFor()

      expect(await answer.first().locator('.response-col_status').textContent()).toMatch(/^200/)
      expect(await answer.first().locator('.response-col_description').textContent()).toContain(
        'banner_id',
      )
    })

    expect(complaints).toEqual([])
  })

  it('no page of a failure does either, but that it is one', async () => {
    const complaints = await visit(async (open) => {
      for (const path of FAILURES) {
        const page = await open(path)
        expect({ path, found: await violationsOf(page) }).toEqual({ path, found: [] })
      }
    })

    expect(complaints).toHaveLength(FAILURES.length)
    expect(complaints.filter((text) => !text.includes('Failed to load resource'))).toEqual([])
  })

  it.each([
    ['at 320 pixels', PHONE, 1],
    ['with text twice as large', { width: 640, height: 800 }, 2],
  ])('no page of the explorer scrolls sideways %s', async (_, viewport, scale) => {
    await visit(async (open) => {
      for (const path of [...EXPLORER_PAGES, ...FAILURES]) {
        const page = await open(path, { viewport })
        await page.evaluate(`document.documentElement.style.fontSize = '${scale * 100}%'`)
        const width = await page.evaluate('document.documentElement.scrollWidth')
        expect({ path, width }).toEqual({ path, width: viewport.width })
      }
    })
  })

  it('leads by keys alone, and without scripts, from the search to what a banner lacks', async () => {
    const complaints = await visit(async (open) => {
      const page = await open('/', { javaScriptEnabled: false })
      await page.keyboard.press('Tab')
      expect(await focusOf(page)).toBe('Skip to the content')
      await page.keyboard.press('Enter')

      await pressUntil(page, 'q')
      await page.keyboard.type('12')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/?q=12')
      await pressUntil(page, '12')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/explorer/campaigns/12')
      await pressUntil(page, 'Quarter 1')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/explorer/campaigns/12?dataset=1')
      await pressUntil(page, 'draw')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/explorer/campaigns/12?dataset=1&draw=1*')
      expect(await page.locator('.preview figcaption').textContent()).toMatch(
        /^Banner \d+: its chance was 1 in 10\.$/,
      )
      await pressUntil(page, 'id')
      await page.keyboard.type('253')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/explorer/campaigns/12/banners/253')

      expect(await page.locator('.standing').first().textContent()).toContain('It would need')
      expect(await page.context().cookies()).toEqual([])
    })

    expect(complaints).toEqual([])
  })

  it('answers what people ask in the morning, a click or two each', async () => {
    const complaints = await visit(async (open) => {
      const page = await open('/')
      // Which campaign lost most? It stands there; all of them are one click away.
      expect(await page.getByText('Lost most').count()).toBe(1)
      await page.getByRole('link', { name: 'Change', exact: true }).click()
      expect(await page.locator('[aria-sort=ascending]').textContent()).toBe('Change')
      // What did that build reject?
      await page.locator('a[href$="/rejects"]').first().click()
      expect(await page.locator('h1').textContent()).toBe('Rejected rows')
      // Why is a banner not in a campaign?
      await page.goto(new URL('/explorer/campaigns/12', page.url()).href)
      await page.locator('#banner').fill('253')
      await page.getByRole('button', { name: 'Explain' }).click()
      expect(await page.locator('.standing').first().textContent()).toContain('It would need')
      // The code for a page.
      await page.goBack()
      expect(await page.locator('#code-script').inputValue()).toMatch(
        /^<div data-banner-campaign="12"><\/div>\n<script async src="http:\/\/[^"]+\/embed\.js">/,
      )
      // Which pools are luck? Those that chance would fill otherwise come first; each banner's share stands beside it.
      await page.goto(new URL('/', page.url()).href)
      await page.getByRole('link', { name: 'Stability', exact: true }).click()
      expect(await page.locator('[aria-sort=ascending]').textContent()).toBe('Stability')
      const shares = (await page.locator('tbody td:nth-child(7)').allTextContents()).map(parseFloat)
      expect(shares).toHaveLength(50)
      expect(shares).toEqual(shares.toSorted((a, b) => a - b))
      await page.goto(new URL('/explorer/campaigns/12', page.url()).href)
      expect(await page.getByText('of random halves of the clicks').count()).toBe(10)
    })

    expect(complaints).toEqual([])
  })

  it('draws charts on the server, without scripts', async () => {
    await visit(async (open) => {
      const page = await open('/', { javaScriptEnabled: false })

      expect(await page.locator('svg.chart').count()).toBe(1)
      expect(await page.locator('svg.chart').first().getAttribute('aria-label')).toMatch(
        /^Line: revenue in pools of 2 builds/,
      )
    })
  })

  it('shows what has the focus', async () => {
    await visit(async (open) => {
      const page = await open('/')
      for (let stop = 0; stop < 8; stop++) {
        await page.keyboard.press('Tab')
        const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')
        expect({ stop, outline }).toEqual({ stop, outline: 'solid' })
      }
    })
  })

  it('shows the pictures of another host', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="250"/>'
    const host = createServer((_, response) => {
      response.setHeader('content-type', 'image/svg+xml').end(svg)
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => host.once('listening', resolve))
    const elsewhere = `http://localhost:${(host.address() as AddressInfo).port}`

    const complaints = await visit(
      async (open) => {
        const page = await open('/explorer/campaigns/12?dataset=1')
        const widths = await page.evaluate(
          '[...document.images].map((image) => image.naturalWidth)',
        )
        expect(widths).toEqual(Array.from({ length: 16 }, () => 300))
      },
      { flags: ['--images', `${elsewhere}/{banner_id}.svg`], elsewhere },
    )

    expect(complaints).toEqual([])
    host.close()
  })

  it('prints the pool without what paper cannot do', async () => {
    await visit(async (open) => {
      const page = await open('/explorer/campaigns/12?dataset=1')
      await page.emulateMedia({ media: 'print' })

      expect(await page.locator('.card').count()).toBe(15)
      expect(await page.locator('form:visible, nav[aria-label=Site]:visible').count()).toBe(0)
      expect(await page.locator('.card:visible').count()).toBe(15)
    })
  })
})

/** The name or text of what has the focus. */
async function focusOf(page: Page): Promise<string> {
  const focused = page.locator(':focus')
  if ((await focused.count()) === 0) return ''
  return (await focused.getAttribute('name')) ?? (await focused.textContent())?.trim() ?? ''
}

/** Goes from stop to stop until the one whose name is, or whose text begins with, `wanted`. */
async function pressUntil(page: Page, wanted: string): Promise<void> {
  for (let stop = 0; stop < 100; stop++) {
    await page.keyboard.press('Tab')
    const [first] = (await focusOf(page)).split('\n')
    if (first === wanted || first?.startsWith(`${wanted} `)) return
  }
  throw new Error(`no key leads to ${wanted}`)
}
