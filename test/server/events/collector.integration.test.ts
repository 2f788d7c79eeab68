import { createHmac } from 'node:crypto'
import { appendFile, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { formatJournalRecord, readJournalLengths } from '../../../contract/journal.ts'
import { CLICK_ID_STEP, FIRST_CLICK_ID } from '../../../server/base/click-id-blocks.ts'
import { reportToday } from '../../../server/events/today-report.ts'
import { withFolder } from '../../helpers/folders.ts'
import { type CollectingApp, NOON, SHOP, withCollecting } from './event-app.ts'

const BOT = {
  'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
}

/** All lines of a log but headers, without their `event`. */
async function linesOf(folder: string, table: string): Promise<string[]> {
  const lines: string[] = []
  for (const dataset of ['1', '2', '3', '4']) {
    for (const file of (await readdir(join(folder, dataset))).sort()) {
      if (!file.startsWith(table)) continue
      const [, ...rest] = (await readFile(join(folder, dataset, file), 'utf8')).split('\n')
      lines.push(
        ...rest
          .filter((line) => line !== '')
          .map((line) => `${dataset}: ${line.replace(/^[0-9a-f]{18}:\d+,/, '')}`),
      )
    }
  }
  return lines
}

async function reasonsOf(folder: string): Promise<string[]> {
  const files = (await readdir(join(folder, '.collect'))).filter((file) =>
    file.startsWith('rejected'),
  )
  const texts = await Promise.all(
    files.map((file) => readFile(join(folder, '.collect', file), 'utf8')),
  )
  const lines = texts
    .join('')
    .split('\n')
    .filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line)).map(({ kind, reason }) => `${kind} ${reason}`)
}

/** Clicks, and gives what the target gets. */
async function clickIdOf(app: CollectingApp, click: string, headers = {}): Promise<string | null> {
  const response = await app.request(click, { headers })
  expect(response.status).toBe(302)
  return new URL(response.headers.get('location') ?? '').searchParams.get('click_id')
}

function convert(app: CollectingApp, body: unknown, headers: Record<string, string> = SHOP) {
  return app.request('/conversions', { method: 'POST', headers, body: JSON.stringify(body) })
}

describe('a server that collects', () => {
  it('makes each event a line, once', async () => {
    await withFolder(async (folder) => {
      await withCollecting(folder, async (app) => {
        const { seen, click } = await app.decide()

        for (const method of ['GET', 'POST']) {
          expect((await app.request(seen, { method })).status).toBe(204)
        }
        const clickId = await clickIdOf(app, click)
        expect(await clickIdOf(app, click)).toBe(clickId)
        const conversion = { conversion_id: 9, click_id: clickId, revenue: 12.5 }
        expect(await (await convert(app, conversion)).json()).toEqual({
          conversion_id: '9',
          status: 'counted',
        })
        expect(await (await convert(app, conversion)).json()).toMatchObject({ status: 'repeat' })
        expect((await convert(app, { ...conversion, revenue: 13 })).status).toBe(409)
      })

      expect(await linesOf(folder, 'impressions')).toEqual(['2: 30,7'])
      expect(await linesOf(folder, 'clicks')).toEqual([`2: ${FIRST_CLICK_ID + 65_536},30,7`])
      expect(await linesOf(folder, 'conversions')).toEqual([`2: 9,${FIRST_CLICK_ID + 65_536},12.5`])
      expect(await reasonsOf(folder)).toEqual([
        ...['impression repeat', 'click repeat', 'conversion repeat', 'conversion conflict'],
      ])
    })
  })

  it('counts one of a hundred conversions at once, and the first of a hundred that differ', async () => {
    await withFolder(async (folder) => {
      await withCollecting(folder, async (app) => {
        const click_id = await clickIdOf(app, (await app.decide()).click)
        const same = Array.from({ length: 100 }, () =>
          convert(app, { conversion_id: 1, click_id, revenue: 2 }),
        )
        const other = Array.from({ length: 100 }, (_, i) =>
          convert(app, { conversion_id: 2, click_id, revenue: i }),
        )
        const sameStatus = (await Promise.all(same)).map(({ status }) => status)
        const otherStatus = (await Promise.all(other)).map(({ status }) => status)

        expect(sameStatus.every((status) => status === 200)).toBe(true)
        expect(otherStatus.filter((status) => status === 200)).toHaveLength(1)
        expect(otherStatus.filter((status) => status === 409)).toHaveLength(99)
      })
      expect(await linesOf(folder, 'conversions')).toHaveLength(2)
    })
  })

  it.each<[string, string, Record<string, string>]>([
    ['head', 'HEAD', {}],
    ['prefetch', 'GET', { 'sec-purpose': 'prefetch;prerender' }],
    ['prefetch', 'GET', { purpose: 'prefetch' }],
    ['robot', 'GET', BOT],
    ['robot', 'GET', { 'user-agent': '' }],
    ['opt_out', 'GET', { 'sec-gpc': '1' }],
    ['opt_out', 'GET', { dnt: '1' }],
  ])('keeps beside what does not count: %s by %s %j', async (reason, method, headers) => {
    await withFolder(async (folder) => {
      await withCollecting(folder, async (app) => {
        const { seen, click } = await app.decide()

        expect((await app.request(seen, { method, headers })).status).toBe(204)
        const response = await app.request(click, { method, headers })
        expect(response.status).toBe(302)
        expect(response.headers.get('location')).toBe('https://shop.example/30')
        // It can still count.
        expect(await clickIdOf(app, click)).not.toBeNull()
      })

      expect(await reasonsOf(folder)).toEqual([`impression ${reason}`, `click ${reason}`])
      expect(await linesOf(folder, 'impressions')).toEqual([])
    })
  })

  it('counts an impression for an hour and a click for a day, and leads to the target for ever', async () => {
    await withFolder(async (folder) => {
      let nowMs = NOON
      await withCollecting(
        folder,
        async (app) => {
          const [first, second] = [await app.decide(), await app.decide()]
          nowMs = NOON + 3_601_000
          expect((await app.request(first.seen)).status).toBe(204)
          expect(await clickIdOf(app, first.click)).not.toBeNull()
          nowMs = NOON + 86_401_000
          expect(await clickIdOf(app, second.click)).toBeNull()
        },
        { now: () => nowMs },
      )
      expect(await linesOf(folder, 'impressions')).toEqual([])
      expect(await linesOf(folder, 'clicks')).toHaveLength(1)
      expect((await reasonsOf(folder)).sort()).toEqual(['click expired', 'impression expired'])
    })
  })

  it('knows nothing of what it has not signed', async () => {
    await withFolder(async (folder) => {
      await withCollecting(folder, async (app) => {
        const forged = 'A'.repeat(90)
        expect((await app.request(`/impressions/${forged}`)).status).toBe(204)
        expect((await app.request(`/clicks/${forged}`)).status).toBe(404)
        expect((await app.request(`/clicks/${'A'.repeat(4_000)}`)).status).toBe(404)
        const picture = await app.request(`/impressions/${forged}.png`)
        expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png'])
        const mac = createHmac('sha256', 'guess').update('click 5').digest('base64url').slice(0, 22)
        const conversion = { conversion_id: 1, click_id: `${FIRST_CLICK_ID}.${mac}`, revenue: 1 }
        expect((await convert(app, conversion)).status).toBe(422)
        expect((await convert(app, conversion, {})).status).toBe(401)
        expect(app.collector.unkept).toMatchObject({ bad_token: 4, unauthorized: 1 })
      })
      expect(await reasonsOf(folder)).toEqual(['conversion unknown_click'])
    })
  })

  it('leads pages without a script to the picture by an address that counts', async () => {
    await withFolder(async (folder) => {
      await withCollecting(folder, async (app) => {
        const response = await app.request('/campaigns/7.png')
        const counting = new URL(response.headers.get('location') ?? '').pathname
        expect(counting).toMatch(/^\/impressions\/[\w-]{90}\.png$/)

        const picture = await app.request(counting)

        expect(picture.status).toBe(302)
        expect(picture.headers.get('location')).toBe('http://localhost/images/30')
        expect(
          await (await app.request('/campaigns/7', { headers: { accept: 'text/html' } })).text(),
        ).toMatch(
          /<a href="[^"]+\/clicks\/[\w-]{90}"[^>]*><img src="[^"]+\/impressions\/[\w-]{90}\.png"/,
        )
      })
      expect(await linesOf(folder, 'impressions')).toEqual(['2: 30,7'])
    })
  })

  it('gives no event addresses to who opted out, in previews, and for the house banner', async () => {
    await withFolder(async (folder) => {
      await withCollecting(folder, async (app) => {
        for (const [path, headers] of [
          ['/campaigns/7', { 'sec-gpc': '1' }],
          ['/campaigns/7', { dnt: '1' }],
          ['/campaigns/7?consent=no', {}],
          ['/campaigns/7?dataset=1', {}],
        ] as const) {
          const response = await app.request(path, { headers })
          expect(await response.json()).toMatchObject({ click_url: 'https://shop.example/30' })
          expect(response.headers.get('set-cookie')).toBeNull()
        }
        expect(app.collector.unkept.opt_out_decision).toBe(3)
        expect((await app.request('/campaigns/7')).headers.get('set-cookie')).toContain('last=30')
      })
    })
  })

  it.each([
    ['https://shop.example/a', 'https://shop.example/a?click_id=ID'],
    ['https://shop.example/a?b=1#c', 'https://shop.example/a?b=1&click_id=ID#c'],
    ['https://shop.example/a?', 'https://shop.example/a?click_id=ID'],
    ['https://shop.example/{click_id}/{banner_id}', 'https://shop.example/ID/30'],
  ])('tells the target %s of the click', async (clickUrl, expected) => {
    await withFolder((folder) =>
      withCollecting(
        folder,
        async (app) => {
          const response = await app.request((await app.decide()).click)
          const location = response.headers.get('location') ?? ''
          expect(location.replace(/\d+\.[\w-]{22}/, 'ID')).toBe(expected)
        },
        { clickUrl },
      ),
    )
  })

  it('answers many conversions, each with what became of it', async () => {
    await withFolder((folder) =>
      withCollecting(folder, async (app) => {
        const click_id = await clickIdOf(app, (await app.decide()).click)
        const response = await convert(app, [
          { conversion_id: 1, click_id, revenue: 1 },
          { conversion_id: 1, click_id, revenue: 1 },
          { conversion_id: 1, click_id, revenue: 2 },
          { conversion_id: 2, click_id: 'none', revenue: 1 },
          { conversion_id: 3, click_id, revenue: 1_000_001 },
          { conversion_id: 'x' },
        ])

        expect(response.status).toBe(207)
        const { results } = (await response.json()) as { results: { code: number }[] }
        expect(results.map(({ code }) => code)).toEqual([200, 200, 409, 422, 422, 422])
      }),
    )
  })
})

describe('the folder that is collected into', () => {
  it('has a header-only file of each log from the start, and names what is on disk for good', async () => {
    await withFolder(async (folder) => {
      await withCollecting(folder, async ({ request, decide }) => {
        await request((await decide()).seen)
        const journal = join(folder, '.collect/journal')
        await vi.waitFor(async () => {
          const lengths = await readJournalLengths(journal)
          const impressions = [...lengths].filter(([path]) => path.startsWith('2/impressions'))
          expect(impressions.map(([, bytes]) => bytes)).toEqual([
            'event,banner_id,campaign_id\n'.length + '6b0d91b017005d15cd:1,30,7\n'.length,
          ])
        }, 20_000)
      })
      for (const dataset of ['1', '2', '3', '4']) {
        expect(await readdir(join(folder, dataset))).toHaveLength(3)
      }
    })
  })

  it('keeps with which probability a banner was chosen, once it was seen, where that is asked for', async () => {
    await withFolder(async (folder) => {
      const decided = join(folder, '.collect/decisions-2026-11-30.csv')
      await withCollecting(folder, async ({ request, decide }) => {
        await request((await decide()).seen)
      })
      await expect(readFile(decided)).rejects.toThrow('ENOENT')
      await withCollecting(
        folder,
        async ({ request, decide }) => {
          const { seen } = await decide()
          for (const path of [seen, seen, (await decide()).click]) await request(path)
        },
        { keepsDecisions: true },
      )

      const [header, ...lines] = (await readFile(decided, 'utf8')).trim().split('\n')
      expect(header).toBe('event,dataset,campaign_id,banner_id,probability,decided_at')
      expect(lines).toEqual([expect.stringMatching(/^[0-9a-f]{18}:1,2,7,30,0\.5,1796041200$/)])
    })
  })

  it('is gone on with after a stop: nothing counts twice, click ids go on', async () => {
    await withFolder(async (folder) => {
      const first = await withCollecting(folder, async (app) => {
        const decision = await app.decide()
        await app.request(decision.seen)
        const clickId = await clickIdOf(app, decision.click)
        await convert(app, { conversion_id: 5, click_id: clickId, revenue: 1 })
        await app.request(`${decision.seen}?viewable`)
        return { ...decision, clickId }
      })

      await withCollecting(folder, async (app) => {
        await app.request(first.seen)
        await app.request(`${first.seen}?viewable`)
        expect(await clickIdOf(app, first.click)).toBe(first.clickId)
        const again = await convert(app, { conversion_id: 5, click_id: first.clickId, revenue: 1 })
        expect(await again.json()).toMatchObject({ status: 'repeat' })
        const other = await clickIdOf(app, (await app.decide()).click)
        // Another block of the same dataset.
        expect(Number.parseInt(other ?? '', 10)).toBe(FIRST_CLICK_ID + 65_536 + CLICK_ID_STEP)
        expect(reportToday(app.collector).banners).toMatchObject([
          {
            impressions: 1,
            views: 1,
            clicks: 2,
            conversions: 1,
            revenue: '1',
            rejected: { repeat: 4 },
          },
        ])
      })
      expect(await linesOf(folder, 'impressions')).toHaveLength(1)
    })
  })

  it('keeps whole lines after a kill, and cuts off the rest', async () => {
    await withFolder(async (folder) => {
      const { seen } = await withCollecting(folder, async (app) => {
        const decision = await app.decide()
        await app.request(decision.seen)
        return decision
      })
      const [file = ''] = (await readdir(join(folder, '2'))).filter((name) =>
        name.startsWith('imp'),
      )
      // As if the last journal record had not been written, and half a line had.
      await appendFile(
        join(folder, '2', file),
        '6b0d91b017005d15cd:77,30,7\n6b0d91b017005d15cd:78,3',
      )
      await writeFile(
        join(folder, '.collect/journal'),
        formatJournalRecord({ lengths: { [`2/${file}`]: 0 }, next: 13 }),
      )

      await withCollecting(folder, async (app) => {
        await app.request(seen)
        expect(reportToday(app.collector).banners).toMatchObject([{ impressions: 2 }])
      })

      expect(await linesOf(folder, 'impressions')).toEqual(['2: 30,7', '2: 30,7'])
    })
  })

  it('that is gone costs events, no banner and no redirect; then it goes on in it', async () => {
    await withFolder(async (parent) => {
      const folder = join(parent, 'events')
      await withCollecting(folder, async (app) => {
        const [first, second] = [await app.decide(), await app.decide()]
        await app.request(first.seen)
        await rename(folder, join(parent, 'moved'))

        const lost = await app.request(second.seen)
        expect([lost.status, lost.headers.get('retry-after')]).toEqual([503, '1'])
        expect(await clickIdOf(app, second.click)).toBeNull()
        expect((await app.request('/campaigns/7')).status).toBe(200)
        expect(app.collector.unkept).toMatchObject({ lost_impression: 1, lost_click: 1 })
        expect(app.warnings.join()).toContain('gone')

        await rename(join(parent, 'moved'), folder)
        await vi.waitFor(() => expect(app.collector.isOpen).toBe(true), 20_000)
        expect((await app.request(second.seen)).status).toBe(204)
        expect((await app.request(first.seen)).status).toBe(204)
      })
      expect(await linesOf(folder, 'impressions')).toHaveLength(2)
    })
  })

  it('of another process is waited for', async () => {
    await withFolder(async (folder) => {
      await withCollecting(folder, async (first) => {
        await withCollecting(folder, async (second) => {
          expect(second.warnings.join()).toContain(`process ${process.pid} collects into`)
          expect((await second.request((await second.decide()).seen)).status).toBe(503)
          await first.collector.stop()
          await vi.waitFor(() => expect(second.collector.isOpen).toBe(true), 20_000)
          expect((await second.request((await second.decide()).seen)).status).toBe(204)
        })
      })
    })
  })

  it('has the conversions of other programs remembered', async () => {
    await withFolder(async (folder) => {
      await mkdir(join(folder, '1'))
      await writeFile(
        join(folder, '1/conversions_old.csv'),
        'revenue,conversion_id,click_id\n3,8,5\n',
      )
      await withCollecting(folder, async (app) => {
        const click_id = await clickIdOf(app, (await app.decide()).click)
        expect((await convert(app, { conversion_id: 8, click_id, revenue: 3 })).status).toBe(409)
      })
    })
  })

  it('closes a day at midnight and packs it, and counts from zero', async () => {
    await withFolder(async (folder) => {
      let nowMs = Date.parse('2026-11-30T23:50:00Z')
      await withCollecting(
        folder,
        async (app) => {
          const [first, second] = [await app.decide(), await app.decide()]
          await app.request(first.seen)
          nowMs += 20 * 60_000
          await app.request(second.seen)
          expect(reportToday(app.collector)).toMatchObject({
            day: '2026-12-01',
            banners: [{ impressions: 1 }],
          })
          await vi.waitFor(async () => {
            const files = await readdir(join(folder, '4'))
            expect(
              files.filter((file) => file.includes('11-30') && file.endsWith('.gz')),
            ).toHaveLength(3)
          }, 20_000)
          // Its repeat is still known.
          await app.request(first.seen)
        },
        { now: () => nowMs },
      )
      const files = (await readdir(join(folder, '4'))).filter((file) => file.startsWith('imp'))
      expect(files.filter((file) => file.includes('12-01'))).toHaveLength(1)
      expect(await reasonsOf(folder)).toEqual(['impression repeat'])
    })
  })
})
