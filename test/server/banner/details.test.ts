/** Banners whose target, text and size are known. */
import { describe, expect, it } from 'vitest'
import { BUILD_ID, rowsOf } from '../../../scripts/lib/pool-files.ts'
import { createBannerDetails } from '../../../server/pools/banner-details.ts'
import { createPools } from '../../../server/pools/pools.ts'
import { columnsOf } from '../../helpers/pools.ts'
import { appWith, CHROME_PAGE } from '../app-with.ts'

const DETAILS = createBannerDetails([
  { banner_id: 10, click_url: null, alt: null, width: null, height: 90 },
  {
    banner_id: 30,
    click_url: 'https://shop.example/?c={campaign_id}&b={banner_id}&k={click_id}',
    alt: 'Half <price> & "more"',
    width: 728,
    height: 90,
  },
])
const POOLS = createPools(columnsOf(rowsOf({ 7: [30, 10], 9: [50] })), BUILD_ID, DETAILS)

function get(path: string, accept = '*/*', changes = {}) {
  return appWith({ pools: () => POOLS, ...changes }).request(path, { headers: { accept } })
}

describe('a banner of banners.csv', () => {
  it('has its target, text and size', async () => {
    expect(await (await get('/campaigns/7')).json()).toMatchObject({
      banner_id: 30,
      image_url: 'http://localhost/images/30',
      click_url: 'https://shop.example/?c=7&b=30&k=',
      alt: 'Half <price> & "more"',
      width: 728,
      height: 90,
    })
  })

  it('leads to its own target before the template, and to the template before the picture', async () => {
    const clickUrl = 'https://ads.example/{banner_id}'
    const urls = async (changes: object) => {
      const response = await get('/campaigns/7?count=2', '*/*', changes)
      const { banners } = (await response.json()) as { banners: { click_url: string }[] }
      return banners.map((banner) => banner.click_url)
    }

    expect(await urls({ clickUrl })).toEqual([
      'https://shop.example/?c=7&b=30&k=',
      'https://ads.example/10',
    ])
    expect(await urls({})).toEqual([
      'https://shop.example/?c=7&b=30&k=',
      'http://localhost/images/10',
    ])
  })

  it('says nothing of what is not given', async () => {
    const banner = await (await get('/campaigns/7?exclude=30')).json()

    expect(banner).toMatchObject({ banner_id: 10, height: 90 })
    expect(banner).not.toHaveProperty('width')
    expect(banner).not.toHaveProperty('alt')
  })

  it('is shown in its size on the page', async () => {
    const page = await (await get('/campaigns/7', CHROME_PAGE)).text()

    expect(page).toContain(
      '<a href="https://shop.example/?c=7&amp;b=30&amp;k=" target="_blank" rel="noopener sponsored"><img src="http://localhost/images/30" width="728" height="90" alt="Half &lt;price&gt; &amp; &quot;more&quot;"></a>',
    )
  })

  it('is shown as others are, if only one side is known', async () => {
    const page = await (await get('/campaigns/7?exclude=30', CHROME_PAGE)).text()

    expect(page).toContain('width="300" height="250" alt="Banner 10"')
  })

  it('may be the house banner', async () => {
    const banner = await (await get('/campaigns/77', '*/*', { houseBanner: 30 })).json()

    expect(banner).toMatchObject({
      fallback: true,
      width: 728,
      click_url: 'https://shop.example/?c=77&b=30&k=',
    })
  })
})
