import { describe, expect, it } from 'vitest'
import { rootOf } from '../../../server/explorer/page-context.ts'

describe('rootOf', () => {
  it.each([
    '/',
    '/explorer/campaigns/12',
    '/explorer/campaigns/12/banners/30',
    '/explorer/',
    '/explorer//x',
    '/explorer/%2f/x',
  ])('leads from %s to the root', (path) => {
    const page = new URL(`https://shop.example/banners${path}`)

    expect(new URL(rootOf(path), page).href).toBe('https://shop.example/banners/')
  })
})
