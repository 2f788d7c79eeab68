/** The report in a browser: from a file, in each look, on a telephone and on paper. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPools } from '../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../pipeline/commands/features.ts'
import { makeSample } from '../../pipeline/sample/sample.ts'
import { withBrowser } from '../../scripts/lib/browser.ts'
import { createFolder, removeFolder } from '../helpers/folders.ts'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

const LOOKS: Record<string, BrowserContextOptions> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  telephone: { colorScheme: 'light', viewport: { width: 360, height: 700 } },
}

/** What is used of axe-core's result. */
interface AxeResult {
  readonly violations: readonly { id: string; impact: string; nodes: readonly object[] }[]
  readonly passes: readonly object[]
}

describe('report.html', () => {
  let folder = ''
  let url = ''

  beforeAll(async () => {
    folder = await createFolder()
    const [input, out] = [join(folder, 'in'), join(folder, 'out')]
    await makeSample({ out: input, scale: 0.1, seed: 0 })
    await buildPools({ ...BUILD_DEFAULTS, input, out })
    await buildPools({ ...BUILD_DEFAULTS, input, out, seed: 1 })
    url = pathToFileURL(join(out, 'report.html')).href
  })
  afterAll(() => removeFolder(folder))

  it.each(Object.entries(LOOKS))('has nothing to complain about: %s', async (_, options) => {
    const { complaints, charts, width, result } = await withBrowser((browser) =>
      inspect(browser, url, options),
    )

    expect(complaints).toEqual([])
    expect(charts.length).toBe(5)
    expect(charts.filter(({ label, marks }) => label === '' || marks === 0)).toEqual([])
    expect(width).toBeLessThanOrEqual(options.viewport?.width ?? 1280)
    expect(result.passes.length).toBeGreaterThan(10)
    const serious = result.violations.filter(({ impact }) => /serious|critical/.test(impact))
    expect(serious.map(({ id, nodes }) => [id, JSON.stringify(nodes[0])])).toEqual([])
  })

  it('looks otherwise in the dark, and prints dark on white in any case', async () => {
    const colours = await withBrowser(async (browser) => {
      const read = async (colorScheme: 'light' | 'dark', media: 'screen' | 'print') => {
        const page = await browser.newPage({ colorScheme })
        await page.emulateMedia({ media, colorScheme })
        await page.goto(url)
        return page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
      }
      return [
        await read('light', 'screen'),
        await read('dark', 'screen'),
        await read('dark', 'print'),
      ]
    })

    expect(colours).toEqual(['rgb(255, 255, 255)', 'rgb(13, 17, 23)', 'rgb(255, 255, 255)'])
  })

  it('prints within the width of the paper', async () => {
    // A4 without its margins of 15 mm.
    const paper = { width: 680, height: 1000 }
    const { tooWide, pages } = await withBrowser(async (browser) => {
      const page = await browser.newPage({ viewport: paper })
      await page.goto(url)
      const pdf = await page.pdf({ format: 'A4', preferCSSPageSize: true })
      await page.emulateMedia({ media: 'print' })
      const wide = await page.evaluate<string[]>(
        `[...document.querySelectorAll('table, svg.chart')]
          .filter((part) => part.getBoundingClientRect().right > innerWidth + 1)
          .map((part) => part.textContent.slice(0, 60))`,
      )
      return { tooWide: wide, pages: pdf.toString('latin1').match(/\/Type \/Page\b/g)?.length ?? 0 }
    })

    expect(tooWide).toEqual([])
    expect(pages).toBeGreaterThan(1)
  })
})

async function inspect(browser: Browser, url: string, options: BrowserContextOptions) {
  const complaints: string[] = []
  const page = await browser.newPage(options)
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    if (request.url() !== url && !request.url().startsWith('data:')) complaints.push(request.url())
  })
  await page.goto(url, { waitUntil: 'networkidle' })
  const charts = await page.evaluate<{ label: string; marks: number }[]>(
    `[...document.querySelectorAll('svg[role=img]')].map((chart) => ({
      label: chart.getAttribute('aria-label') ?? '',
      marks: [...chart.querySelectorAll('rect, path')].filter((mark) => mark.getBBox().width > 0).length,
    }))`,
  )
  const width = await page.evaluate<number>('document.documentElement.scrollWidth')
  // Evaluated from outside, so the policy of the page allows it nothing.
  await page.evaluate(await readFile(AXE, 'utf8'))
  const result = await page.evaluate<AxeResult>('axe.run(document)')
  return { complaints, charts, width, result }
}
