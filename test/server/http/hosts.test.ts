import { describe, expect, it } from 'vitest'
import { createHostCheck, isLoopback } from '../../../server/http/hosts.ts'
import { NO_HOST } from '../../../server/http/origins.ts'

const SETTINGS = {
  publicUrl: 'https://banners.example/ads',
  allowedHosts: ['intern.example'],
  trustProxy: false,
}

describe('createHostCheck', () => {
  it.each([
    'localhost',
    'localhost:8080',
    'LOCALHOST.',
    'a.localhost',
    '127.0.0.1:1',
    '192.168.1.7:8080',
    '[::1]:8080',
    'banners.example',
    'Banners.Example:443',
    'intern.example:9000',
    NO_HOST,
    undefined,
  ])('takes %s', (host) => {
    expect(createHostCheck(SETTINGS)(host, {})).toBe(true)
  })

  it.each([
    'evil.example',
    'banners.example.evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'xlocalhost',
  ])('refuses %s', (host) => {
    expect(createHostCheck(SETTINGS)(host, {})).toBe(false)
  })

  it('goes by the forwarded host behind a trusted proxy', () => {
    const isOwnHost = createHostCheck({ ...SETTINGS, trustProxy: true })

    expect(isOwnHost('upstream', { 'x-forwarded-host': 'banners.example' })).toBe(true)
    expect(isOwnHost('localhost', { 'x-forwarded-host': 'evil.example' })).toBe(false)
  })
})

describe('isLoopback', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.8.8.8', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['192.168.1.7', false],
  ])('of %s is %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected)
  })
})
