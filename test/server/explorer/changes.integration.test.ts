import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resolveBuildFolder } from '../../../contract/read.ts'
import { publishTowards, startEpoch } from '../../../scripts/lib/write-changes.ts'
import { loadLiveBuild } from '../../../server/pools/changes/load-live.ts'
import type { LoadedBuild } from '../../../server/pools/load.ts'
import { explorerApp, explorerWorld, openBuild } from '../../helpers/explorer.ts'
import { faultsOf } from '../../helpers/html.ts'
import { CHROME_PAGE } from '../app-with.ts'

type Open = Awaited<ReturnType<typeof openBuild>>

let base: Open
let newer: Open
/** The first build with two changes on top, which make it the second one, but for campaigns 1000 to 1059. */
let live: LoadedBuild

beforeAll(async () => {
  base = await openBuild(explorerWorld())
  newer = await openBuild(newerWorld())
  const buildId = base.build.pools.buildId
  const change = { buildId, newer: await resolveBuildFolder(newer.out) }
  const first = await publishTowards(base.out, {
    ...change,
    n: 1,
    previous: await startEpoch(base.out, buildId),
    touched: [{ dataset: 1, campaign_ids: [7] }],
  })
  await publishTowards(base.out, {
    ...change,
    n: 2,
    previous: first,
    touched: [
      { dataset: 2, campaign_ids: [8] },
      { dataset: 3, campaign_ids: [7, 9] },
    ],
  })
  const loaded = await loadLiveBuild(base.out)
  if (loaded === undefined) throw new Error('nothing is known')
  live = loaded
})
afterAll(async () => {
  await base.close()
  await newer.close()
})

/** Banner 42 of campaign 7 converts, campaign 8 goes, campaign 9 comes, campaign 7 has a banner in quarter 3. */
function newerWorld(): Record<string, string> {
  const files = explorerWorld()
  files['1/clicks.csv'] += '100,42,7\n'
  files['1/conversions.csv'] += '100,100,5000\n'
  files['2/impressions.csv'] = files['2/impressions.csv']?.replace('20,8\n', '') ?? ''
  files['3/impressions.csv'] += '77,9\n30,7\n'
  return files
}

async function pageOf(path: string): Promise<string> {
  const app = explorerApp({ build: live, details: base.details })
  return (await app.request(path, { headers: { accept: CHROME_PAGE } })).text()
}

describe('the explorer, with changes on top of the build', () => {
  it.each([7, 9])('explains campaign %i as a build of the same rows does', async (campaign) => {
    const explained = await base.details.explain(live, campaign, 42)

    expect(explained).toEqual(await newer.details.explain(newer.build, campaign, 42))
    expect(explained).not.toEqual(await base.details.explain(base.build, campaign, 42))
  })

  it('adds up revenue as a build of the same rows does', async () => {
    const campaigns = [7, 9, 1000]

    const revenues = await base.details.addRevenues(live, campaigns)

    expect(revenues).toEqual(await newer.details.addRevenues(newer.build, campaigns))
    // 7,800 of the ten before, less the last of them with 330, and 5,000 of banner 42.
    expect(revenues[0]).toBe('12470.000000')
    expect(base.faults).toEqual([])
  })

  it('does not know a campaign that is gone', async () => {
    expect(await pageOf('/explorer/campaigns/8')).toContain('Unknown campaign')
    expect(await pageOf('/?q=8')).toContain('No campaign id begins with 8.')
  })

  it('shows the state, and loads itself again for those who want it', async () => {
    const page = await pageOf('/')
    const watched = await pageOf('/?watch=1')

    expect(page).toContain(`<code>${base.build.pools.buildId}+2</code>`)
    expect(page).toMatch(/<dt>Changes<\/dt><dd>2, the last /)
    expect(page).toContain('href="./?watch=1"')
    expect(page).not.toContain('http-equiv="refresh"')
    expect(watched).toContain('<meta http-equiv="refresh" content="2"/>')
    expect(await faultsOf(page)).toEqual([])
  })

  it('has no such link where nobody publishes changes', async () => {
    const app = explorerApp(base)
    const response = await app.request('/?watch=1', { headers: { accept: CHROME_PAGE } })

    expect(await response.text()).not.toContain('watch')
  })

  it('says that a change is gone', async () => {
    const gone = { ...live.changes, artifacts: join(base.out, 'nowhere') } as LoadedBuild['changes']
    const faults = await base.details.explain({ ...live, changes: gone }, 7)

    expect(faults).toBe('unusable')
    expect(base.faults.at(-1)).toMatch(/^change 1 of build \w+: ENOENT/)
  })
})
