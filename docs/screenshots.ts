/**
 * Takes the pictures of the README, from sample data and drawn banners: `npx tsx docs/screenshots.ts`, with Chromium
 * installed.
 */
import { join } from 'node:path'
import { BUILD_DEFAULTS, buildPools } from '../pipeline/build.ts'
import { makeSample } from '../pipeline/sample.ts'
import { withBrowser } from '../test/helpers/browser.ts'
import { withFolder } from '../test/helpers/folders.ts'
import { runServer } from '../test/helpers/server.ts'

const BANNER = { width: 400, height: 560 }
const DESKTOP = { width: 960, height: 720 }
const PHONE = { width: 360, height: 720 }

const CAMPAIGN = '/explorer/campaigns/12?dataset=1'

const PAGES = [
  { file: 'page.png', path: '/campaigns/12?dataset=1', colorScheme: 'light', viewport: BANNER },
  { file: 'page-dark.png', path: '/campaigns/12?dataset=1', colorScheme: 'dark', viewport: BANNER },
  { file: 'explorer.png', path: '/', colorScheme: 'light', viewport: DESKTOP },
  { file: 'explorer-dark.png', path: '/', colorScheme: 'dark', viewport: DESKTOP },
  { file: 'explorer-campaign.png', path: CAMPAIGN, colorScheme: 'light', viewport: DESKTOP },
  { file: 'explorer-campaign-dark.png', path: CAMPAIGN, colorScheme: 'dark', viewport: DESKTOP },
  { file: 'explorer-campaign-phone.png', path: CAMPAIGN, colorScheme: 'light', viewport: PHONE },
  {
    file: 'explorer-banner.png',
    path: '/explorer/campaigns/12/banners/253',
    colorScheme: 'light',
    viewport: DESKTOP,
  },
  { file: 'docs.png', path: '/docs', colorScheme: 'light', viewport: DESKTOP },
] as const

await withFolder(async (folder) => {
  const [input, out] = [join(folder, 'in'), join(folder, 'out')]
  await makeSample({ out: input, scale: 1, seed: 0 })
  await buildPools({ ...BUILD_DEFAULTS, input, out })
  await runServer(['--artifacts', out, '--port', '0'], (url) =>
    withBrowser(async (browser) => {
      for (const { file, path, colorScheme, viewport } of PAGES) {
        const page = await browser.newPage({ colorScheme, viewport })
        await page.goto(url + path, { waitUntil: 'networkidle' })
        await page.screenshot({ path: join(import.meta.dirname, file) })
      }
    }),
  )
})
