import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readKeys } from '../../../server/events/keys.ts'
import { startSigning } from '../../../server/events/signing.ts'
import { readSettings } from '../../../server/settings.ts'
import { withFolder } from '../../helpers/folders.ts'
import { type CollectingApp, withCollecting } from './event-app.ts'

const [FIRST, SECOND] = ['https://one.example/ads', 'https://two.example']
const DECISION = {
  ...({ dataset: 2, campaignId: 7, bannerId: 30 } as const),
  ...{ buildId: 'abcdef012345', probability: 0.1 },
}

/** Two machines that share keys and nothing else. */
function withTwo(fn: (one: CollectingApp, two: CollectingApp) => Promise<void>): Promise<void> {
  return withFolder((folder) =>
    withCollecting(
      join(folder, 'one'),
      (one) => withCollecting(join(folder, 'two'), (two) => fn(one, two), { collectUrl: SECOND }),
      { collectUrl: FIRST },
    ),
  )
}

describe('two machines that collect', () => {
  it('lead event addresses to the one that signed, and count a token once, whoever gets it', async () => {
    await withTwo(async (one, two) => {
      const answer = await one.request('/campaigns/7')
      const { impression_url, click_url } = (await answer.json()) as Record<string, string>
      expect(impression_url).toMatch(/^https:\/\/one\.example\/ads\/impressions\/[\w-]{90}$/)
      expect(click_url).toMatch(/^https:\/\/one\.example\/ads\/clicks\/[\w-]{90}$/)
      const [seen = '', click = ''] = [impression_url, click_url].map((url) =>
        new URL(url ?? '').pathname.replace('/ads', ''),
      )

      for (const app of [two, one, two, one]) {
        expect((await app.request(seen)).status).toBe(204)
        const redirect = await app.request(click)
        const target = redirect.headers.get('location') ?? ''
        expect(target.startsWith('https://shop.example/30')).toBe(true)
        expect(target.includes('click_id=')).toBe(app === one)
      }

      expect(one.collector.totals).toMatchObject({
        counted: { impression: 1, click: 1 },
        rejected: { repeat: 2 },
      })
      expect(two.collector.totals).toMatchObject({
        counted: { impression: 0, click: 0 },
        rejected: { elsewhere: 4 },
      })
    })
  })
})

describe('startSigning', () => {
  it('signs decisions that the named machine counts', async () => {
    process.env.BANNER_POOLS_EVENT_KEY = 'a key of the test that is long enough'
    try {
      const events = await startSigning(readSettings({ 'collect-url': `${FIRST}/` }, {}))
      expect(events?.baseUrl).toBe(FIRST)
      const token = events?.sign(DECISION) ?? ''
      const keys = await readKeys({
        text: process.env.BANNER_POOLS_EVENT_KEY,
        ...{ file: undefined, folder: undefined },
      })
      await withFolder((folder) =>
        withCollecting(
          folder,
          async ({ request, collector }) => {
            expect((await request(`/impressions/${token}`)).status).toBe(204)
            expect(collector.totals.counted.impression).toBe(1)
          },
          { collectUrl: FIRST, keys, now: () => Date.now() },
        ),
      )
    } finally {
      delete process.env.BANNER_POOLS_EVENT_KEY
    }
  })

  it('does nothing where no machine is named, and wants the key of the one that is', async () => {
    expect(await startSigning(readSettings({}, {}))).toBeUndefined()
    await expect(startSigning(readSettings({ 'collect-url': FIRST }, {}))).rejects.toThrow(
      '--collect-url needs the key of the machine that collects: BANNER_POOLS_EVENT_KEY or --event-key-file',
    )
  })
})
