import { describe, expect, it } from 'vitest'
import { poolsOf } from '../../helpers/pools.ts'
import { seededRandom } from '../../helpers/seeded-random.ts'
import { size } from '../../helpers/size.ts'
import { appWith, CHROME_IMG, CHROME_PAGE } from '../app-with.ts'

describe('the cookie', () => {
  it('holds the banner, for this campaign only', async () => {
    const response = await appWith().request('/campaigns/7')

    expect(response.headers.getSetCookie()).toEqual([
      'last=30; Max-Age=2592000; Path=/campaigns/7; HttpOnly; SameSite=Lax',
    ])
  })

  it.each([CHROME_PAGE, CHROME_IMG])('comes with the answer to %s', async (accept) => {
    const response = await appWith().request('/campaigns/7', { headers: { accept } })

    expect(response.headers.getSetCookie()).toHaveLength(1)
  })

  it('keeps the last banner away', async () => {
    const response = await appWith().request('/campaigns/7', { headers: { cookie: 'last=30' } })

    expect(await response.json()).toMatchObject({ banner_id: 10, probability: 1, repeat: false })
  })

  it('lets a pool of one repeat', async () => {
    const response = await appWith().request('/campaigns/9', { headers: { cookie: 'last=50' } })

    expect(await response.json()).toMatchObject({ banner_id: 50, probability: 1, repeat: true })
  })

  it.each([
    ['forged', 'last=<script>; last=../../etc'],
    ['a number out of range', 'last=99999999999999999999'],
    ['another banner', 'last=999'],
    ['of 8 kB', `last=${'3'.repeat(8_192)}`],
    ['for something else', 'session=30'],
  ])('is ignored if it is %s', async (_, cookie) => {
    const response = await appWith().request('/campaigns/7', { headers: { cookie } })

    expect(await response.json()).toMatchObject({ banner_id: 30, probability: 0.5 })
  })

  it('suits pages of other sites if so set', async () => {
    const app = appWith({ cookie: 'embed', publicUrl: 'https://example.com/banners' })

    const response = await app.request('/campaigns/7')

    expect(response.headers.get('set-cookie')).toBe(
      'last=30; Max-Age=2592000; Path=/banners/campaigns/7; HttpOnly; SameSite=None; Secure; Partitioned',
    )
  })

  it('never lets a banner repeat in thousands of requests, also from quarter to quarter', async () => {
    const random = seededRandom(7)
    let time = Date.parse('2026-11-01T00:00:00Z')
    const app = appWith({
      pools: () => pools,
      now: () => new Date(time),
      random,
    })
    const pools = poolsOf({ 7: { 1: [1, 2], 2: [2, 3, 4], 3: [4, 1], 4: [1, 2, 3, 4, 5] } })
    const seen = new Set<number>()
    let last = 0
    let cookie = ''

    for (let i = 0; i < size(2_000, 100_000); i++) {
      time += Math.floor(random() * 600_000)
      const response = await app.request('/campaigns/7', { headers: { cookie } })
      const { banner_id: banner } = (await response.json()) as { banner_id: number }
      if (banner === last) expect.fail(`request ${i} repeats banner ${banner}`)
      last = banner
      seen.add(banner)
      cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
    }

    expect([...seen].sort()).toEqual([1, 2, 3, 4, 5])
  })
})

describe('HEAD /campaigns/:id', () => {
  it.each(['/campaigns/7', '/campaigns/99', '/campaigns/abc', '/campaigns/7?exclude=10,30'])(
    '%s has the status and headers of GET, but no cookie and no body',
    async (path) => {
      const get = await appWith().request(path)
      const head = await appWith().request(path, { method: 'HEAD' })

      const headers = Object.fromEntries(get.headers)
      delete headers['set-cookie']
      expect(head.status).toBe(get.status)
      expect(Object.fromEntries(head.headers)).toMatchObject(headers)
      expect(head.headers.get('set-cookie')).toBeNull()
      expect(await head.text()).toBe('')
    },
  )

  it('tells the length of the body that GET would have', async () => {
    const body = await (await appWith().request('/campaigns/7')).text()
    const head = await appWith().request('/campaigns/7', { method: 'HEAD' })

    expect(head.headers.get('content-length')).toBe(String(body.length))
  })
})

describe('?dataset=', () => {
  it('previews another quarter', async () => {
    const response = await appWith().request('/campaigns/8?dataset=1')

    expect(await response.json()).toMatchObject({ dataset: 1, banner_id: 20, preview: true })
  })

  it('neither reads nor sets the cookie', async () => {
    const response = await appWith().request('/campaigns/7?dataset=2', {
      headers: { cookie: 'last=30' },
    })

    expect(await response.json()).toMatchObject({ banner_id: 30, probability: 0.5 })
    expect(response.headers.get('set-cookie')).toBeNull()
  })

  it('stays with the preview when the page asks for another banner', async () => {
    const response = await appWith().request('/campaigns/7?dataset=3&x="><script>', {
      headers: { accept: CHROME_PAGE },
    })

    const page = await response.text()
    expect(page).toContain('href="http://localhost/campaigns/7?dataset=3&amp;x=')
    expect(page).toContain('3, minutes 30–44 of the hour (preview)')
    expect(page).not.toContain('<script>')
  })
})
