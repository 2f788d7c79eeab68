import { describe, expect, it } from 'vitest'
import { BUILD_ID } from '../../scripts/lib/pool-files.ts'
import { appWith, CHROME_IMG, CHROME_PAGE, DRAWN } from './app-with.ts'

describe('GET /campaigns/:id', () => {
  it('answers JSON', async () => {
    const response = await appWith().request('http://b.example:8080/campaigns/7')

    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(await response.json()).toEqual({
      campaign_id: 7,
      dataset: 2,
      banner_id: 30,
      image_url: 'http://b.example:8080/images/30',
      click_url: 'http://b.example:8080/images/30',
      build_id: BUILD_ID,
      pool_size: 2,
      probability: 0.5,
      repeat: false,
    })
  })

  it('answers a page to a browser', async () => {
    const response = await appWith().request('/campaigns/7', { headers: { accept: CHROME_PAGE } })

    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await response.text()).toContain('<img src="http://localhost/images/30"')
  })

  it('redirects an <img> to the picture', async () => {
    const response = await appWith().request('/campaigns/7', { headers: { accept: CHROME_IMG } })

    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toBe('http://localhost/images/30')
  })

  it.each([
    ['/campaigns/abc', 400, 'campaign id must be a whole number from 1 to 9007199254740991'],
    ['/campaigns/0', 400, 'campaign id must be a whole number from 1 to 9007199254740991'],
    ['/campaigns/-7', 400, 'campaign id must be a whole number from 1 to 9007199254740991'],
    ['/campaigns/7.5', 400, 'campaign id must be a whole number from 1 to 9007199254740991'],
    ['/campaigns/007', 400, 'campaign id must be a whole number from 1 to 9007199254740991'],
    ['/campaigns/1e1', 400, 'campaign id must be a whole number from 1 to 9007199254740991'],
    ['/campaigns/0x7', 400, 'campaign id must be a whole number from 1 to 9007199254740991'],
    ['/campaigns/%207', 400, 'campaign id must be a whole number from 1 to 9007199254740991'],
    ['/campaigns/%', 400, 'campaign id must be a whole number from 1 to 9007199254740991'],
    ['/campaigns/__proto__', 400, 'campaign id must be a whole number from 1 to 9007199254740991'],
    [
      '/campaigns/9007199254740992',
      400,
      'campaign id must be a whole number from 1 to 9007199254740991',
    ],
    ['/campaigns/9007199254740991', 404, 'unknown campaign'],
    ['/campaigns/7?dataset=5', 400, 'dataset must be 1, 2, 3 or 4'],
    ['/campaigns/7?dataset=', 400, 'dataset must be 1, 2, 3 or 4'],
    ['/campaigns/7?dataset=1.0', 400, 'dataset must be 1, 2, 3 or 4'],
    ['/campaigns/7?dataset=1&dataset=2', 400, 'dataset must be given once'],
    ['/campaigns/7?exclude=x', 400, 'exclude must be at most 100 banner ids joined by commas'],
    ['/campaigns/7?exclude=1;2', 400, 'exclude must be at most 100 banner ids joined by commas'],
    ['/campaigns/7?exclude[]=x', 400, 'exclude must be at most 100 banner ids joined by commas'],
    ['/campaigns/7?EXCLUDE=x', 400, 'exclude must be at most 100 banner ids joined by commas'],
    ['/campaigns/7?Dataset=5', 400, 'dataset must be 1, 2, 3 or 4'],
    ['/campaigns/7?count=0', 400, 'count must be a whole number from 1 to 10'],
    ['/campaigns/7?count=11', 400, 'count must be a whole number from 1 to 10'],
    ['/campaigns/7?count=', 400, 'count must be a whole number from 1 to 10'],
    ['/campaigns/7?count=2.0', 400, 'count must be a whole number from 1 to 10'],
    ['/campaigns/7?count=1&count=2', 400, 'count must be given once'],
    [
      `/campaigns/7?exclude=${'1,'.repeat(100)}1`,
      400,
      'exclude must be at most 100 banner ids joined by commas',
    ],
    ['/campaigns/', 404, 'no such path, try /campaigns/1'],
    ['/campaigns/7/8', 404, 'no such path, try /campaigns/1'],
    ['/Campaigns/7', 404, 'no such path, try /campaigns/1'],
  ])('%s answers %i', async (path, status, title) => {
    const response = await appWith().request(path)

    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(await response.json()).toEqual({ status, title })
  })

  it.each([
    ['/campaigns/8', 'no_pool'],
    ['/campaigns/7?exclude=10,30', 'all_excluded'],
  ])('%s answers 204 %s', async (path, reason) => {
    const response = await appWith().request(path, { headers: { accept: CHROME_PAGE } })

    expect(response.status).toBe(204)
    expect(response.headers.get('x-banner-reason')).toBe(reason)
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(await response.text()).toBe('')
  })

  it('answers 503 while nothing is loaded', async () => {
    const response = await appWith({ pools: () => undefined }).request('/campaigns/7')

    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('5')
    expect(await response.json()).toEqual({ status: 503, title: 'no pools are loaded yet' })
  })

  it('answers 500 and logs when something breaks', async () => {
    const logged: Error[] = []
    const broken = new Error('broken')
    const app = appWith({
      now: () => {
        throw broken
      },
      logError: (error) => {
        logged.push(error)
        return 'request-1'
      },
    })

    const response = await app.request('/campaigns/7')

    expect(response.status).toBe(500)
    expect(response.headers.get('x-request-id')).toBe('request-1')
    expect(await response.json()).toEqual({ status: 500, title: 'internal error' })
    expect(logged).toEqual([broken])
  })

  it.each([
    ['/campaigns/7', 'GET'],
    ['/campaigns/abc', 'GET'],
    ['/campaigns/99', 'GET'],
    ['/campaigns/8', 'GET'],
    ['/campaigns/7', 'POST'],
  ])('lets no cache keep %s %s', async (path, method) => {
    const { headers } = await appWith().request(path, { method })

    expect(headers.get('vary')).toBe('Accept, Cookie, Sec-Fetch-Dest')
    expect(headers.get('cache-control')).toBe('private, no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND'])('answers 405 to %s', async (method) => {
    const response = await appWith().request('/campaigns/7', { method })

    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
  })

  it('leaves out excluded banners', async () => {
    const response = await appWith().request('/campaigns/7?exclude=30&utm_source=x')

    expect(await response.json()).toMatchObject({ banner_id: 10, pool_size: 2, probability: 1 })
  })

  it('takes an empty list of exclusions', async () => {
    const response = await appWith().request('/campaigns/7?exclude=')

    expect(await response.json()).toMatchObject({ banner_id: 30 })
  })
})

describe('links', () => {
  it('begin with the public URL', async () => {
    const app = appWith({ publicUrl: 'https://example.com/banners' })

    const response = await app.request('http://10.0.0.1/campaigns/7')

    expect(await response.json()).toMatchObject({
      image_url: 'https://example.com/banners/images/30',
      click_url: 'https://example.com/banners/images/30',
    })
  })

  it('follow the templates', async () => {
    const app = appWith({
      clickUrl: 'https://shop.example/?c={campaign_id}&b={banner_id}&b2={banner_id}',
      images: { ...DRAWN, urlTemplate: 'https://cdn.example/{banner_id}.avif' },
    })

    const response = await app.request('/campaigns/7')

    expect(await response.json()).toMatchObject({
      image_url: 'https://cdn.example/30.avif',
      click_url: 'https://shop.example/?c=7&b=30&b2=30',
    })
  })
})

describe('GET /', () => {
  it('says where to go on', async () => {
    const response = await appWith().request('/')

    expect(await response.json()).toEqual({
      service: 'banner pools',
      campaign_url: 'http://localhost/campaigns/{campaign_id}',
      build_id: BUILD_ID,
      campaigns: 3,
      pools: 9,
    })
  })
})

describe('GET /images/:id', () => {
  it('answers a picture', async () => {
    const response = await appWith().request('/images/30')

    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('image/svg+xml')
  })

  it.each([
    ['/images/../package.json', 404],
    ['/images/%2e%2e/package.json', 404],
    ['/images/..%2fpackage.json', 400],
    ['/images/%2e%2e%2fpackage.json', 400],
    ['/images/..%5cpackage.json', 400],
    ['/images/%252e%252e%252fpackage.json', 400],
    ['/images/%00', 400],
    ['/images//etc/passwd', 404],
    ['/images/', 404],
    ['/images', 404],
  ])('%s answers %i', async (path, status) => {
    const response = await appWith().request(path)

    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ status })
  })
})
