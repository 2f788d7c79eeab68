import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../../server/app.ts'
import { createListener } from '../../../server/http/listener.ts'
import { appWith, CHROME_IMG, CHROME_PAGE, optionsWith } from '../app-with.ts'

const SETTINGS = {
  houseBanner: 99,
  heedOptOut: true,
  trustProxy: true,
  corsOrigins: ['https://shop.example'],
  denylist: () => ({ banners: new Set([50]), campaigns: new Set([8]) }),
}

/** How many requests came as far as the app. */
let appCalls = 0
let host = ''
const options = optionsWith(SETTINGS)
const app = getRequestListener(createApp(options).fetch)
const server = createServer(
  createListener({
    ...options,
    app: (incoming, outgoing) => {
      appCalls++
      return app(incoming, outgoing)
    },
    isClosing: () => false,
  }),
)

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

interface Seen {
  readonly status: number | undefined
  readonly headers: Record<string, unknown>
  readonly body: string
}

/** Names that belong to the connection, not to the answer. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'date', 'transfer-encoding', 'content-length']

function ask(path: string, headers: Record<string, string>, method = 'GET'): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const sent = request(`http://${host}`, { path, headers, method, agent: false }, (response) => {
      let body = ''
      response.on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () => {
        resolve({ status: response.statusCode, headers: kept(response.headers), body })
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

async function askApp(
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<Seen> {
  const response = await appWith(SETTINGS).request(`http://${host}${path}`, { headers, method })
  const cookies = response.headers.getSetCookie()
  return {
    status: response.status,
    headers: kept({
      ...Object.fromEntries(response.headers),
      ...(cookies.length > 0 && { 'set-cookie': cookies }),
    }),
    body: await response.text(),
  }
}

function kept(headers: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)))
}

describe('createListener', () => {
  // path, headers, and whether the listener answers without the app
  it.each<[string, Record<string, string>, boolean]>([
    ['/campaigns/7', {}, true],
    ['/campaigns/7', { accept: '*/*' }, true],
    ['/campaigns/7', { accept: CHROME_PAGE }, true],
    ['/campaigns/7', { accept: CHROME_IMG }, true],
    ['/campaigns/7', { cookie: 'a=b; last=30' }, true],
    ['/campaigns/7', { cookie: 'last=30', 'sec-gpc': '1' }, true],
    ['/campaigns/7', { cookie: 'last=30', dnt: '1' }, true],
    ['/campaigns/7', { origin: 'https://shop.example' }, true],
    ['/campaigns/7', { origin: 'https://other.example' }, true],
    ['/campaigns/7', { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'B.example:443' }, true],
    ['/campaigns/7', { 'x-forwarded-host': 'a.example, b.example' }, true],
    ['/campaigns/7?', {}, true],
    ['/campaigns/7?dataset=3', { accept: CHROME_PAGE }, true],
    ['/campaigns/7?exclude=30&utm_source=x', {}, true],
    ['/campaigns/7?exclude=', {}, true],
    ['/campaigns/7?exclude=30,10', {}, true],
    ['/campaigns/7?exclude=30,10,99', {}, true],
    ['/campaigns/8', {}, true],
    ['/campaigns/9', { accept: CHROME_IMG }, true],
    ['/campaigns/77', {}, true],
    ['/campaigns/77?exclude=99', {}, true],
    ['/campaigns/7/', {}, true],
    ['/campaigns/7/?exclude=30', {}, true],
    ['/campaigns/7?dataset=5', {}, true],
    ['/campaigns/7?dataset=5', { accept: CHROME_PAGE }, true],
    ['/campaigns/7?dataset=1&dataset=2', {}, true],
    ['/campaigns/7?Exclude=30,undefined,', {}, true],
    ['/campaigns/7?exclude=30&exclude=10', {}, true],
    ['/campaigns/7?exclude=x', { accept: CHROME_IMG }, true],
    ['/campaigns/7?count=2', {}, true],
    ['/campaigns/7?count=2', { accept: CHROME_PAGE, cookie: 'last=30' }, true],
    ['/campaigns/7?count=11', { accept: CHROME_PAGE }, true],
    ['/campaigns/8?count=2', {}, true],
    ['/campaigns/7.png', { cookie: 'last=30' }, true],
    ['/campaigns/9.png', {}, true],
    ['/campaigns/77.png?exclude=99', {}, true],
    ['/campaigns/7', { 'sec-fetch-dest': 'image' }, true],
    ['/campaigns/7', { 'sec-fetch-dest': 'iframe', accept: CHROME_PAGE }, true],
    ['/campaigns/77?exclude=99', { 'sec-fetch-dest': 'iframe' }, true],
    ['/campaigns/77?exclude=99', { accept: CHROME_PAGE }, true],
    ['/campaigns/7', { 'sec-purpose': 'prefetch' }, true],
    ['/campaigns/7?exclude=30%2C10', {}, false],
    ['/campaigns/7?exclude=30+', {}, false],
    ['/campaigns/7?exclude[]=30', {}, false],
    ['/campaigns/7?exclude%5B0%5D=30', {}, false],
    ['/campaigns/7?x=[1]', {}, false],
    ['/campaigns/07', {}, false],
    ['/campaigns/07.png', {}, false],
    ['/campaigns/x', { accept: CHROME_PAGE }, false],
    ['/nothing', { accept: CHROME_PAGE }, false],
    ['/images/30/', {}, false],
    ['/campaigns/9007199254740992', {}, false],
    ['/campaigns', {}, false],
    ['/', {}, false],
    ['/images/30', {}, false],
    ['/openapi.json', {}, false],
    ['/docs', {}, false],
    ['/embed.js', {}, false],
  ])('answers %s with %j as the app does', async (path, headers, isDirect) => {
    const calls = appCalls

    const seen = await ask(path, headers)

    expect(seen).toEqual(await askApp(path, headers))
    expect(appCalls - calls).toBe(isDirect ? 0 : 1)
  })

  it.each(['HEAD', 'POST', 'DELETE', 'OPTIONS'])('leaves %s to the app', async (method) => {
    const calls = appCalls

    const seen = await ask('/campaigns/7', {}, method)

    expect(seen).toEqual(await askApp('/campaigns/7', {}, method))
    expect(appCalls - calls).toBe(1)
  })

  it.each([
    ['a b'],
    ['<script>'],
    ['user@host'],
    ['host:99999'],
    ['[::1'],
    ['a/b'],
    ['..'],
    ['a'.repeat(300)],
  ])('refuses the host %j', async (malformed) => {
    const seen = await ask('/campaigns/7', { host: malformed })

    expect(seen.status).toBe(400)
    expect(seen.headers).toMatchObject({ 'content-type': 'application/problem+json' })
    expect(JSON.parse(seen.body)).toEqual({ status: 400, title: 'malformed host' })
  })

  it.each([
    ['localhost:8080', 'http://localhost:8080'],
    ['EXAMPLE.com:80', 'http://example.com'],
    ['[::1]:8080', 'http://[::1]:8080'],
    ['xn--bcher-kva.example', 'http://xn--bcher-kva.example'],
    ['my_service', 'http://my_service'],
  ])('takes the host %j', async (asked, origin) => {
    const { body } = await ask('/campaigns/7', { host: asked })

    expect(JSON.parse(body)).toMatchObject({ image_url: `${origin}/images/30` })
  })

  it.each([
    '/campaigns/../explorer/campaigns/7',
    '/campaigns/%2e%2e/explorer/campaigns/7',
    '/%65xplorer/campaigns/7',
    '/campaigns/./7',
    '/campaigns/7/..',
    '//explorer/campaigns/7',
    '/campaigns//7',
    '/explorer\\campaigns\\7',
    '/explorer;a/campaigns/7',
    '/campaigns/7%2F',
    '/campaigns/%37',
    '/campaigns/7#top',
    'http://localhost/explorer/campaigns/7',
    '*',
  ])('refuses the target %s before any route', async (path) => {
    const calls = appCalls

    const seen = await ask(path, {}, path === '*' ? 'OPTIONS' : 'GET')

    expect(seen.status).toBe(400)
    expect(appCalls).toBe(calls)
  })

  it.each(['/campaigns/%7Bid%7D.png', '/campaigns/../7.png', '/campaigns//7.png?exclude=1'])(
    'answers %s, which it refuses, with a pixel',
    async (path) => {
      const seen = await ask(path, {})

      expect(seen.status).toBe(400)
      expect(seen.headers).toMatchObject({
        'content-type': 'image/png',
        'x-banner-reason': 'bad_request',
      })
    },
  )

  it('refuses a long URL', async () => {
    const seen = await ask(`/campaigns/7?x=${'a'.repeat(4_096)}`, {})

    expect(seen.status).toBe(414)
    expect(JSON.parse(seen.body)).toEqual({ status: 414, title: 'the URL is too long' })
  })
})

describe('CORS', () => {
  it('lets listed origins read with cookies, and no other', async () => {
    const listed = await ask('/campaigns/7', { origin: 'https://shop.example' })
    const other = await ask('/campaigns/7', { origin: 'https://shop.example.evil.example' })

    expect(listed.headers).toMatchObject({
      'access-control-allow-origin': 'https://shop.example',
      'access-control-allow-credentials': 'true',
      vary: 'Accept, Cookie, Sec-Fetch-Dest, Origin',
    })
    expect(other.headers).not.toHaveProperty('access-control-allow-origin')
    expect(other.headers).toMatchObject({ vary: 'Accept, Cookie, Sec-Fetch-Dest, Origin' })
  })
})

describe('the opt-out', () => {
  it.each([{ 'sec-gpc': '1' }, { dnt: '1' }])('of %j keeps the cookie away', async (headers) => {
    const seen = await ask('/campaigns/7', { cookie: 'last=30', ...headers })

    expect(JSON.parse(seen.body)).toMatchObject({ banner_id: 30, probability: 0.5 })
    expect(seen.headers).not.toHaveProperty('set-cookie')
  })
})

describe('the house banner', () => {
  it.each([
    ['/campaigns/8', 'disabled'],
    ['/campaigns/9', 'disabled'],
    ['/campaigns/7?exclude=30,10', 'all_excluded'],
    ['/campaigns/77', 'unknown_campaign'],
  ])('stands in for %s', async (path, reason) => {
    const seen = await ask(path, {})

    expect(seen.status).toBe(200)
    expect(seen.headers).toMatchObject({ 'x-banner-reason': reason })
    expect(seen.headers).not.toHaveProperty('set-cookie')
    expect(JSON.parse(seen.body)).toMatchObject({
      banner_id: 99,
      pool_size: 0,
      probability: 1,
      repeat: false,
      fallback: true,
    })
  })

  it('is not shown where it is excluded', async () => {
    expect(await ask('/campaigns/8?exclude=99', {})).toMatchObject({ status: 204 })
    expect(await ask('/campaigns/77?exclude=99', {})).toMatchObject({ status: 404 })
  })
})
