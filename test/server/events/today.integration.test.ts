import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { quotedString, readRows, withDatabase } from '../../../pipeline/base/database.ts'
import type { TodayReport } from '../../../server/events/today-report.ts'
import { withFolder } from '../../helpers/folders.ts'
import { faultsOf } from '../../helpers/html.ts'
import { type CollectingApp, SHOP, withCollecting } from './event-app.ts'

const SINCE = '2026-11-30T12:00:00.000Z'
const ROBOT = { 'user-agent': 'curl/8.5.0' }

/** Forty visitors: all but the robots see, every second clicks, every fourth buys, every fifth repeats. */
async function visit({ decide, request }: CollectingApp): Promise<void> {
  for (let i = 0; i < 40; i++) {
    const { seen, click } = await decide()
    if (i % 7 === 0) await request(seen, { headers: ROBOT })
    else await request(seen)
    if (i % 5 === 0) await request(seen)
    if (i % 2 > 0) continue
    const { headers } = await request(click)
    if (i % 4 > 0) continue
    const click_id = new URL(headers.get('location') ?? '').searchParams.get('click_id')
    const body = JSON.stringify({ conversion_id: i + 1, click_id, revenue: 0.1 * i })
    await request('/conversions', { method: 'POST', headers: SHOP, body })
  }
}

/** What DuckDB counts in the folder. */
async function countLogs(folder: string): Promise<object[]> {
  const from = (files: string) =>
    `read_csv(${quotedString(join(folder, files))}, union_by_name = true)`
  return withDatabase(':memory:', { threads: 1, memoryLimit: '500MB' }, (connection) =>
    readRows(
      connection,
      `with seen as (select campaign_id, banner_id, count(*) as n from ${from('*/impressions_*.csv')} group by all),
       clicked as (select campaign_id, banner_id, count(*) as n from ${from('*/clicks_*.csv')} group by all),
       viewed as (select campaign_id, banner_id, count(*) as n from ${from('.collect/viewable-*.csv')} group by all),
       earned as (
         select clicks.campaign_id, clicks.banner_id, count(*) as n, sum(conversions.revenue::decimal(18,6)) as revenue
         from ${from('*/conversions_*.csv')} as conversions join ${from('*/clicks_*.csv')} as clicks using (click_id) group by all)
       select seen.campaign_id::integer as campaign_id, seen.banner_id::integer as banner_id, seen.n::integer as impressions,
         coalesce(viewed.n, 0)::integer as views, clicked.n::integer as clicks, earned.n::integer as conversions,
         earned.revenue::double as revenue
       from seen join clicked using (campaign_id, banner_id) join earned using (campaign_id, banner_id)
       left join viewed using (campaign_id, banner_id) order by all`,
    ),
  )
}

describe('the numbers of today', () => {
  it('are those that DuckDB counts in the folder, as JSON, CSV and page', async () => {
    await withFolder(async (folder) => {
      await withCollecting(folder, async (app) => {
        await visit(app)
        const { seen } = await app.decide()
        await app.request(`${seen}?viewable`)

        const report = (await (await app.request('/explorer/events.json')).json()) as TodayReport
        const [header, ...lines] = (await (await app.request('/explorer/events.csv')).text())
          .trim()
          .split('\n')
        const page = await (await app.request('/explorer/events')).text()

        const counted = report.banners.map(({ rejected, revenue, ...row }) => {
          return { ...row, revenue: Number(revenue) }
        })
        expect(counted).toHaveLength(1)
        expect(counted).toEqual(await countLogs(folder))
        // 40 visitors, of whom 6 were robots the first time; of the 8 who asked twice 2 were.
        expect(report.banners).toMatchObject([
          { impressions: 36, clicks: 20, conversions: 10, rejected: { robot: 6, repeat: 6 } },
        ])
        expect(header).toBe(
          'campaign_id,banner_id,impressions,views,clicks,conversions,revenue,rejected',
        )
        expect(lines).toEqual(['7,30,36,1,20,10,18,12'])
        expect(
          page
            .match(/<td class="number">[\d.]+<\/td>/g)
            ?.slice(0, 6)
            .map((cell) => cell.replaceAll(/<[^>]+>/g, '')),
        ).toEqual(['30', '36', '1', '20', '10', '18'])
        expect(await faultsOf(page)).toEqual([])
      })
      expect(await readdir(folder)).toContain('2')
    })
  })

  it('have no fault in their HTML before there are any', async () => {
    await withFolder((folder) =>
      withCollecting(folder, async (app) => {
        const page = await (await app.request('/explorer/events')).text()

        expect(page).toContain('Nothing yet.')
        expect(await faultsOf(page)).toEqual([])
      }),
    )
  })

  it('warn of a campaign with more clicks than impressions, and of clicks without one', async () => {
    await withFolder((folder) =>
      withCollecting(folder, async (app) => {
        for (let i = 0; i < 20; i++) await app.request((await app.decide()).click)

        const { warnings } = (await (
          await app.request('/explorer/events.json')
        ).json()) as TodayReport

        expect(warnings).toEqual([
          expect.stringContaining('campaign 7 has 20 clicks and 0 impressions'),
          expect.stringContaining('20 of 20 clicks have no impression'),
        ])
        expect(await (await app.request('/explorer/events')).text()).toContain(
          'campaign 7 has 20 clicks and 0 impressions',
        )
      }),
    )
  })

  it('tell which pools stay as they are, and what exploring costs', async () => {
    const guarded = [
      { dataset: 2, campaign_id: 7, reason: '900 clicks and 3 impressions', since: SINCE },
    ] as const
    const cost = { value: 1.5, low: 1, high: 2 }
    const exploring = { share: 0.05, cost, verdict: 'the rule beats chance' } as const
    const surroundings = { guarded: async () => guarded, findCost: async () => exploring }
    await withFolder((folder) =>
      withCollecting(
        folder,
        async ({ request }) => {
          const report = await (await request('/explorer/events.json')).json()
          const page = await (await request('/explorer/events')).text()

          expect(report).toMatchObject({ guarded, exploring })
          expect(page).toContain('Campaign 7, quarter 2</a>, since ')
          expect(page).toContain('900 clicks and 3 impressions')
          expect(page).toContain('That costs 1.5 (1 to 2) per 1,000 impressions.')
          expect(await faultsOf(page)).toEqual([])
        },
        { surroundings },
      ),
    )
  })
})
