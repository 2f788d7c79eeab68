import { describe, expect, it } from 'vitest'
import { createApp } from '../../../server/app.ts'
import { findRoute, isNormalTarget } from '../../../server/http/target.ts'
import { optionsWith } from '../app-with.ts'

describe('isNormalTarget', () => {
  it.each([
    '/',
    '/campaigns/7',
    '/campaigns/7/',
    '/campaigns/7.png',
    '/campaigns/7?exclude%5B%5D=1&x=../..//;',
    '/docs/swagger-ui.css',
    '/a..b/.c',
  ])('takes %s', (target) => {
    expect(isNormalTarget(target)).toBe(true)
  })

  it.each([
    '',
    '*',
    'a',
    '/..',
    '/a/./b',
    '/a//b',
    '/a%41',
    '/a\\b',
    '/a;b',
    '/é',
    'http://a/b',
    '/a#b',
  ])('refuses %j', (target) => {
    expect(isNormalTarget(target)).toBe(false)
  })
})

describe('findRoute', () => {
  it.each([
    ['/campaigns/7?visitor=secret', '/campaigns/:id'],
    ['/campaigns/user:password@host', '/campaigns/:id'],
    ['/campaigns/7.png', '/campaigns/:id'],
    ['/', '/'],
    ['/embed.js', '/embed.js'],
    ['/explorer/campaigns/7/banners/30', '/explorer/campaigns/:id/banners/:banner'],
    ['/secret', 'other'],
    ['http://user:password@host/', 'other'],
  ])('names the route of %s', (target, route) => {
    expect(findRoute(target)).toBe(route)
  })

  it('names every route of the app', () => {
    const paths = createApp(optionsWith()).routes.map(({ path }) => path)

    expect(paths.length).toBeGreaterThan(6)
    for (const path of paths.filter((one) => one !== '/*')) {
      expect(findRoute(path.replaceAll(/:\w+/g, '7')), path).not.toBe('other')
    }
  })
})
