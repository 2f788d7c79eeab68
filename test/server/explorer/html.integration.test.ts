import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseDenylist } from '../../../contract/denylist.ts'
import { BANNER_STATS_FILE } from '../../../contract/schema.ts'
import { explorerApp, explorerWorld, openBuild } from '../../helpers/explorer.ts'
import { faultsOf } from '../../helpers/html.ts'
import { CHROME_PAGE } from '../app-with.ts'

let open: Awaited<ReturnType<typeof openBuild>>
beforeAll(async () => {
  open = await openBuild(explorerWorld())
})
afterAll(() => open.close())

async function faultsOfPage(
  path: string,
  app = explorerApp(open),
  headers: Record<string, string> = {},
): Promise<string[]> {
  const response = await app.request(path, { headers: { accept: CHROME_PAGE, ...headers } })
  const html = await response.text()
  expect(html).toMatch(/^<!doctype html>/)
  return faultsOf(html)
}

describe('HTML', () => {
  it.each([
    '/',
    '/?q=10&page=2',
    '/?q=999',
    '/?q=%22%3E%3Cscript%3E',
    '/explorer/campaigns/7',
    '/explorer/campaigns/7?dataset=1',
    '/explorer/campaigns/7?dataset=1&draw=1',
    '/explorer/campaigns/7?dataset=1&draw=1&last=30',
    '/explorer/campaigns/7?dataset=3&draw=1',
    '/explorer/campaigns/9',
    '/explorer/campaigns/7/banners/30',
    '/explorer/campaigns/7/banners/42',
    '/explorer/nothing',
    '/campaigns/7',
    '/campaigns/7?dataset=9',
    '/campaigns/99',
    '/campaigns/x',
    '/nothing',
    '/docs',
  ])('of %s is valid', async (path) => {
    expect(await faultsOfPage(path)).toEqual([])
  })

  it.each(['/', '/explorer/campaigns/7?dataset=1&draw=1', '/explorer/campaigns/7/banners/30'])(
    'of %s is valid where a denylist and altered files leave their marks',
    async (path) => {
      const other = await openBuild(explorerWorld())
      await rm(join(other.build.folder, BANNER_STATS_FILE))
      const denylist = () => parseDenylist('banner 30\ncampaign 7')

      const faults = await faultsOfPage(path, explorerApp(other, { denylist, maxAge: 1 }))

      expect(faults).toEqual([])
      await other.close()
    },
  )

  it.each(['/campaigns/7', '/campaigns/99'])('of %s in a frame is valid', async (path) => {
    const headers = { 'sec-fetch-dest': 'iframe' }

    expect(await faultsOfPage(path, explorerApp(open), headers)).toEqual([])
  })

  it('is found at fault where it is', async () => {
    expect(await faultsOf('<!doctype html><html lang="en"><img></html>')).toContainEqual(
      expect.stringMatching(/^element-required-attributes: <img> is missing required "src"/),
    )
  })
})
