/** `/embed.js` on a page of another site, under a strict policy, in Chromium. */
import type { Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rowsOf, writeBuild } from '../../scripts/lib/pool-files.ts'
import { runServer } from '../../scripts/lib/run-server.ts'
import { addBanners } from '../helpers/banner-rows.ts'
import { createFolder, removeFolder } from '../helpers/folders.ts'
import { faultsIn, type OpenPage, withPublisher } from '../helpers/publisher.ts'

/** Campaign 13 shares two of its banners with 12; 14 has one banner, 15 as many as a pool may have. */
const POOLS = {
  12: [101, 102, 103],
  13: [102, 103, 104],
  14: [105],
  15: [201, 202, 203, 204, 205, 206, 207, 208, 209, 210],
}

const STYLE = '[data-banner-campaign] { width: 300px; height: 250px }'
/** So that many slots are in sight. */
const SMALL = `${STYLE} [data-banner-campaign] { float: left; width: 30px; height: 25px }`
const SCRIPT = '<script src="SERVER/embed.js" async></script>'
const SLOT = '<div data-banner-campaign="12"></div>'

interface Visit {
  /** What follows the script in the page. */
  readonly body: string
  readonly script?: string
  readonly style?: string
  /** Of the server. */
  readonly flags?: (origin: string) => string[]
  readonly prepare?: (page: Page) => Promise<unknown>
}

describe('/embed.js in Chromium', () => {
  let artifacts = ''
  beforeAll(async () => {
    artifacts = await createFolder()
    await writeBuild(artifacts, rowsOf(POOLS))
  })
  afterAll(() => removeFolder(artifacts))

  /** Opens a publisher's page with slots. */
  async function visit(
    { body, script = SCRIPT, style = STYLE, flags = () => [], prepare }: Visit,
    fn: (opened: OpenPage) => Promise<void>,
  ): Promise<void> {
    // A server that does not start calls nothing.
    expect.hasAssertions()
    await withPublisher((origin, open) =>
      runServer(['--artifacts', artifacts, '--port', '0', ...flags(origin)], async (server) => {
        const head = `<meta charset="utf-8"><link rel="icon" href="data:,"><link rel="stylesheet" href="/site.css">${script}`
        const html = `<!doctype html><html lang="en"><head>${head}</head><body>${body}<p>Text below</p></body></html>`
        const files = { '/index.html': html.replaceAll('SERVER', server), '/site.css': style }
        const policy = `default-src 'none'; script-src ${server}; connect-src ${server}; img-src ${server} data:; style-src 'self'; require-trusted-types-for 'script'`
        await fn(await open({ files, policy }, prepare))
      }),
    )
  }

  it('makes a linked picture of a slot', async () => {
    await visit({ body: SLOT }, async ({ page, errors }) => {
      await settled(page, ['filled'])
      const link = page.locator('[data-banner-campaign] > a')
      const picture = link.locator('img')
      const box = await picture.boundingBox()

      expect(box).toMatchObject({ width: 300, height: 250 })
      expect(await link.getAttribute('href')).toMatch(
        /^http:\/\/127\.0\.0\.1:\d+\/images\/10[123]$/,
      )
      expect(await link.getAttribute('target')).toBe('_blank')
      expect(await link.getAttribute('rel')).toBe('noopener sponsored')
      expect(await picture.getAttribute('alt')).toMatch(/^Banner 10[123]$/)
      expect(errors).toEqual([])
    })
  })

  it('takes size, target and text from the slot', async () => {
    const body =
      '<div data-banner-campaign="12" data-banner-width="150" data-banner-height="125" data-banner-target="_self" data-banner-alt="Offer"></div>'
    await visit({ body, style: '' }, async ({ page, errors }) => {
      await settled(page, ['filled'])

      expect(await page.getByRole('link', { name: 'Offer' }).getAttribute('target')).toBe('_self')
      const size = { width: 150, height: 125 }
      expect(await page.getByAltText('Offer').boundingBox()).toMatchObject(size)
      expect(await page.locator('[data-banner-campaign]').boundingBox()).toMatchObject(size)
      expect(errors).toEqual([])
    })
  })

  it('never shows a banner in two slots, and leaves those unfilled that are too many', async () => {
    const slots = [12, 13, 12, 13, 12, 13, 12].map(
      (id) => `<div data-banner-campaign="${id}">-</div>`,
    )
    await visit({ body: slots.join(''), style: SMALL }, async ({ page, errors }) => {
      for (let visits = 0; visits < 10; visits++) {
        const statuses = await settled(page)
        const shown = await bannersOn(page)

        expect(new Set(shown).size).toBe(shown.length)
        expect(statuses.filter((status) => status === 'filled').length).toBe(shown.length)
        expect(shown.length).toBeGreaterThanOrEqual(3)
        expect(await page.locator('[data-banner-status=unfilled]').first().textContent()).toBe('-')
        await page.reload()
      }
      expect(errors).toEqual([])
    })
  })

  it('says that a slot of an unknown campaign is unfilled', async () => {
    await visit({ body: '<div data-banner-campaign="999">-</div>' }, async ({ page, errors }) => {
      await settled(page, ['unfilled'])

      expect(await page.locator('[data-banner-campaign]').textContent()).toBe('-')
      expect(faultsIn(errors)).toEqual([])
    })
  })

  it.each(['**/campaigns/**', '**/images/**'])(
    'says that a slot is blocked when %s is, and leaves its content there',
    async (pattern) => {
      const prepare = (page: Page) => page.route(pattern, (route) => route.abort('blockedbyclient'))
      const body = '<div data-banner-campaign="12"><b>Our own offer</b></div>'
      await visit({ body, prepare }, async ({ page, errors }) => {
        await settled(page, ['blocked'])

        expect(await page.locator('[data-banner-campaign]').innerHTML()).toBe(
          '<b>Our own offer</b>',
        )
        expect(faultsIn(errors)).toEqual([])
      })
    },
  )

  it('leaves the content of a slot there until the picture can be seen', async () => {
    const prepare = (page: Page) => page.route('**/images/**', continueLater)
    const body = '<div data-banner-campaign="12"><b>Our own offer</b></div>'
    await visit({ body, prepare }, async ({ page, errors }) => {
      await page.waitForRequest('**/images/**')
      expect(await page.getByText('Our own offer').count()).toBe(1)
      await settled(page, ['filled'])

      expect(await page.getByText('Our own offer').count()).toBe(0)
      expect(await page.locator('img').evaluate(widthOf)).toBe(300)
      expect(errors).toEqual([])
    })
  })

  it.each([
    ['by its attributes', '', 'data-banner-width="728" data-banner-height="90"'],
    ['by the style sheet', '#slot { width: 728px; height: 90px }', ''],
  ])(
    'does not squash a picture in a slot of another size, given %s',
    async (_, style, attributes) => {
      const body = `<div id="slot" data-banner-campaign="12" ${attributes}></div>`
      await visit({ body, style }, async ({ page, errors }) => {
        await settled(page, ['filled'])
        const slot = { width: 728, height: 90 }

        expect(await page.locator('#slot').boundingBox()).toMatchObject(slot)
        const picture = await page.locator('#slot img').boundingBox()
        expect(picture?.height).toBe(90)
        expect(await page.locator('#slot img').evaluate(fitOf)).toBe('contain')
        expect(errors).toEqual([])
      })
    },
  )

  it('heeds a style sheet that arrives after the script', async () => {
    const style = '#slot { width: 728px; height: 90px }'
    const body = '<div id="slot" data-banner-campaign="12"></div>'
    const prepare = (page: Page) => page.route('**/site.css', continueLater)
    await visit({ body, style, prepare }, async ({ page }) => {
      await settled(page, ['filled'])

      expect(await page.locator('#slot').boundingBox()).toMatchObject({ width: 728, height: 90 })
    })
  })

  it.each([
    ['', ''],
    ['', 'data-banner-width="300" data-banner-height="250"'],
    ['<p>Our own offer</p>'.repeat(20), ''],
  ])(
    'is neither wider than a narrow column nor higher than its picture: %s%s',
    async (own, attributes) => {
      const body = `<main><div data-banner-campaign="12" ${attributes}>${own}</div></main>`
      await visit({ body, style: 'main { width: 240px }' }, async ({ page, errors }) => {
        await settled(page, ['filled'])

        const size = { width: 240, height: 200 }
        expect(await page.locator('[data-banner-campaign]').boundingBox()).toMatchObject(size)
        expect(await page.locator('img').boundingBox()).toMatchObject(size)
        expect(errors).toEqual([])
      })
    },
  )

  it('shows a picture in the middle of a higher slot', async () => {
    const style = '#slot { width: 150px; height: 600px }'
    await visit(
      { body: '<div id="slot" data-banner-campaign="12"></div>', style },
      async ({ page }) => {
        await settled(page, ['filled'])
        const slot = await page.locator('#slot').boundingBox()
        const picture = await page.locator('#slot img').boundingBox()

        expect(picture).toMatchObject({ width: 150, height: 125 })
        expect((picture?.y ?? 0) - (slot?.y ?? 0)).toBeCloseTo((600 - 125) / 2, 0)
      },
    )
  })

  it('asks once for the slots of a campaign', async () => {
    const asked: string[] = []
    const prepare = async (page: Page) => {
      page.on('request', (request) => {
        if (request.url().includes('/campaigns/')) asked.push(request.url())
      })
    }
    const body = '<div data-banner-campaign="15"></div>'.repeat(12)
    await visit({ body, style: SMALL, prepare }, async ({ page, errors }) => {
      await settled(page)

      expect(asked.map((url) => new URL(url).searchParams.get('count'))).toEqual(['10', '2'])
      expect(new Set(await bannersOn(page)).size).toBe(10)
      expect(errors).toEqual([])
    })
  })

  it('asks for a slot when it is nearly in sight', async () => {
    let requests = 0
    const prepare = async (page: Page) => {
      page.on('request', (request) => {
        if (request.url().includes('/campaigns/')) requests++
      })
    }
    const style = `${STYLE} main { height: 5000px }`
    await visit(
      { body: `${SLOT}<main></main>${SLOT}`, style, prepare },
      async ({ page, errors }) => {
        await settled(page, ['filled', ''])
        expect(requests).toBe(1)
        await page.evaluate('scrollTo(0, 5000)')
        await settled(page, ['filled', 'filled'])

        expect(new Set(await bannersOn(page)).size).toBe(2)
        expect(errors).toEqual([])
      },
    )
  })

  it('asks for nothing before a page that is rendered ahead of time is seen', async () => {
    let requests = 0
    const prepare = async (page: Page) => {
      page.on('request', (request) => {
        if (request.url().includes('/campaigns/')) requests++
      })
      await page.addInitScript(
        "Object.defineProperty(Document.prototype, 'prerendering', { get: () => true })",
      )
    }
    await visit({ body: SLOT, prepare }, async ({ page, errors }) => {
      await page.waitForFunction('window.bannerPools')
      await page.evaluate('new Promise((resolve) => setTimeout(resolve, 300))')
      expect(requests).toBe(0)
      await page.evaluate("document.dispatchEvent(new Event('prerenderingchange'))")
      await settled(page, ['filled'])

      expect(requests).toBe(1)
      expect(errors).toEqual([])
    })
  })

  it('shows a banner with the text and in the size that the server tells', async () => {
    await addBanners(artifacts, ["(105, 'https://shop.example/105', 'Half price', 150, 125)"])
    const body = '<div data-banner-campaign="14"></div>'
    await visit({ body }, async ({ page, errors }) => {
      await settled(page, ['filled'])
      const link = page.getByRole('link', { name: 'Half price' })

      expect(await link.getAttribute('href')).toBe('https://shop.example/105')
      const size = { width: 150, height: 125 }
      expect(await page.getByAltText('Half price').boundingBox()).toMatchObject(size)
      expect(errors).toEqual([])
    })
  })

  it.each([
    ['fails', { status: 500, body: 'no' }],
    ['has nothing loaded', { status: 503, json: { status: 503 } }],
    ['answers half a document', { status: 200, body: '{"banner_id":' }],
    ['answers no banner', { status: 200, json: { hello: 'world' } }],
    ['links to a script', { status: 200, json: bannersWith('javascript:alert(1)') }],
    [
      'links to a document of its own making',
      { status: 200, json: bannersWith('data:text/html,') },
    ],
  ])('says that there is an error when the server %s', async (_, answer) => {
    const headers = { 'access-control-allow-origin': '*' }
    const prepare = (page: Page) =>
      page.route('**/campaigns/**', (route) => route.fulfill({ headers, ...answer }))
    await visit({ body: SLOT, prepare }, async ({ page, errors }) => {
      await settled(page, ['error'])

      expect(await page.locator('[data-banner-campaign] a').count()).toBe(0)
      expect(faultsIn(errors)).toEqual([])
    })
  })

  it('fills again after client-side navigation, with another banner where there is one', async () => {
    await visit({ body: `<main>${SLOT}</main>` }, async ({ page, errors }) => {
      let before = ''
      for (let visits = 0; visits < 10; visits++) {
        await settled(page, ['filled'])
        const [shown = ''] = await bannersOn(page)
        expect(shown).not.toBe(before)
        before = shown
        await navigateTo(page, 12)
      }
      for (let visits = 0; visits < 3; visits++) {
        await navigateTo(page, 14)
        await settled(page, ['filled'])
        expect(await bannersOn(page)).toEqual(['105'])
      }
      expect(errors).toEqual([])
    })
  })

  it('fills a slot again whose campaign changes, also while it loads', async () => {
    const prepare = (page: Page) => page.route('**/campaigns/13?**', continueLater)
    await visit({ body: SLOT, prepare }, async ({ page, errors }) => {
      await settled(page, ['filled'])
      const late = page.waitForResponse('**/campaigns/13?**')
      const asked = page.waitForRequest('**/campaigns/13?**')
      await setCampaign(page, 13)
      await asked
      await setCampaign(page, 14)
      await settled(page, ['filled'])
      await (await late).finished()

      expect(await bannersOn(page)).toEqual(['105'])
      expect(errors).toEqual([])
    })
  })

  it('asks once for each slot at most, however often the script is on the page', async () => {
    let requests = 0
    const prepare = async (page: Page) => {
      page.on('request', (request) => {
        if (request.url().includes('/campaigns/')) requests++
      })
    }
    const again = '<script src="SERVER/embed.js"></script>'
    await visit({ body: SLOT + again + SLOT + again, prepare }, async ({ page, errors }) => {
      await settled(page, ['filled', 'filled'])

      expect(requests).toBeLessThanOrEqual(2)
      expect(errors).toEqual([])
    })
  })

  it('fills slots of a shadow root when it is told of them', async () => {
    await visit({ body: '' }, async ({ page, errors }) => {
      await page.waitForFunction('window.bannerPools')
      await page.evaluate(`{
        const root = document.body.appendChild(document.createElement('div')).attachShadow({ mode: 'open' })
        root.append(Object.assign(document.createElement('div')))
        root.firstChild.dataset.bannerCampaign = 12
        bannerPools.scan(root)
      }`)
      await settled(page, ['filled'])

      expect(errors).toEqual([])
    })
  })

  it('gives no banner twice in a row to a visitor with a cookie', async () => {
    const script = '<script src="SERVER/embed.js" data-credentials async></script>'
    const flags = (origin: string) => ['--cookie', 'embed', '--cors-origin', origin]
    await visit({ body: SLOT, script, flags }, async ({ page, errors }) => {
      let before = ''
      for (let visits = 0; visits < 12; visits++) {
        await settled(page, ['filled'])
        const [shown = ''] = await bannersOn(page)
        expect(shown).not.toBe(before)
        before = shown
        await page.reload()
      }
      expect(errors).toEqual([])
    })
  })

  it('says that a slot is blocked when cookies are sent to a server that lists no origin', async () => {
    const script = '<script src="SERVER/embed.js" data-credentials async></script>'
    await visit({ body: SLOT, script }, async ({ page }) => {
      await settled(page, ['blocked'])

      expect(await bannersOn(page)).toEqual([])
    })
  })

  it('shows the house banner once, and only where the pool has none', async () => {
    const body = `<main>${'<div data-banner-campaign="14"></div>'.repeat(3)}</main>`
    const flags = () => ['--house-banner', '900']
    await visit({ body, flags }, async ({ page, errors }) => {
      await settled(page, ['filled', 'filled', 'unfilled'])
      expect(await bannersOn(page)).toEqual(['105', '900'])
      for (let visits = 0; visits < 3; visits++) {
        await navigateTo(page, 14)
        await settled(page, ['filled'])
        expect(await bannersOn(page)).toEqual(['105'])
      }
      expect(errors).toEqual([])
    })
  })

  // So that the page is drawn before the script is there.
  const slowly = (page: Page) => page.route('**/embed.js', continueLater)

  it.each([
    ['the space is reserved by a style', { prepare: slowly }],
    [
      'the script is in the head',
      { style: '', script: '<script src="SERVER/embed.js"></script>', prepare: slowly },
    ],
  ])('moves nothing on the page where %s', async (_, options) => {
    await visit({ body: SLOT + SLOT + SLOT + SLOT, ...options }, async ({ page, errors }) => {
      await settled(page, ['filled', 'filled', 'filled', 'unfilled'])

      expect(await layoutShift(page)).toBe(0)
      expect(errors).toEqual([])
    })
  })

  it('moves the page where nothing reserves the space: the measure works', async () => {
    await visit({ body: SLOT, style: '', prepare: slowly }, async ({ page }) => {
      await settled(page, ['filled'])

      expect(await layoutShift(page)).toBeGreaterThan(0.01)
    })
  })
})

async function continueLater(route: Route): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 500))
  await route.continue()
}

/** An answer of the server, but for its link. */
function bannersWith(click_url: string) {
  const banner = { banner_id: 101, image_url: 'https://banners.example/images/101', click_url }
  return { banners: [banner] }
}

/** As the page computes it: the tests have no types of browsers. */
const widthOf = (picture: unknown) => (picture as { naturalWidth: number }).naturalWidth
const fitOf = (picture: unknown) => (picture as { style: { objectFit: string } }).style.objectFit

interface Slot {
  readonly dataset: Record<string, string | undefined>
}

/** Waits until every slot has its status, or this one, in document order. */
async function settled(page: Page, expected?: readonly string[]): Promise<string[]> {
  const slots = page.locator('[data-banner-campaign]')
  let statuses: string[] = []
  const read = async () => {
    statuses = await slots.evaluateAll((elements) =>
      elements.map((element) => (element as unknown as Slot).dataset.bannerStatus ?? ''),
    )
    return statuses
  }
  const known = expect.not.arrayContaining([''])
  await expect.poll(read, { timeout: 10_000 }).toEqual(expected ?? known)
  return statuses
}

/** The banners in the slots, by the links of their pictures. */
function bannersOn(page: Page): Promise<string[]> {
  return page
    .locator('[data-banner-campaign] img')
    .evaluateAll((pictures) =>
      pictures.map((picture) => (picture.getAttribute('src') ?? '').replace(/.*\//, '')),
    )
}

/** What a framework does: the page stays, its content goes. */
function navigateTo(page: Page, campaign: number): Promise<void> {
  return page.evaluate(`{
    const slot = document.createElement('div')
    slot.dataset.bannerCampaign = ${campaign}
    document.querySelector('main').replaceChildren(slot)
  }`)
}

function setCampaign(page: Page, campaign: number): Promise<void> {
  return page.evaluate(
    `{ document.querySelector('[data-banner-campaign]').dataset.bannerCampaign = ${campaign} }`,
  )
}

/** The sum of all shifts since the page was opened; 0.1 is the limit of a good page. See https://web.dev/cls. */
function layoutShift(page: Page): Promise<number> {
  return page.evaluate(`new Promise((resolve) => {
    let sum = 0
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) sum += entry.value
    }).observe({ type: 'layout-shift', buffered: true })
    requestAnimationFrame(() => setTimeout(() => resolve(sum), 100))
  })`)
}
