import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseDenylist } from '../../../contract/denylist.ts'
import { BANNER_STATS_FILE } from '../../../contract/schema.ts'
import { explorerApp, explorerWorld, openBuild, withOpenBuild } from '../../helpers/explorer.ts'
import { appWith, CHROME_PAGE } from '../app-with.ts'

const HTML = { accept: CHROME_PAGE }

let open: Awaited<ReturnType<typeof openBuild>>
beforeAll(async () => {
  open = await openBuild(explorerWorld())
})
afterAll(() => open.close())

/** Asks for a page of the build of {@link explorerWorld}, or of an app. */
async function ask(path: string, app = explorerApp(open)) {
  const response = await app.request(path, { headers: HTML })
  const html = await response.text()
  return { status: response.status, headers: response.headers, html, text: textOf(html) }
}

/** What a person reads, in one line. */
function textOf(html: string): string {
  const [, body = ''] = html.split('<main')
  return body
    .replace(/^[^>]*>/, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

describe('GET /', () => {
  it('shows which quarter is live and the build that is served', async () => {
    const build = { ...open.build, createdAtMs: Date.UTC(2026, 10, 1, 6, 10) }

    const { status, text } = await ask('/', explorerApp({ ...open, build }))

    expect(status).toBe(200)
    expect(text).toContain('Quarter 2 is live, minutes 15–29 of the hour, until 09:30 UTC .')
    expect(text).toContain(`Build ${build.pools.buildId} is served, made 3 hours ago.`)
    expect(text).toContain('Made 2026-11-01 06:10 UTC , 3 hours ago')
    expect(text).toContain('Campaigns 62 Pools 63 Candidates 75 Log rows 99 counted, 0 rejected')
    expect(text).not.toContain('older than')
  })

  it('says that a build is too old', async () => {
    const build = { ...open.build, createdAtMs: Date.UTC(2026, 9, 30, 21, 19) }

    expect((await ask('/', explorerApp({ ...open, build }))).text).toContain('older than 36 hours')
  })

  it('lists campaigns with their four pools and what these earned', async () => {
    const { text } = await ask('/')

    expect(text).toContain('62 in all;')
    expect(text).toContain(
      'Campaign Q1 Q2 live Q3 Q4 Revenue 7 10 1 none none 7,800.00 8 none 1 none none 0.00 1000',
    )
  })

  it('shows the list in pages', async () => {
    const { html: first, text } = await ask('/')
    const { html: second } = await ask('/?page=2')
    const { html: beyond } = await ask('/?page=999999999')

    expect(text).toContain('Page 1 of 2 Next')
    expect(campaignsOf(first)).toEqual([7, 8, ...range(1000, 1047)])
    expect(campaignsOf(second)).toEqual(range(1048, 1059))
    expect(beyond).toBe(second)
  })

  it('finds campaigns by the digits that their ids begin with', async () => {
    const { html, text } = await ask('/?q=+105+')

    expect(campaignsOf(html)).toEqual(range(1050, 1059))
    expect(text).toContain('10 whose id begins with 105;')
    expect(html).toContain('value="105"')
  })

  it('keeps the search from page to page', async () => {
    expect((await ask('/?q=1&page=2')).html).toContain('href="./?q=1&amp;page=1"')
  })

  it('says that it finds nothing', async () => {
    const { status, text } = await ask('/?q=999')

    expect(status).toBe(200)
    expect(text).toContain('No campaign id begins with 999.')
  })

  it.each([
    ['"><script>alert(1)</script>', 'value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"'],
    ["' or 1=1", 'value="&#39; or 1=1"'],
    ['007', 'value="007"'],
    ['12345678901234567', 'value="12345678901234567"'],
    ['1.5', 'value="1.5"'],
    ['\u0000', 'value="\u0000"'],
    ['١٢', 'value="١٢"'],
  ])('refuses to search for %j, and shows it as it is', async (search, written) => {
    const { status, html, text } = await ask(`/?q=${encodeURIComponent(search)}`)

    expect(status).toBe(400)
    expect(text).toContain('A campaign id has 1 to 16 digits and does not begin with 0.')
    expect(html).toContain(written)
    expect(campaignsOf(html)).toEqual([])
  })

  it.each(['page=0', 'page=-1', 'page=x', 'page=', 'page=1e9', 'other=1'])(
    'shows the first page for ?%s',
    async (query) => {
      expect(campaignsOf((await ask(`/?${query}`)).html)).toHaveLength(50)
    },
  )

  it('still describes the service to programs', async () => {
    const response = await explorerApp(open).request('/')

    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('vary')).toBe('Accept')
    expect(await response.json()).toMatchObject({ service: 'banner pools', campaigns: 62 })
  })

  it('does so to all if there is no explorer', async () => {
    const response = await appWith().request('/', { headers: HTML })

    expect(await response.json()).toMatchObject({ service: 'banner pools' })
  })
})

describe('GET /explorer/campaigns/:id', () => {
  it('shows the pool of the live quarter', async () => {
    const { text } = await ask('/explorer/campaigns/7')

    expect(text).toContain('The pool of quarter 2, minutes 15–29 (live now)')
    expect(text).toContain('0 of 1 candidate converted, so the pool is every candidate.')
    expect(text).toContain(
      'Quarter 1 minutes 0–14 10 banners revenue 7,800.00 Quarter 2 live minutes 15–29 1 banner',
    )
  })

  it('shows another one with revenue, clicks and reasons, and what just missed it', async () => {
    const { html, text } = await ask('/explorer/campaigns/7?dataset=1')

    expect(text).toContain('The pool of quarter 1, minutes 0–14 12 of 13 candidates converted')
    expect(text).toContain('It earned 7,800.00, 96 % of the 8,160.00 that all candidates did.')
    expect(text).toContain(
      'One of those with the most revenue. Rank 1. Banner 30 Revenue 1,230.00 Clicks 1 Conversions 1 Impressions 1 Revenue per 1,000 1,230,000.00 Clicks per 1,000 1,000.0 Conversions per 1,000 clicks 1,000.0 Rank 2.',
    )
    expect(text).toContain(
      'Converted, but the pool is full of banners with more revenue. Out: Banner 40 Revenue 230.00 Clicks 1 Conversions 1 Impressions 1 Revenue per 1,000 230,000.00 Clicks per 1,000 1,000.0 Conversions per 1,000 clicks 1,000.0 It would need 100.000001 more revenue (less than one conversion brings: chance decides).',
    )
    expect(text).toContain(
      'It would need a conversion of 330.000001 (one conversion: chance decides).',
    )
    expect([...html.matchAll(/<img src="([^"]+)"/g)].map(([, url]) => url)).toEqual(
      // The last is drawn anew each time.
      [
        ...range(30, 42).map((id) => `http://localhost/images/${id}`),
        '../../campaigns/7.png?dataset=2',
      ],
    )
  })

  it('draws bars whose length is an attribute', async () => {
    const { html } = await ask('/explorer/campaigns/7?dataset=1')

    // Banner 34 has 830 of 1,230.
    expect(html).toContain('<rect class="fill" width="67.48" height="6">')
    expect(html).not.toMatch(/<[^>]* style=|<style|<script/)
  })

  it('says that there is no pool', async () => {
    const { status, text } = await ask('/explorer/campaigns/7?dataset=3')

    expect(status).toBe(200)
    expect(text).toContain(
      'No banner of the campaign had an impression or a click in this quarter.',
    )
    expect(text).toContain('Quarter 3 minutes 30–44 no pool')
  })

  it('draws a banner as for a visitor, without a cookie', async () => {
    const first = await ask('/explorer/campaigns/7?dataset=1&draw=1')
    const second = await ask('/explorer/campaigns/7?dataset=1&draw=1&last=30')

    expect(first.text).toContain('Banner 30 : its chance was 1 in 10.')
    expect(second.text).toContain('Banner 31 : its chance was 1 in 9. Banner 30 was drawn before.')
    expect(second.html).toContain('name="last" value="31"')
    expect(first.headers.get('set-cookie')).toBeNull()
  })

  it('draws the only banner again', async () => {
    const { text } = await ask('/explorer/campaigns/7?dataset=2&draw=1&last=30')

    expect(text).toContain('Banner 30 again: there is no other.')
  })

  it('marks what the denylist names, and does not draw it', async () => {
    const app = explorerApp(open, { denylist: () => parseDenylist('banner 30\ncampaign 8') })
    const pool = await ask('/explorer/campaigns/7?dataset=1&draw=1', app)
    const campaign = await ask('/explorer/campaigns/8?draw=1', app)
    const list = await ask('/', app)

    expect(pool.text).toContain('Banner 30 denied Revenue')
    expect(pool.text).toContain('Banner 31 : its chance was 1 in 9.')
    expect(campaign.text).toContain('The denylist names this campaign: none of it is served.')
    expect(campaign.text).toContain('Visitors get nothing: the denylist names')
    expect(list.text).toContain('7 10 1 none none 7,800.00 8 denied none 1')
  })

  it('says which pools a follower leaves as they are, on the first page and on their own', async () => {
    const guarded = async () => [
      {
        ...({ dataset: 1, campaign_id: 7, reason: '900 clicks and 3 impressions' } as const),
        since: '2026-11-01T08:58:00.000Z',
      },
    ]
    const app = explorerApp(open, { guarded })
    const notice =
      'Campaign 7, quarter 1 , since 2026-11-01 08:58 UTC : 900 clicks and 3 impressions'

    expect((await ask('/', app)).text).toContain(notice)
    expect((await ask('/explorer/campaigns/7?dataset=1', app)).text).toContain(notice)
    expect((await ask('/explorer/campaigns/8', app)).text).not.toContain('robots')
    expect((await ask('/')).text).not.toContain('robots')
  })

  it('names the pictures and the address under their public URLs', async () => {
    const app = explorerApp(open, { publicUrl: 'https://shop.example/banners' })

    const { html, headers } = await ask('http://10.0.0.1/explorer/campaigns/7?dataset=1', app)

    expect(html).toContain('src="https://shop.example/banners/images/30"')
    expect(html).toContain('href="https://shop.example/banners/campaigns/7"')
    expect(html).toContain('href="../../explorer/style.css?v=')
    expect(headers.get('content-security-policy')).toContain("img-src 'self' https://shop.example;")
  })
})

describe('GET /explorer/campaigns/:id/banners/:banner', () => {
  it('shows where a banner stands in each quarter', async () => {
    const { status, text } = await ask('/explorer/campaigns/7/banners/30')

    expect(status).toBe(200)
    expect(text).toContain(
      'Banner 30 It is in the pool of quarters 1 and 2. Banner 30 in all campaigns',
    )
    expect(text).toContain('Quarter 1, minutes 0–14 In, rank 1 One of those with the most revenue.')
    expect(text).toContain(
      'Revenue 1,230.00 Rank by revenue 1 of 13 Clicks 1 Rank by clicks 1 of 13 Conversions 1 Impressions 1 Revenue per 1,000 1,230,000.00 Clicks per 1,000 1,000.0',
    )
    expect(text).toContain(
      'Quarter 2, minutes 15–29 live In, rank 1 No clicks; drawn to fill the pool.',
    )
    expect(text).toContain('Quarter 3, minutes 30–44 Out No candidate:')
  })

  it('says what one that is out would have needed', async () => {
    const { text } = await ask('/explorer/campaigns/7/banners/42')

    expect(text).toContain('Banner 42 It is in no pool of the campaign.')
    expect(text).toContain(
      'Not converted, as all in the pool are. It would need a conversion of 330.000001 (one conversion: chance decides).',
    )
    expect(text).toContain('Rank by revenue 13 of 13')
  })

  it('is where the form leads', async () => {
    const path = '/explorer/campaigns/7/banners?id=%2042'
    const response = await explorerApp(open).request(path, { redirect: 'manual' })

    expect(response.status).toBe(303)
    const target = new URL(response.headers.get('location') ?? '', `http://localhost${path}`)
    expect(target.pathname).toBe('/explorer/campaigns/7/banners/42')
  })
})

describe('a page that cannot be shown', () => {
  it.each([
    ['/explorer/campaigns/0', 400, 'This is no campaign id'],
    ['/explorer/campaigns/007', 400, 'This is no campaign id'],
    ['/explorer/campaigns/7.0', 400, 'This is no campaign id'],
    ['/explorer/campaigns/%3Cscript%3E', 400, 'This is no campaign id'],
    ['/explorer/campaigns/9007199254740992', 400, 'This is no campaign id'],
    ['/explorer/campaigns/9', 404, 'Unknown campaign'],
    ['/explorer/campaigns/7?dataset=5', 400, 'There is no such quarter'],
    ['/explorer/campaigns/7?dataset=', 400, 'There is no such quarter'],
    ['/explorer/campaigns/9/banners/30', 404, 'Unknown campaign'],
    ['/explorer/campaigns/7/banners/x', 400, 'This is no banner id'],
    ['/explorer/campaigns/7/banners/20', 404, 'Banner 20 is no candidate'],
    ['/explorer/campaigns/7/banners', 400, 'This is no banner id'],
    ['/explorer/campaigns/7/banners?id=x', 400, 'This is no banner id'],
    ['/explorer/campaigns/9/banners?id=30', 404, 'Unknown campaign'],
    ['/explorer/nothing', 404, 'There is no such page'],
  ])('%s answers %i in the look of the others', async (path, status, title) => {
    const page = await ask(path)

    expect(page.status).toBe(status)
    expect(page.text).toMatch(new RegExp(`^${title} `))
    expect(page.html).toContain('All campaigns')
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
  })

  it.each(['/', '/explorer/campaigns/7', '/explorer/campaigns/x'])(
    '%s answers 503 while nothing is loaded',
    async (path) => {
      const app = explorerApp(open, { build: () => undefined })

      const { status, headers, text } = await ask(path, app)

      expect(status).toBe(503)
      expect(headers.get('retry-after')).toBe('5')
      expect(text).toContain('No pools are loaded yet')
    },
  )

  it('answers 405 to what would change something', async () => {
    const response = await explorerApp(open).request('/explorer/campaigns/7', { method: 'POST' })

    expect(response.status).toBe(405)
  })
})

describe('without figures', () => {
  it('shows pools all the same, and says what is missing', async () => {
    await withOpenBuild(explorerWorld(), async (other) => {
      await rm(join(other.build.folder, BANNER_STATS_FILE))
      const app = explorerApp(other)
      const campaign = await ask('/explorer/campaigns/7?dataset=1', app)
      const banner = await ask('/explorer/campaigns/7/banners/30', app)
      const list = await ask('/', app)

      expect(campaign.status).toBe(200)
      expect(campaign.text).toContain('the file that holds them is missing or was altered')
      expect(campaign.text).toContain('Rank 10. Banner 39')
      expect(campaign.text).not.toContain(other.out)
      expect(banner.text).toContain('It is in the pool of quarters 1 and 2.')
      expect(list.text).toContain('7,800.00')
    })
  })

  it('shows the list from memory when all of the artifacts folder is gone', async () => {
    await withOpenBuild(explorerWorld(), async (other) => {
      await rm(other.out, { recursive: true })
      const app = explorerApp(other)
      const list = await ask('/', app)
      const campaign = await ask('/explorer/campaigns/7?dataset=1', app)
      const builds = await ask('/explorer/builds', app)

      expect([list.status, campaign.status, builds.status]).toEqual([200, 200, 503])
      expect(list.text).toContain('7 10 1 none none not known')
      expect(campaign.text).toContain('Rank 10. Banner 39')
      expect(builds.text).toContain('This cannot be shown now')
    })
  })

  it.each([
    ['reading', 'are being read. Reload the page in a few seconds.'],
    ['slow', 'too long to read: it has too much to do.'],
    ['busy', 'Too many pages are asking'],
  ] as const)('says so while they are %s', async (reason, words) => {
    const questions = {
      ...open.details,
      explain: async () => reason,
      addRevenues: async () => reason,
    }
    const app = explorerApp({ ...open, details: { ...questions, forPage: () => questions } })

    expect((await ask('/explorer/campaigns/7?dataset=1', app)).text).toContain(words)
    expect((await ask('/', app)).text).toContain(words)
    expect((await ask('/', app)).text).toContain('7 10 1 none none not known')
  })
})

describe('every page', () => {
  const PATHS = ['/', '/explorer/campaigns/7', '/explorer/campaigns/7/banners/30', '/explorer/x']

  it.each(PATHS)(
    '%s may load nothing but its style and pictures, and is for no other site',
    async (path) => {
      const { headers } = await ask(path)

      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; img-src 'self' http://localhost; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      )
      expect(headers.get('access-control-allow-origin')).toBeNull()
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
      expect(headers.get('cache-control')).toBe('private, no-store')
      expect(headers.get('set-cookie')).toBeNull()
    },
  )

  it.each(PATHS)('%s answers HEAD as GET, without a body', async (path) => {
    const app = explorerApp(open)
    const get = await app.request(path, { headers: HTML })
    const head = await app.request(path, { method: 'HEAD', headers: HTML })

    expect(head.status).toBe(get.status)
    expect(await head.text()).toBe('')
    expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(await get.text())))
    expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'))
  })

  it('is counted', async () => {
    const counted: string[] = []
    const app = explorerApp(open, { record: (page, status) => counted.push(`${page} ${status}`) })

    for (const path of [...PATHS, '/explorer/campaigns/9']) await ask(path, app)

    expect(counted).toEqual(['home 200', 'campaign 200', 'banner 200', 'none 404', 'campaign 404'])
  })

  it.each([
    ['/explorer/style.css', 'text/css; charset=utf-8'],
    ['/explorer/icon.svg', 'image/svg+xml'],
  ])('finds %s', async (path, type) => {
    const { html } = await ask('/')
    const response = await explorerApp(open).request(path)

    expect(html).toContain(`href=".${path}`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(type)
  })

  it.each([
    ['https://cdn.example/{banner_id}.avif', 'https://cdn.example'],
    ['https://{banner_id}.cdn.example/x.avif', 'https:'],
  ])('lets pictures come from %s', async (urlTemplate, source) => {
    const images = { urlTemplate, paths: new Map(), leftOut: [] }

    const { headers } = await ask('/', explorerApp(open, { images }))

    expect(headers.get('content-security-policy')).toContain(`img-src 'self' ${source};`)
  })
})

function campaignsOf(html: string): number[] {
  return [...html.matchAll(/<th scope="row"><a [^>]*>(\d+)<\/a>/g)].map(([, id]) => Number(id))
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, place) => first + place)
}
