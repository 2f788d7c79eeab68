import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Loading style sheets once more would be a request that the pages' policies forbid. */
const OPTIONS = { preload: false, resultTypes: ['violations'] }

/** What axe finds in a page: rule, how grave it is, and the first element. */
export async function violationsOf(page: Page): Promise<string[]> {
  // Through the debugger, which no policy of the page holds back.
  await page.evaluate(SOURCE)
  const results = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(OPTIONS)})`)
  if (results.passes.length === 0) throw new Error('axe checked nothing')
  return results.violations.map(
    ({ id, impact, nodes }) => `${impact} ${id}: ${nodes.length} × ${nodes[0]?.html.slice(0, 200)}`,
  )
}
