import { describe, expect, it } from 'vitest'
import { renderPage } from '../../../server/banner/page.ts'

const BANNER = {
  campaignId: 7,
  dataset: 3,
  choice: { bannerId: 30, poolSize: 10, probability: 0.1, repeat: false },
  imageUrl: 'https://example.com/images/30',
  clickUrl: 'https://shop.example/',
  selfUrl: 'https://example.com/campaigns/7',
  buildId: '0123456789abcdef',
  preview: false,
  fallback: undefined,
} as const

describe('renderPage', () => {
  it('shows the banner, linked to its target, in its size', () => {
    const page = renderPage(BANNER)

    expect(page).toContain(
      '<a href="https://shop.example/" target="_blank" rel="noopener sponsored"><img src="https://example.com/images/30" width="300" height="250" alt="Banner 30"></a>',
    )
  })

  it('says what it shows', () => {
    const page = renderPage(BANNER)

    expect(page).toContain('<title>Campaign 7</title>')
    expect(page).toContain('<dt>Dataset</dt><dd>3, minutes 30–44 of the hour</dd>')
    expect(page).toContain('<dt>Pool</dt><dd>10 banners</dd>')
    expect(page).toContain('<dt>Build</dt><dd>01234567</dd>')
    expect(page).toContain('href="https://example.com/campaigns/7">Show another one</a>')
  })

  it('says why a banner comes again', () => {
    const choice = { bannerId: 30, poolSize: 1, probability: 1, repeat: true }

    const page = renderPage({ ...BANNER, choice })

    expect(page).toContain('<dt>Banner</dt><dd>30, again: no other is left</dd>')
    expect(page).toContain('<dt>Pool</dt><dd>1 banner</dd>')
  })

  it('escapes every URL', () => {
    const evil = `https://x.example/?a="><script>alert('1')</script>&b`
    const escaped =
      'https://x.example/?a=&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;b'

    const page = renderPage({ ...BANNER, imageUrl: evil, clickUrl: evil, selfUrl: evil })

    expect(page).not.toContain('<script>')
    expect(page.split(escaped)).toHaveLength(4)
  })

  it('needs no other file and no script', () => {
    const page = renderPage(BANNER)

    expect(page).not.toMatch(/<script|<link rel="(?!icon" href="data:)|@import|url\(/)
    expect(page).toContain('prefers-color-scheme: dark')
  })
})
