/**
 * Takes the pictures of the README, from sample data and drawn banners: `npx tsx scripts/screenshots.ts`, with Chromium
 * installed.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { withTemporaryFolder } from '../pipeline/base/temporary-folder.ts'
import { buildPools } from '../pipeline/build/build.ts'
import { addEvaluation, BUILD_DEFAULTS, createRecorder } from '../pipeline/commands/features.ts'
import { makeSample } from '../pipeline/sample/sample.ts'
import { withBrowser } from './lib/browser.ts'
import { runServer } from './lib/run-server.ts'

/** Milliseconds: pages compare with a build that is at least so old. */
const DAY_MS = 90_000_000

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
  {
    file: 'explorer-banner-places.png',
    path: '/explorer/banners/253',
    colorScheme: 'light',
    viewport: DESKTOP,
  },
  {
    file: 'explorer-builds.png',
    path: '/explorer/builds',
    colorScheme: 'light',
    viewport: DESKTOP,
  },
  { file: 'docs.png', path: '/docs', colorScheme: 'light', viewport: DESKTOP },
] as const

/** The first parts of the report, with a build before: the same logs without the last tenth of the conversions. */
const REPORT = { file: 'report.png', viewport: { width: 1120, height: 1160 } } as const

const DOCS = join(import.meta.dirname, '../docs')

await withTemporaryFolder(async (folder) => {
  const [input, out] = [join(folder, 'in'), join(folder, 'out')]
  await makeSample({ out: input, scale: 1, seed: 0 })
  const later = await cutConversions(input)
  const record = createRecorder({
    ...{ threads: 2, memoryLimit: '1GB', madeBy: 'batch', historyDays: 400 },
  })
  const options = { ...BUILD_DEFAULTS, input, out, record }
  await buildPools({ ...options, now: () => new Date(Date.now() - DAY_MS) })
  for (const [path, text] of later) await writeFile(path, text)
  await buildPools({ ...options, evaluate: addEvaluation })
  await runServer(['--artifacts', out, '--port', '0'], (url) =>
    withBrowser(async (browser) => {
      for (const { file, path, colorScheme, viewport } of PAGES) {
        const page = await browser.newPage({ colorScheme, viewport })
        await page.goto(url + path, { waitUntil: 'networkidle' })
        // Figures are read in a thread of their own: the first page may not wait for them.
        while ((await page.getByText('are being read').count()) > 0) await page.reload()
        await page.screenshot({ path: join(DOCS, file) })
      }
      const page = await browser.newPage({ viewport: REPORT.viewport })
      await page.goto(pathToFileURL(join(out, 'report.html')).href)
      await page.screenshot({ path: join(DOCS, REPORT.file) })
    }),
  )
})

/** Cuts the last tenth off each file of conversions; returns the whole files. */
async function cutConversions(input: string): Promise<Map<string, string>> {
  const whole = new Map<string, string>()
  for (const dataset of [1, 2, 3, 4]) {
    const path = join(input, `${dataset}`, `conversions_${dataset}.csv`)
    const text = await readFile(path, 'utf8')
    const lines = text.split('\n')
    whole.set(path, text)
    await writeFile(path, `${lines.slice(0, Math.floor(lines.length * 0.9)).join('\n')}\n`)
  }
  return whole
}
