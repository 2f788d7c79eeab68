import { describe, expect, it } from 'vitest'
import { appWith } from '../app-with.ts'

const ASKED = {
  origin: 'https://shop.example',
  'access-control-request-method': 'GET',
  'access-control-request-headers': 'content-type,hx-request,traceparent',
}

function preflight(path: string, corsOrigins: string[] = [], headers: object = ASKED) {
  return appWith({ corsOrigins }).request(path, { method: 'OPTIONS', headers: { ...headers } })
}

describe('OPTIONS', () => {
  it.each(['/campaigns/7', '/images/30', '/embed.js', '/'])(
    'permits %s with headers of a page of any site',
    async (path) => {
      const { status, headers } = await preflight(path)

      expect(status).toBe(204)
      expect(Object.fromEntries(headers)).toMatchObject({
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET, HEAD',
        'access-control-allow-headers': 'content-type,hx-request,traceparent',
        'access-control-max-age': '7200',
        allow: 'GET, HEAD, OPTIONS',
      })
    },
  )

  it('permits cookies to listed origins, and nothing to others', async () => {
    const listed = await preflight('/campaigns/7', ['https://shop.example'])
    const other = await preflight('/campaigns/7', ['https://other.example'])

    expect(listed.headers.get('access-control-allow-origin')).toBe('https://shop.example')
    expect(listed.headers.get('access-control-allow-credentials')).toBe('true')
    expect(other.status).toBe(204)
    expect(other.headers.has('access-control-allow-origin')).toBe(false)
  })

  it('permits a public page to ask a server in a private network', async () => {
    const headers = { ...ASKED, 'access-control-request-private-network': 'true' }

    const response = await preflight('/campaigns/7', [], headers)

    expect(response.headers.get('access-control-allow-private-network')).toBe('true')
  })

  it('does not repeat what is no list of headers', async () => {
    const headers = { ...ASKED, 'access-control-request-headers': 'a b"<>' }

    const response = await preflight('/campaigns/7', [], headers)

    expect(response.headers.has('access-control-allow-headers')).toBe(false)
  })

  it('is for public routes only', async () => {
    expect((await preflight('/docs')).status).toBe(405)
    expect((await preflight('/nothing')).status).toBe(404)
  })
})
