/** Every number on the pages of the explorer beside what SQL says of the files, over random logs. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DATASETS } from '../../contract/schema.ts'
import { readRows, withDatabase } from '../../pipeline/base/database.ts'
import { buildPools } from '../../pipeline/build/build.ts'
import { addEvaluation, BUILD_DEFAULTS, createRecorder } from '../../pipeline/commands/features.ts'
import { createDetails, type Details } from '../../server/explorer/data/details.ts'
import { type LoadedBuild, loadBuild } from '../../server/pools/load.ts'
import { makeRandomLogs } from '../helpers/evaluate/logs.ts'
import { explorerApp } from '../helpers/explorer.ts'
import { createFolder, removeFolder, writeFiles } from '../helpers/folders.ts'
import { expectShown, type PageTables, readPageTables } from '../helpers/page-tables.ts'
import { someOf } from '../helpers/size.ts'
import { CHROME_PAGE } from '../server/app-with.ts'

const LIMITS = { threads: 1, memoryLimit: '1GB' }

/** Moments of two builds. */
const DAYS = ['2026-10-30', '2026-11-01'] as const

/** Sums of pools, and how they differ: what the pages have to say. */
const VIEWS = `
  create view pools as select *, revenue::double as earned from new_pools;
  create view stats as select *, revenue::double as earned from new_banner_stats;
  create view lists as
    select 'old' as build, dataset, campaign_id, list(banner_id order by rank) as banners, sum(revenue)::double as earned from old_pools group by all
    union all
    select 'new', dataset, campaign_id, list(banner_id order by rank), sum(revenue)::double from new_pools group by all;
  create view pairs as
    select dataset, campaign_id, o.banners as then_banners, n.banners as now_banners, o.earned as then_earned, n.earned as now_earned,
      len(list_filter(coalesce(n.banners, []), lambda b: not list_contains(coalesce(o.banners, []), b))) as entered,
      len(list_filter(coalesce(o.banners, []), lambda b: not list_contains(coalesce(n.banners, []), b))) as gone
    from (from lists where build = 'old') o full join (from lists where build = 'new') n using (dataset, campaign_id);
  create view campaigns as
    select campaign_id, sum(now_earned) as now_earned, sum(then_earned) as then_earned, sum(entered) as entered, sum(gone) as gone,
      max(if(dataset = 1, len(now_banners), 0)) as q1, max(if(dataset = 2, len(now_banners), 0)) as q2,
      max(if(dataset = 3, len(now_banners), 0)) as q3, max(if(dataset = 4, len(now_banners), 0)) as q4
    from pairs group by campaign_id;`

describe.each(someOf([1, 2, 3, 4, 5, 6], 1))('pages of random logs %i', (seed) => {
  let folder = ''
  let details: Details
  let build: LoadedBuild
  const ids: string[] = []

  beforeAll(async () => {
    folder = await createFolder()
    for (const [place, day] of DAYS.entries()) {
      await writeFiles(join(folder, 'in'), makeRandomLogs(seed + 1_000 * place))
      const { build_id } = await buildPools({
        ...BUILD_DEFAULTS,
        ...{ input: join(folder, 'in'), out: join(folder, 'out'), maxRejectShare: 1 },
        now: () => new Date(`${day}T08:00:00Z`),
        evaluate: addEvaluation,
        record: createRecorder({ ...LIMITS, madeBy: 'batch', historyDays: 400 }),
      })
      ids.push(build_id)
    }
    const loaded = await loadBuild(join(folder, 'out'), undefined)
    if (loaded === undefined) throw new Error('a first build cannot be the known one')
    build = loaded
    details = createDetails((fault) => {
      throw new Error(fault)
    }, 60_000)
  })
  afterAll(async () => {
    await details.stop()
    await removeFolder(folder)
  })

  async function open(path: string): Promise<PageTables> {
    const app = explorerApp({ build, details }, { currency: ' EUR' })
    const response = await app.request(path, { headers: { accept: CHROME_PAGE } })
    expect({ path, status: response.status }).toEqual({ path, status: 200 })
    return readPageTables(await response.text())
  }

  function query<T extends object>(select: string): Promise<T[]> {
    return withDatabase(':memory:', LIMITS, async (connection) => {
      for (const [prefix, id = ''] of [
        ['old', ids[0]],
        ['new', ids[1]],
      ]) {
        for (const name of ['pools', 'banner_stats', 'rejects', 'evaluation']) {
          const path = join(folder, 'out/builds', id, `${name}.parquet`)
          await connection.run(`create view ${prefix}_${name} as from read_parquet('${path}')`)
        }
      }
      await connection.run(VIEWS)
      return readRows<T>(connection, select)
    })
  }

  it('home: campaigns with pools, turnover, stability, change and revenue', async () => {
    const rows = (await open('/?sort=id')).rows('')
    const expected = await query<Record<string, number>>(`
      select *, (select 100 * avg(stability) from new_evaluation e where e.campaign_id = campaigns.campaign_id and banner_id is not null) as stability
      from campaigns where now_earned is not null order by campaign_id`)

    expect(rows.length).toBe(expected.length)
    for (const [place, one] of expected.entries()) {
      const row = rows[place] ?? {}
      const what = `campaign ${one.campaign_id}`
      const cell = (title: string) =>
        row[Object.keys(row).find((key) => key.startsWith(title)) ?? '']
      expect(cell('Campaign')).toBe(`${one.campaign_id}`)
      for (const dataset of DATASETS) {
        expect(cell(`Q${dataset}`)?.replace('none', '0')).toBe(`${one[`q${dataset}`]}`)
      }
      const turnover = one.entered || one.gone ? `+${one.entered} −${one.gone}` : '–'
      expect(cell('In, out')).toBe(turnover)
      expectShown(cell('Stability'), one.stability ?? null, what)
      expectShown(cell('Change'), (one.now_earned ?? 0) - (one.then_earned ?? 0), what)
      expectShown(cell('Revenue'), one.now_earned ?? null, what)
    }
  })

  it('home: what changed since the build before', async () => {
    const [facts = {}] = (await open('/')).facts('dl.facts')
    const [one = {}] = await query<Record<string, number>>(`
      select sum(now_earned) as now_earned, sum(then_earned) as then_earned, sum(entered) as entered, sum(gone) as gone,
        count(*) filter (now_banners is not null) as pools, count(*) filter (now_banners is distinct from then_banners) as changed,
        (select count(*) from new_rejects) as rejected, (select count(*) from old_rejects) as rejected_then
      from pairs`)

    const [change, , now] = (facts['Revenue in pools, EUR'] ?? '').split(/(, now )/)
    expectShown(change, (one.now_earned ?? 0) - (one.then_earned ?? 0), 'change')
    expectShown(now, one.now_earned ?? null, 'now')
    expect(facts['Pools changed']).toBe(`${one.changed} of ${one.pools}`)
    expect(facts['Banners in pools']).toBe(`${one.entered} entered, ${one.gone} left`)
    expect(facts['Rows rejected']).toBe(`${one.rejected}, ${one.rejected_then} then`)
  })

  it('campaign: cards, quarters side by side, and days', async () => {
    for (const campaign of [1, 3, 5, 8]) {
      for (const dataset of DATASETS) {
        const page = await open(`/explorer/campaigns/${campaign}?dataset=${dataset}`)
        const what = `campaign ${campaign}, quarter ${dataset}`
        const pool = await query<Record<string, number>>(
          `from pools where campaign_id = ${campaign} and dataset = ${dataset} order by rank`,
        )
        const cards = page.facts('.card dl')
        const names = page.texts('.card h3')
        for (const [place, one] of pool.entries()) {
          expect(names[place]).toContain(`${one.rank}. Banner ${one.banner_id}`)
          expectFigures(cards[place], one, what)
        }
        const side = page.rows('Banners by rank')
        for (const [place, { banner_id, earned }] of pool.entries()) {
          const column = Object.keys(side[0] ?? {})[dataset] ?? ''
          const [banner, revenue] = (side[place]?.[column] ?? '').split(' ')
          expect(banner).toBe(`${banner_id}`)
          expectShown(revenue, earned ?? null, what)
        }
      }
      const days = (await open(`/explorer/campaigns/${campaign}`)).rows('Days on which')
      const [one = {}] = await query<Record<string, number>>(
        `select * from campaigns where campaign_id = ${campaign}`,
      )
      expectShown(days.at(0)?.['Revenue in pools, EUR'], one.now_earned ?? null, 'today')
      expectShown(days.at(-1)?.['Revenue in pools, EUR'], one.then_earned ?? null, 'the first day')
      if (days.length > 1) expect(days[0]?.['Banners in, out']).toBe(`+${one.entered} −${one.gone}`)
    }
  })

  it('banner of a campaign: figures and ranks in each quarter', async () => {
    for (const campaign of [1, 4, 9]) {
      for (const banner of [1, 3, 5]) {
        const found = await query<Record<string, number>>(`
          select *, (select count(*) from stats o where o.dataset = stats.dataset and o.campaign_id = stats.campaign_id) as candidates
          from stats where campaign_id = ${campaign} and banner_id = ${banner} order by dataset`)
        if (found.length === 0) continue
        const page = await open(`/explorer/campaigns/${campaign}/banners/${banner}`)
        const what = `campaign ${campaign}, banner ${banner}`
        const standings = page.facts('.standing dl')
        expect(standings.length).toBe(found.length)
        for (const [place, one] of found.entries()) {
          expectFigures(standings[place], one, what)
          const rankOf = (rank = 0) => `${rank} of ${one.candidates}`
          expect(standings[place]?.['Rank by revenue']).toBe(rankOf(one.revenue_rank))
          expect(standings[place]?.['Rank by clicks']).toBe(rankOf(one.click_rank))
        }
      }
    }
  })

  it('banner in all campaigns: places and days', async () => {
    for (const banner of [1, 2, 7, 25]) {
      const page = await open(`/explorer/banners/${banner}`)
      const rows = page.rows('By campaign and quarter')
      const found = await query<Record<string, number>>(
        `from stats where banner_id = ${banner} order by pool_rank is null, campaign_id, dataset`,
      )
      expect(rows.length).toBe(found.length)
      for (const [place, one] of found.entries()) {
        expect(rows[place]).toMatchObject({
          Campaign: `${one.campaign_id}`,
          Quarter: `${one.dataset}`,
          Rank: `${one.pool_rank ?? 'out'}`,
        })
        expectFigures(rows[place], one, `banner ${banner}`)
      }
      const [counts = {}] = await query<Record<string, number>>(`
        select count(*) filter (list_contains(now_banners, ${banner})) as now, count(*) filter (list_contains(then_banners, ${banner})) as before
        from pairs`)
      const days = page.rows('Days on which something of it changed')
      expect(days.at(0)?.Pools).toBe(`${counts.now}`)
      expect(days.at(-1)?.Pools).toBe(`${counts.before || counts.now}`)
      for (const [place, build] of [
        [0, 'new'],
        [-1, 'old'],
      ] as const) {
        const [sums = {}] = await query<Record<string, number>>(`
          select sum(impressions)::double as impressions, sum(clicks)::double as clicks, sum(conversions)::double as conversions,
            sum(revenue)::double as earned from ${build}_banner_stats where banner_id = ${banner}`)
        const day = { ...days.at(place), Revenue: days.at(place)?.['Revenue, EUR'] ?? '' }
        expectFigures(day, sums, `banner ${banner} of the ${build} build`)
      }
    }
  })

  it('builds, and the difference of two', async () => {
    const [newer = {}, older = {}] = (await open('/explorer/builds')).rows('Pools changed')
    const [one = {}] = await query<Record<string, number>>(`
      select sum(now_earned) as now_earned, sum(then_earned) as then_earned, sum(entered) as entered, sum(gone) as gone,
        count(now_banners) as pools, count(then_banners) as then_pools,
        count(*) filter (then_banners is not null and now_banners is distinct from then_banners) as changed,
        (select count(*) from new_rejects) as rejected
      from pairs`)

    expect(newer).toMatchObject({ Pools: `${one.pools}`, Rejected: `${one.rejected}` })
    expect(newer['In, out']).toBe(`+${one.entered} −${one.gone}`)
    expect(older.Pools).toBe(`${one.then_pools}`)
    expectShown(newer['Revenue in pools, EUR'], one.now_earned ?? null, 'newer')
    expectShown(older['Revenue in pools, EUR'], one.then_earned ?? null, 'older')
    const rows = (await open(`/explorer/builds/${ids[1]}/diff?from=${ids[0]}`)).rows('Pools with')
    const pairs = await query<Record<string, number>>(`
      from pairs where now_banners is distinct from then_banners order by dataset, campaign_id`)
    // A page has fifty.
    expect(rows.length).toBe(Math.min(pairs.length, 50))
    for (const [place, row] of rows.entries()) {
      const pair = pairs[place] ?? {}
      expect(row).toMatchObject({ Campaign: `${pair.campaign_id}`, Quarter: `${pair.dataset}` })
      expectShown(row.Revenue, pair.now_earned ?? null, 'revenue')
      if (row.Change === 'new') expect(pair.then_earned).toBeNull()
      else expectShown(row.Change, (pair.now_earned ?? 0) - (pair.then_earned ?? 0), 'change')
    }
  })
})

/** What cards, standings and places say alike, where they have it. */
function expectFigures(
  shown: Readonly<Record<string, string>> | undefined,
  one: Readonly<Record<string, number>>,
  what: string,
): void {
  const { earned = 0, clicks = 0, conversions = 0, impressions = 0 } = one
  expectShown(shown?.Revenue, earned, `${what}: revenue`)
  expect(shown).toMatchObject({
    Clicks: clicks.toLocaleString('en-US'),
    Conversions: conversions.toLocaleString('en-US'),
    Impressions: impressions.toLocaleString('en-US'),
  })
  const rates = {
    'Revenue per 1,000': (1_000 * earned) / impressions,
    'Clicks per 1,000': (1_000 * clicks) / impressions,
    'Conversions per 1,000 clicks': (1_000 * conversions) / clicks,
  }
  for (const [name, value] of Object.entries(rates)) {
    if (shown?.[name] !== undefined)
      expectShown(shown[name], Number.isFinite(value) ? value : null, name)
  }
}
