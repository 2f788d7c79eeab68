import { describe, expect, it } from 'vitest'
import { writeReceivedRejects } from '../../../contract/received.ts'
import { createLivePools } from '../../../server/pools/changes/live-pools.ts'
import type { LoadedBuild } from '../../../server/pools/load.ts'
import { explorerApp, explorerWorld, withOpenBuild } from '../../helpers/explorer.ts'
import { CHROME_PAGE } from '../app-with.ts'

/** The build as a follower publishes it. */
function publishedBy(build: LoadedBuild, artifacts: string): LoadedBuild {
  const live = createLivePools(build.pools)
  const applied = { epoch: 'e', n: 0, sha256: '' }
  const changes = { artifacts, live, applied, createdAtMs: undefined }
  return { ...build, changes: { ...changes, isHeld: false, gap: undefined } }
}

describe('GET /explorer/received', () => {
  it('shows what did not come in, by reason and with topic, partition and offset, as text', async () => {
    await withOpenBuild(explorerWorld(), async ({ out, build, details }) => {
      const app = explorerApp({ build: publishedBy(build, out), details })
      const read = async (path: string) =>
        (await app.request(path, { headers: { accept: CHROME_PAGE } })).text()
      expect(await read('/explorer/received')).toContain('There is none')
      expect(await read('/explorer/builds')).not.toContain('from Kafka')
      const line = { topic: 'shop.clicks', partition: 2, offset: 12_345, line: 42, lines: 1 }
      await writeReceivedRejects(out, {
        total: 1_009,
        day: '2026-11-30',
        counts: { null_value: 8, not_an_id: 1_000 },
        latest: [{ ...line, reason: 'not_an_id', bytes: 8, text: '<b>,30,7' }],
      })

      const html = await read('/explorer/received')
      const text = html
        .slice(html.indexOf('<main'))
        .replace(/<[^>]+>/g, ' ')
        .replace(/\s+/g, ' ')
      expect(text).toContain('1,009 lines in all')
      expect(text).toContain('not_an_id 1,000 null_value 8')
      expect(text).toContain('shop.clicks 2 12,345 42 not_an_id &lt;b&gt;,30,7')
      expect(await read('/explorer/builds')).toContain(
        '<a href="../explorer/received">1,009 lines from Kafka</a>',
      )
    })
  })

  it('has nothing to show beside a build that no follower publishes', async () => {
    await withOpenBuild(explorerWorld(), async ({ build, details }) => {
      const app = explorerApp({ build, details })
      const response = await app.request('/explorer/received', { headers: { accept: CHROME_PAGE } })

      expect(response.status).toBe(200)
      expect(await response.text()).toContain('There is none')
    })
  })
})
