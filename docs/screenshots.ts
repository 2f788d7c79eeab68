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

const PAGES = [
  { file: 'page.png', path: '/campaigns/12?dataset=1', colorScheme: 'light' },
  { file: 'page-dark.png', path: '/campaigns/12?dataset=1', colorScheme: 'dark' },
] as const

await withFolder(async (folder) => {
  const [input, out] = [join(folder, 'in'), join(folder, 'out')]
  await makeSample({ out: input, scale: 1, seed: 0 })
  await buildPools({ ...BUILD_DEFAULTS, input, out })
  await runServer(['--artifacts', out, '--port', '0'], (url) =>
    withBrowser(async (browser) => {
      for (const { file, path, colorScheme } of PAGES) {
        const page = await browser.newPage({ colorScheme, viewport: { width: 400, height: 560 } })
        await page.goto(url + path, { waitUntil: 'networkidle' })
        await page.screenshot({ path: join(import.meta.dirname, file) })
      }
    }),
  )
})
