import { Script } from 'node:vm'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { EMBED_SCRIPT } from '../../../server/banner/embed.ts'
import { appWith } from '../app-with.ts'

/** Asks for the script with these headers. */
async function requestScript(headers: Record<string, string> = {}, method = 'GET') {
  return await appWith().request('/embed.js', { headers, method })
}

describe('GET /embed.js', () => {
  it('answers a script that any page may load, and keep for an hour', async () => {
    const response = await requestScript()

    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=3600, stale-while-revalidate=86400',
      'cross-origin-resource-policy': 'cross-origin',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
      vary: 'Accept-Encoding',
      etag: expect.stringMatching(/^W\/"[0-9a-f]{16}"$/),
    })
    expect(await response.text()).toBe(EMBED_SCRIPT)
  })

  it('is under 2 kB compressed', () => {
    expect(gzipSync(EMBED_SCRIPT).length).toBeLessThan(2_000)
  })

  it('is a script without comments', () => {
    expect(() => new Script(EMBED_SCRIPT)).not.toThrow()
    expect(EMBED_SCRIPT).not.toMatch(/^\s*\/\/|\/\*|^\s/m)
  })

  it.each([
    ['gzip, deflate, br, zstd', 'gzip'],
    ['br;q=1, gzip;q=0.5', 'gzip'],
    ['gzip;q=0', null],
    ['gzip; q=0.0, br', null],
    ['identity', null],
    ['x-gzipped', null],
  ])('for Accept-Encoding %j is encoded as %j', async (acceptEncoding, encoding) => {
    const response = await requestScript({ 'accept-encoding': acceptEncoding })
    const body = Buffer.from(await response.arrayBuffer())

    expect(response.headers.get('content-encoding')).toBe(encoding)
    expect(String(encoding === 'gzip' ? gunzipSync(body) : body)).toBe(EMBED_SCRIPT)
  })

  it('answers 304 to whoever has it', async () => {
    const etag = (await requestScript()).headers.get('etag') ?? ''
    const response = await requestScript({ 'if-none-match': `"another", ${etag}` })

    expect(response.status).toBe(304)
    expect(response.headers.get('etag')).toBe(etag)
    expect(await response.text()).toBe('')
  })

  it('answers whoever has another version with the script', async () => {
    const response = await requestScript({ 'if-none-match': 'W/"0123456789abcdef"' })

    expect(response.status).toBe(200)
  })

  it('tells its length to HEAD', async () => {
    const response = await requestScript({}, 'HEAD')

    expect(response.headers.get('content-length')).toBe(String(EMBED_SCRIPT.length))
    expect(await response.text()).toBe('')
  })
})
