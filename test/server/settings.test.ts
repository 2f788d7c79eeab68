import { describe, expect, it } from 'vitest'
import { findSources, readSettings } from '../../server/settings.ts'

describe('readSettings', () => {
  it('has a default for everything', () => {
    expect(readSettings({}, {})).toEqual({
      artifacts: 'artifacts',
      port: 8080,
      impressionMinutes: 60,
      clickHours: 24,
      explore: 0,
      firstClickId: 4_503_599_627_370_496,
      maxRevenue: 1_000_000,
      host: '127.0.0.1',
      workers: 1,
      images: undefined,
      clickUrl: undefined,
      publicUrl: undefined,
      trustProxy: false,
      cookie: 'lax',
      heedOptOut: false,
      corsOrigins: [],
      denylist: undefined,
      requireDenylist: false,
      houseBanner: undefined,
      opsPort: 9464,
      opsHost: '127.0.0.1',
      allowedHosts: [],
      explorer: undefined,
      explorerPort: undefined,
      keepAlive: 75,
      maxAge: 36,
      drainDelay: 0,
      log: 'auto',
      accessLog: false,
      check: false,
      collectAck: 'disk',
      kafkaTls: false,
    })
  })

  it('takes a flag before the environment', () => {
    const env = { BANNER_POOLS_PORT: '9000', BANNER_POOLS_HOST: '0.0.0.0' }

    expect(readSettings({ port: '9001' }, env)).toMatchObject({ port: 9001, host: '0.0.0.0' })
  })

  it('takes the environment before the file, and the file before the default', () => {
    const config = {
      port: 9002,
      host: '0.0.0.0',
      'trust-proxy': true,
      'cors-origin': ['https://a.example'],
    }

    expect(readSettings({}, { BANNER_POOLS_PORT: '9000' }, config)).toMatchObject({
      ...{ port: 9000, host: '0.0.0.0', trustProxy: true },
      ...{ corsOrigins: ['https://a.example'], workers: 1 },
    })
    expect(() => readSettings({}, {}, { port: 'x' })).toThrow(
      /^--config, port must be a whole number/,
    )
  })

  it('tells where each value comes from', () => {
    const sources = findSources({ port: '1' }, { BANNER_POOLS_HOST: '::' }, { workers: 2 })

    expect(sources).toMatchObject({
      ...{ port: '--port', host: 'BANNER_POOLS_HOST', workers: 'config', log: 'default' },
    })
    expect(sources).not.toHaveProperty('images')
  })

  it.each([
    ['https://example.com/', 'https://example.com'],
    ['https://EXAMPLE.com/banners/', 'https://example.com/banners'],
    ['http://localhost:8080', 'http://localhost:8080'],
  ])('takes %s as %s', (text, publicUrl) => {
    expect(readSettings({ 'public-url': text }, {})).toMatchObject({ publicUrl })
  })

  it.each([
    [{ port: '' }, '--port must be a whole number from 0 to 65535: '],
    [{ port: '65536' }, '--port must be a whole number from 0 to 65535: 65536'],
    [{ port: '8080.5' }, '--port must be a whole number from 0 to 65535: 8080.5'],
    [{ port: ['1', '2'] }, '--port is given more than once'],
    [{ host: '' }, '--host must be a host name or an address: '],
    [{ host: 'unix:' }, "--host must have a path after 'unix:': unix:"],
    [
      { host: `unix:/${'a'.repeat(103)}` },
      "--host must have a path of at most 103 bytes after 'unix:': unix:/aaa",
    ],
    [{ 'socket-mode': 'rw-' }, '--socket-mode must be three digits from 0 to 7, such as 660: rw-'],
    [{ artifacts: '' }, '--artifacts must be a folder: '],
    [{ cookie: 'none' }, "--cookie must be 'lax' or 'embed': none"],
    [{ 'public-url': 'example.com' }, '--public-url must be an http or https URL: example.com'],
    [
      { 'public-url': 'ftp://x.example' },
      '--public-url must be an http or https URL: ftp://x.example',
    ],
    [
      { 'public-url': 'http://x/?a' },
      '--public-url must have no user, query or fragment: http://x/?a',
    ],
    [
      { 'public-url': 'http://me:pw@x/' },
      '--public-url must have no user, query or fragment: http://me:pw@x/',
    ],
    [
      { 'click-url': 'javascript:alert(1)' },
      '--click-url must be an http or https URL; its placeholders are {campaign_id}, {banner_id} and {click_id}: javascript:alert(1)',
    ],
    [
      { 'click-url': 'https://x/{banner}' },
      '--click-url must be an http or https URL; its placeholders are {campaign_id}, {banner_id} and {click_id}: https://x/{banner}',
    ],
    [
      { images: 'https://x/{campaign_id}' },
      '--images must be a folder, or an http or https URL; its placeholder is {banner_id}: https://x/{campaign_id}',
    ],
    [
      { 'click-url': 'https://x/{banner_id}\n' },
      '--click-url must be an http or https URL; its placeholders are {campaign_id}, {banner_id} and {click_id}: https://x/{banner_id}\n',
    ],
    [
      { images: 'https://x/\n' },
      '--images must be a folder, or an http or https URL; its placeholder is {banner_id}: https://x/\n',
    ],
    [
      { images: 'https://x/ü' },
      '--images must be a folder, or an http or https URL; its placeholder is {banner_id}: https://x/ü',
    ],
    [
      { images: 'https://x/?v=1' },
      '--images must be a folder, or an http or https URL; its placeholder is {banner_id}: https://x/?v=1',
    ],
  ])('refuses %j', (flags, message) => {
    expect(() => readSettings(flags, {})).toThrow(message)
  })

  it('takes lists, switches and off', () => {
    const flags = {
      'cors-origin': ['https://a.example', 'http://localhost:3000'],
      'trust-proxy': true,
      'ops-port': 'off',
      'house-banner': '30',
    }

    expect(readSettings(flags, { BANNER_POOLS_HEED_OPT_OUT: 'true' })).toMatchObject({
      corsOrigins: ['https://a.example', 'http://localhost:3000'],
      trustProxy: true,
      heedOptOut: true,
      opsPort: undefined,
      houseBanner: 30,
    })
  })

  it('takes a list from the environment, joined by commas', () => {
    const env = { BANNER_POOLS_CORS_ORIGIN: 'https://a.example,https://b.example' }

    expect(readSettings({}, env).corsOrigins).toEqual(['https://a.example', 'https://b.example'])
  })

  it.each([
    [{ 'cors-origin': 'https://a.example/' }, '--cors-origin must be an origin such as'],
    [{ 'cors-origin': '*' }, '--cors-origin must be an origin such as https://shop.example: *'],
    [{ 'house-banner': '0' }, '--house-banner must be a banner id: 0'],
    [{ 'ops-port': 'on' }, "--ops-port must be 'off' or a whole number from 0 to 65535: on"],
    [{ workers: '0' }, '--workers must be a whole number from 1 to 64: 0'],
    [{ 'max-age': '1.5' }, '--max-age must be a whole number from 1 to 99999: 1.5'],
    [{ log: 'xml' }, "--log must be 'auto', 'json' or 'text': xml"],
  ])('refuses %j too', (flags, message) => {
    expect(() => readSettings(flags, {})).toThrow(message)
  })

  it('names the variable of a bad value', () => {
    expect(() => readSettings({}, { BANNER_POOLS_PORT: 'tcp://10.0.0.1:80' })).toThrow(
      'BANNER_POOLS_PORT must be a whole number from 0 to 65535: tcp://10.0.0.1:80',
    )
  })
})
