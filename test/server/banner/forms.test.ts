/** What different clients get: lists, pictures, frames, pages of errors, and what is asked ahead. */
import { describe, expect, it } from 'vitest'
import { poolsOf } from '../../helpers/pools.ts'
import { seededRandom } from '../../helpers/seeded-random.ts'
import { size } from '../../helpers/size.ts'
import { appWith, CHROME_IMG, CHROME_PAGE } from '../app-with.ts'

const FRAME = { accept: CHROME_PAGE, 'sec-fetch-dest': 'iframe' }
const PNG = Buffer.from('89504e470d0a1a0a', 'hex')

function get(path: string, headers: Record<string, string> = {}, changes = {}) {
  return appWith(changes).request(path, { headers })
}

describe('?count=', () => {
  it('answers a list of whole banners, none twice', async () => {
    const response = await get('/campaigns/7?count=2')

    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    const one = (await (await get('/campaigns/7')).json()) as object
    expect(await response.json()).toEqual({
      banners: [
        { ...one, probability: 1 },
        {
          ...one,
          banner_id: 10,
          image_url: 'http://localhost/images/10',
          click_url: 'http://localhost/images/10',
          probability: 1,
        },
      ],
    })
  })

  it.each([CHROME_PAGE, CHROME_IMG])('is always JSON, also for %s', async (accept) => {
    const response = await get('/campaigns/7?count=1', { accept })

    expect(await response.json()).toMatchObject({ banners: [{ banner_id: 30, probability: 0.5 }] })
  })

  it('keeps the last of the list in the cookie', async () => {
    const { headers } = await get('/campaigns/7?count=2')

    expect(headers.getSetCookie()).toEqual([
      'last=10; Max-Age=2592000; Path=/campaigns/7; HttpOnly; SameSite=Lax',
    ])
  })

  it('gives the last banner again only where too few others are left', async () => {
    const one = await get('/campaigns/7?count=1', { cookie: 'last=30' })
    const two = await get('/campaigns/7?count=2', { cookie: 'last=30' })

    expect(await one.json()).toMatchObject({ banners: [{ banner_id: 10, repeat: false }] })
    expect(await two.json()).toMatchObject({
      banners: [
        { banner_id: 10, repeat: false },
        { banner_id: 30, repeat: true },
      ],
    })
  })

  it('never begins with the banner that the visitor saw last', async () => {
    const app = appWith({ pools: () => poolsOf({ 7: [1, 2, 3, 4] }), random: seededRandom(3) })
    let cookie = ''
    let last = 0
    for (let i = 0; i < size(300, 2_000); i++) {
      const count = 1 + (i % 6)
      const response = await app.request(`/campaigns/7?count=${count}`, { headers: { cookie } })
      const { banners } = (await response.json()) as { banners: { banner_id: number }[] }
      expect(banners[0]?.banner_id).not.toBe(last)
      last = banners.at(-1)?.banner_id ?? 0
      cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
      expect(cookie).toBe(`last=${last}`)
    }
  })

  it.each([
    ['/campaigns/8?count=2', 204],
    ['/campaigns/7?count=2&exclude=30,10', 204],
    ['/campaigns/99?count=2', 404],
    ['/campaigns/7?count=11', 400],
  ])('%s answers %i', async (path, status) => {
    expect((await get(path)).status).toBe(status)
  })

  it('leaves out what is excluded, and previews', async () => {
    const response = await get('/campaigns/7?count=2&exclude=30&dataset=1', { cookie: 'last=10' })

    expect(response.headers.getSetCookie()).toEqual([])
    expect(await response.json()).toMatchObject({
      banners: [{ banner_id: 10, dataset: 1, preview: true, probability: 1, repeat: false }],
    })
  })

  it('lists the house banner alone', async () => {
    const response = await get('/campaigns/8?count=2', {}, { houseBanner: 99 })

    expect(response.headers.get('x-banner-reason')).toBe('no_pool')
    expect(await response.json()).toMatchObject({ banners: [{ banner_id: 99, fallback: true }] })
  })
})

describe('GET /campaigns/:id.png', () => {
  it.each([CHROME_PAGE, '*/*', 'application/json', ''])(
    'leads to the picture, whatever is accepted: %s',
    async (accept) => {
      const response = await get('/campaigns/7.png', { accept })

      expect(response.status).toBe(302)
      expect(response.headers.get('location')).toBe('http://localhost/images/30')
      expect(response.headers.get('cache-control')).toBe('private, no-store')
    },
  )

  it('has a cookie of its own', async () => {
    const { headers } = await get('/campaigns/7.png', { cookie: 'last=30' })

    expect(headers.get('location')).toBe('http://localhost/images/10')
    expect(headers.getSetCookie()).toEqual([
      'last=10; Max-Age=2592000; Path=/campaigns/7.png; HttpOnly; SameSite=Lax',
    ])
  })

  it.each([
    ['/campaigns/8.png', 200, 'no_pool'],
    ['/campaigns/7.png?exclude=30,10', 200, 'all_excluded'],
    ['/campaigns/99.png', 404, 'unknown_campaign'],
    ['/campaigns/x.png', 400, 'bad_request'],
    ['/campaigns/.png', 400, 'bad_request'],
    ['/campaigns/9007199254740992.png', 400, 'bad_request'],
  ])('%s answers %i with a transparent pixel', async (path, status, reason) => {
    const response = await get(path, { accept: CHROME_PAGE })

    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('image/png')
    expect(response.headers.get('x-banner-reason')).toBe(reason)
    expect(response.headers.getSetCookie()).toEqual([])
    const body = Buffer.from(await response.arrayBuffer())
    expect(body.subarray(0, PNG.length)).toEqual(PNG)
  })

  it('is a pixel, and says when to come again, while nothing is loaded', async () => {
    const response = await get('/campaigns/7.png', {}, { pools: () => undefined })

    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('5')
    expect(response.headers.get('content-type')).toBe('image/png')
  })

  it.each(['?count=2', '?count=99', '?dataset=9', '?exclude=x'])(
    'is a picture with %s, too',
    async (search) => {
      expect((await get(`/campaigns/7.png${search}`)).status).toBe(302)
    },
  )

  it('leads to the house banner where there is no other', async () => {
    const response = await get('/campaigns/99.png', {}, { houseBanner: 50 })

    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toBe('http://localhost/images/50')
    expect(response.headers.get('x-banner-reason')).toBe('unknown_campaign')
  })
})

describe('an <img>', () => {
  it.each(['*/*', 'image/*', ''])('is led to the picture, though it accepts %s', async (accept) => {
    const response = await get('/campaigns/7', { accept, 'sec-fetch-dest': 'image' })

    expect(response.status).toBe(302)
  })
})

describe('an <iframe>', () => {
  it('gets nothing but the banner, as large as the frame, on a transparent ground', async () => {
    const response = await get('/campaigns/7', FRAME)

    const page = await response.text()
    expect(response.status).toBe(200)
    expect(page).toMatch(/<body>\n<a [^>]+><img [^>]+><\/a>\n<\/body>/)
    expect(page).toContain('background: transparent')
    expect(page).toContain('object-fit: contain')
    expect(response.headers.get('content-security-policy')).toContain('frame-ancestors *')
  })

  it.each([
    ['/campaigns/99', 404],
    ['/campaigns/x', 400],
    ['/nothing', 404],
  ])('shows nothing for %s', async (path, status) => {
    const response = await get(path, FRAME)

    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await response.text()).toContain('<body>\n\n</body>')
  })

  it('shows nothing where there is no banner', async () => {
    expect((await get('/campaigns/8', FRAME)).status).toBe(204)
  })
})

describe('a person', () => {
  it.each([
    ['/campaigns/99', 404, 'Unknown campaign.'],
    ['/campaigns/x', 400, 'Campaign id must be a whole number from 1 to 9007199254740991.'],
    ['/nothing', 404, 'No such path, try /campaigns/1.'],
    ['/images/x', 400, 'Banner id must be a whole number from 1 to 9007199254740991.'],
  ])('gets a page for %s', async (path, status, sentence) => {
    const response = await get(path, { accept: CHROME_PAGE })

    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(await response.text()).toContain(`<h1>${sentence}</h1>`)
  })

  it('gets no page by HEAD, but its headers', async () => {
    const headers = { accept: CHROME_PAGE }
    const response = await appWith().request('/campaigns/99', { method: 'HEAD', headers })

    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await response.text()).toBe('')
  })

  it('gets a page when something breaks, with the id for the log', async () => {
    const now = () => {
      throw new Error('broken')
    }
    const response = await get(
      '/campaigns/7',
      { accept: CHROME_PAGE },
      { now, logError: () => 'r1' },
    )

    expect(response.status).toBe(500)
    expect(response.headers.get('x-request-id')).toBe('r1')
    expect(await response.text()).toContain('<h1>Internal error.</h1>')
  })
})

describe('a parameter that cannot be understood', () => {
  it.each(['exclude=x', 'dataset=9', 'dataset=1&dataset=2', 'exclude=30,x'])(
    'costs a program %s an error, and no page its banner',
    async (search) => {
      expect((await get(`/campaigns/7?${search}`)).status).toBe(400)
      expect((await get(`/campaigns/7?${search}`, { accept: CHROME_IMG })).status).toBe(302)
      expect((await get(`/campaigns/7?${search}`, { accept: CHROME_PAGE })).status).toBe(200)
      expect((await get(`/campaigns/7?${search}`, FRAME)).status).toBe(200)
    },
  )

  it('is named on the page for people', async () => {
    const response = await get('/campaigns/7?dataset=9', { accept: CHROME_PAGE })

    expect(await response.text()).toContain('Not understood: dataset must be 1, 2, 3 or 4.')
  })

  it('does not undo the rest of a list', async () => {
    const response = await get('/campaigns/7?exclude=30,x', { accept: CHROME_IMG })

    expect(response.headers.get('location')).toBe('http://localhost/images/10')
  })
})

describe('what is asked ahead', () => {
  it.each<Record<string, string>>([
    { 'sec-purpose': 'prefetch' },
    { 'sec-purpose': 'prefetch;prerender' },
    { 'sec-purpose': 'prefetch;anonymous-client-ip' },
    { purpose: 'prefetch' },
    { 'x-moz': 'prefetch' },
  ])('by %j moves no cookie, and heeds the one that there is', async (headers) => {
    const response = await get('/campaigns/7', { cookie: 'last=30', ...headers })

    expect(await response.json()).toMatchObject({ banner_id: 10 })
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('moves it where the purpose is another', async () => {
    const { headers } = await get('/campaigns/7', { 'sec-purpose': 'other' })

    expect(headers.getSetCookie()).toHaveLength(1)
  })
})

describe('a slash at the end', () => {
  it('is no other campaign', async () => {
    const response = await get('/campaigns/7/?exclude=30')

    expect(await response.json()).toMatchObject({ campaign_id: 7, banner_id: 10 })
    expect(response.headers.get('set-cookie')).toContain('Path=/campaigns/7;')
  })

  it.each([
    ['/images/30/', 'http://localhost/images/30'],
    ['/docs/', 'http://localhost/docs'],
    ['/embed.js/?x=1', 'http://localhost/embed.js?x=1'],
  ])('leads from %s to the path', async (path, location) => {
    const response = await get(path)

    expect(response.status).toBe(308)
    expect(response.headers.get('location')).toBe(location)
  })
})
