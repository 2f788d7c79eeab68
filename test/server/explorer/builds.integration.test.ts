/** Pages that compare builds: each number beside what SQL says of the files. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readRows, withDatabase } from '../../../pipeline/base/database.ts'
import { buildPools } from '../../../pipeline/build/build.ts'
import {
  addEvaluation,
  BUILD_DEFAULTS,
  createRecorder,
} from '../../../pipeline/commands/features.ts'
import { createDetails, type Details } from '../../../server/explorer/data/details.ts'
import { type LoadedBuild, loadBuild } from '../../../server/pools/load.ts'
import { explorerApp, explorerWorld } from '../../helpers/explorer.ts'
import { createFolder, removeFolder, writeFiles } from '../../helpers/folders.ts'
import { CHROME_PAGE } from '../app-with.ts'

const LIMITS = { threads: 1, memoryLimit: '1GB' }

let folder = ''
let details: Details
let build: LoadedBuild
/** The oldest first. */
const ids: string[] = []

async function makeBuild(at: string): Promise<void> {
  const summary = await buildPools({
    ...BUILD_DEFAULTS,
    ...{ input: join(folder, 'in'), out: join(folder, 'out'), maxRejectShare: 1 },
    now: () => new Date(at),
    evaluate: addEvaluation,
    record: createRecorder({ ...LIMITS, madeBy: 'batch', historyDays: 400 }),
  })
  ids.push(summary.build_id)
}

/**
 * The world of the explorer on 30 October; then banner 42 of campaign 7 earns 2,000 in quarter 1, campaign 8 is gone,
 * campaign 9 is new, and three lines do not fit; at last a click an hour later.
 */
beforeAll(async () => {
  folder = await createFolder()
  await writeFiles(join(folder, 'in'), explorerWorld())
  await makeBuild('2026-10-30T08:00:00Z')
  await writeFiles(join(folder, 'in'), {
    '1/clicks_2.csv': 'click_id,banner_id,campaign_id\n90,42,7\nx,42,7\n<b>,1,2\n',
    '1/conversions_2.csv': 'conversion_id,click_id,revenue\n90,90,2000\n91,90,-5\n',
    '2/impressions.csv': 'banner_id,campaign_id\n30,7\n21,9\n',
  })
  await makeBuild('2026-11-01T08:00:00Z')
  await writeFiles(join(folder, 'in'), {
    '1/clicks_3.csv': 'click_id,banner_id,campaign_id\n95,30,7\n',
  })
  await makeBuild('2026-11-01T09:00:00Z')
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

async function ask(path: string, accept = CHROME_PAGE, asked = details) {
  const app = explorerApp({ build, details: asked }, { currency: ' EUR' })
  const response = await app.request(path, { headers: { accept }, redirect: 'manual' })
  const html = await response.text()
  const [, body = html] = html.split('<main')
  const text = body
    .replace(/^[^>]*>/, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return { status: response.status, headers: response.headers, html, text }
}

/** Asks the files of the first build (`old_…`) and of the last one (`new_…`). */
function query<T extends object>(select: string): Promise<T[]> {
  return withDatabase(':memory:', LIMITS, async (connection) => {
    for (const [prefix, id] of [
      ['old', ids[0]],
      ['new', ids[2]],
    ]) {
      for (const name of ['pools', 'banner_stats', 'rejects']) {
        const path = join(folder, 'out/builds', id ?? '', `${name}.parquet`)
        await connection.run(`create view ${prefix}_${name} as from read_parquet('${path}')`)
      }
    }
    return readRows<T>(connection, select)
  })
}

describe('GET / beside an earlier build', () => {
  it('compares with the last one that is at least a day old', async () => {
    const { text } = await ask('/')

    expect(text).toContain('Since 2026-10-30 08:00 UTC')
    // 39 leaves with 330, 42 enters with 2,000; 8 and 9 earn nothing.
    expect(text).toContain('Revenue in pools, EUR +1,670.00 , now 9,470.00')
    expect(text).toContain('Pools changed 3 of 63 Banners in pools 2 entered, 2 left')
    expect(text).toContain('Campaigns 1 new, 1 gone Rows rejected 3 , 0 then')
    expect(text).toContain('Lost most none Gained most 7 +1,670.00')
  })

  it('says what SQL says of the files', async () => {
    const [row] = await query<Record<string, string>>(`
      select cast((select sum(revenue) from new_pools) - (select sum(revenue) from old_pools) as varchar) as change,
        (select count(*) from new_pools anti join old_pools using (dataset, campaign_id, banner_id)) as entered,
        (select count(*) from old_pools anti join new_pools using (dataset, campaign_id, banner_id)) as gone`)

    expect(row).toEqual({ change: '1670.000000', entered: 2, gone: 2 })
  })

  it('compares with another one that is chosen', async () => {
    const { text } = await ask(`/?since=${ids[1]}`)

    expect(text).toContain('Since 2026-11-01 08:00 UTC')
    expect(text).toContain('Revenue in pools, EUR 0.00 , now 9,470.00 Pools changed 0 of 63')
  })

  it.each([
    ['sort=change&order=down', [7, 9]],
    ['show=changed', [7, 8, 9]],
    ['show=gone', [8]],
    ['show=new', [9]],
    ['sort=revenue', [7, 9]],
    ['sort=id&order=down', [1059, 1058]],
    ['q=105&sort=id&order=down', [1059, 1058]],
  ])('lists with ?%s the campaigns %j first', async (search, expected) => {
    const { html } = await ask(`/?${search}`)

    const rows = [...html.matchAll(/<th scope="row">(?:<a [^>]*>)?(\d+)/g)].map(([, id]) =>
      Number(id),
    )
    expect(rows.slice(0, expected.length)).toEqual(expected)
  })

  it('gives the list as CSV and JSON at its own URL', async () => {
    const csv = await ask('/explorer/campaigns.csv?show=changed')
    const json = await ask('/explorer/campaigns.json?show=changed')

    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(csv.html.split('\n').slice(0, 3)).toEqual([
      'campaign_id,pool_1,pool_2,pool_3,pool_4,revenue,revenue_then,entered,left,stability,is_gone,is_denied',
      expect.stringMatching(/^7,10,1,0,0,9470.000000,7800.000000,1,1,[\d.]+,false,false$/),
      '8,0,0,0,0,,0.000000,0,1,,true,false',
    ])
    expect(JSON.parse(json.html)).toMatchObject({
      ...{ build_id: ids[2], since_build_id: ids[0], total: 3 },
      campaigns: [
        { campaign_id: 7, revenue: '9470.000000' },
        { campaign_id: 8 },
        { campaign_id: 9 },
      ],
    })
  })

  it('has the mean stability of the evaluation', async () => {
    const { html } = await ask('/explorer/campaigns.json?q=7')
    const path = join(folder, 'out/builds', ids[2] ?? '', 'evaluation.parquet')
    const [row] = await query<{ mean: number }>(
      `select avg(stability) as mean from read_parquet('${path}') where campaign_id = 7 and banner_id is not null`,
    )

    expect(JSON.parse(html).campaigns[0].stability).toBeCloseTo(row?.mean ?? -1, 9)
  })
})

describe('GET /explorer/campaigns/:id with a history', () => {
  it('says since when banners are in, and shows the days', async () => {
    const { text } = await ask('/explorer/campaigns/7?dataset=1')

    expect(text).toMatch(/Rank 1\. Banner 42 .*? In the pool since 2026-11-01 \./)
    expect(text).toMatch(
      /Rank 2\. Banner 30 .*? In the pool since at least 2026-10-30 , 1 place down/,
    )
    expect(text).toContain('2026-11-01 9,470.00 +1 −1 2026-10-30 7,800.00 –')
    expect(text).toContain('It earned 9,470.00 EUR')
  })

  it('leads to the campaigns beside it', async () => {
    expect((await ask('/explorer/campaigns/9')).html).toMatch(
      /rel="prev">‹ 7<\/a>.*rel="next">1000 ›/,
    )
  })
})

describe('GET /explorer/banners', () => {
  it('shows a banner in all campaigns as the files have it', async () => {
    const { status, text } = await ask('/explorer/banners/30')
    const rows = await query<{ revenue: string }>(
      `select cast(sum(revenue) as varchar) as revenue, count(*) as places from new_banner_stats where banner_id = 30`,
    )

    expect(rows).toEqual([{ revenue: '1230.000000', places: 2 }])
    expect(status).toBe(200)
    expect(text).toContain(
      'It is in 2 pools, and a candidate in 2 pools in all. It earned 1,230.00 EUR.',
    )
    expect(text).toContain('7 1 2 1,230.00 1 2 1 1,230,000.00')
  })

  it.each([
    [42, '2026-11-01 2,000.00 1 1 1 1 +1 −0 2026-10-30 0.00 0 0 1 0 –'],
    [39, '2026-11-01 330.00 1 1 1 0 +0 −1 2026-10-30 330.00 1 1 1 1 –'],
    [20, '2026-11-01 0.00 0 0 0 0 +0 −1 2026-10-30 0.00 0 0 1 1 –'],
    [30, '2026-11-01 1,230.00 1 2 2 2 – 2026-10-30 1,230.00 1 1 2 2 –'],
    [21, '2026-11-01 0.00 0 0 1 1 –'],
  ])('shows what banner %i earned, and in how many pools it was, day by day', async (id, days) => {
    const { status, text, html } = await ask(`/explorer/banners/${id}`)

    expect(status).toBe(200)
    expect(text).toContain(`Revenue, EUR Conversions Clicks Impressions Pools In, out ${days}`)
    expect(text.includes('No campaign has it now')).toBe(id === 20)
    expect(text.includes('Revenue, day by day, EUR')).toBe([42, 39, 30].includes(id))
    expect(html.includes('<svg')).toBe(id !== 21)
  })

  it('says of a banner over days what SQL says of the history', async () => {
    const [row] = await query<{ pools: number }>(`
      with history as (from read_parquet('${join(folder, 'out/history')}/campaigns_*.parquet')),
      last as (select dataset, campaign_id, arg_max(banner_ids, day) as banner_ids from history group by all)
      select count(*) as pools from last where list_contains(string_split(banner_ids, ','), '50')`)
    const figures = await query<object>(
      `select day, pools, impressions, clicks, conversions, cast(revenue as varchar) as revenue, candidates
       from read_parquet('${join(folder, 'out/history')}/banners_*.parquet') where banner_id = 50 group by all`,
    )
    const { text } = await ask('/explorer/banners/50')

    expect(row).toEqual({ pools: 60 })
    expect(figures).toEqual([
      {
        ...{ day: '2026-10-30', pools: 60, impressions: 60, clicks: 0, conversions: 0 },
        ...{ revenue: '0.000000', candidates: 60 },
      },
    ])
    expect(text).toContain('Pools In, out 2026-10-30 0.00 0 0 60 60 –')
  })

  it.each([
    ['reading', 'Earlier days are being read. Reload the page in a few seconds.'],
    ['unusable', 'Earlier days cannot be shown: the log of the server says why.'],
  ] as const)('says why earlier days are missing: %s', async (reason, words) => {
    const questions = { ...details.forPage(), readBannerDays: async () => reason }
    const without = { ...details, forPage: () => questions }
    const { text } = await ask('/explorer/banners/30', CHROME_PAGE, without)
    const { status } = await ask('/explorer/banners/20', CHROME_PAGE, without)

    expect(text).toContain(`It earned 1,230.00 EUR. Day by day ${words} In all campaigns`)
    expect(status).toBe(200)
  })

  it('leads there from the form, and says what is wrong', async () => {
    const found = await ask('/explorer/banners?id=+30')

    expect([found.status, found.headers.get('location')]).toEqual([303, 'banners/30'])
    expect((await ask('/explorer/banners?id=x')).status).toBe(400)
    expect((await ask('/explorer/banners/99')).status).toBe(404)
  })

  it('shows the days of a banner', async () => {
    const { text } = await ask('/explorer/campaigns/7/banners/42')

    expect(text).toContain('2026-11-01 1 out out out 2026-10-30 out out out out')
  })
})

describe('GET /explorer/builds', () => {
  it('lists them, the newest first', async () => {
    const { text, html } = await ask('/explorer/builds')

    expect(text).toContain('3 builds, the newest first.')
    expect(text).toContain(`2026-11-01 09:00 ${ids[2]} live 105 3 63 0 +0 −0 9,470.00`)
    expect(text).toContain(`2026-11-01 08:00 ${ids[1]} 104 3 63 3 +2 −2 9,470.00`)
    expect(text).toContain(`2026-10-30 08:00 ${ids[0]} 99 0 63 – – 7,800.00`)
    expect(html).toContain(`href="../explorer/builds/${ids[1]}/diff?from=${ids[0]}"`)
  })

  it('shows a build with its checks, its input, and what it rejected', async () => {
    const { text } = await ask(`/explorer/builds/${ids[1]}`)

    expect(text).toContain('3 rows of the input were left out.')
    expect(text).toMatch(/1\/clicks_2\.csv, line 3: x,42,7/)
    expect(text).toContain('1/clicks_2.csv 3 1 2 0 loaded')
  })

  it('shows the report as it is, and lets it load nothing', async () => {
    const { status, html, headers } = await ask(`/explorer/builds/${ids[0]}/report`)

    expect(status).toBe(200)
    expect(html).toContain(`Banner pools, build <code>${ids[0]}</code>`)
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src/)
  })

  it('lists what was rejected with file and line, as text', async () => {
    const { text, html } = await ask(`/explorer/builds/${ids[2]}/rejects`)
    const rows = await query<{ file: string; line: number; reason: string }>(
      'select file, line, reason from new_rejects order by dataset, "table", file, line',
    )

    expect(rows).toHaveLength(3)
    for (const { file, line, reason } of rows) expect(text).toContain(`${file} ${line} ${reason}`)
    expect(html).toContain('&lt;b&gt;,1,2')
    const some = await ask(`/explorer/builds/${ids[2]}/rejects?reason=${rows[0]?.reason}`)
    expect(some.text).toMatch(/^Builds › \w+ Rejected rows \d rows? with the reason/)
  })

  it('compares any two builds', async () => {
    const { text } = await ask(`/explorer/builds/${ids[2]}/diff?from=${ids[0]}`)
    const back = await ask(`/explorer/builds/${ids[0]}/diff?from=${ids[2]}`)

    expect(text).toContain('3 of 64 pools changed, 2 banners entered, 2 left.')
    expect(text).toContain('7 1 42 39 9,470.00 +1,670.00')
    expect(text).toContain('8 2 20 no pool now 0.00 9 2 21 0.00 new')
    expect(back.text).toContain('7 1 39 42 7,800.00 −1,670.00')
  })

  it.each(['aaaaaaaaaaaaaaaa', '..', 'x'])('does not know build %s', async (id) => {
    expect((await ask(`/explorer/builds/${encodeURIComponent(id)}`)).status).toBe(404)
    expect((await ask(`/explorer/builds/${ids[0]}/diff?from=${id}`)).status).toBe(404)
  })
})

describe('pages beside a damaged history', () => {
  it.each([
    ['builds_', ['/', '/explorer/builds']],
    ['banners_2026-10', ['/explorer/banners/30']],
    ['campaigns_2026-10', ['/explorer/banners/30', '/explorer/campaigns/7']],
  ])('name what is lost of %s, and show all else', async (name, paths) => {
    const history = join(folder, 'out/history')
    const [file = ''] = (await readdir(history)).filter((one) => one.startsWith(name))
    const whole = await readFile(join(history, file))
    await writeFile(join(history, file), 'no parquet')
    // Another thread, which has read nothing yet.
    const fresh = createDetails((fault) => {
      throw new Error(fault)
    }, 60_000)
    const app = explorerApp({ build, details: fresh })
    const read = async (path: string) =>
      (await app.request(path, { headers: { accept: CHROME_PAGE } })).text()
    const said = `A part of the history is damaged, so lists and charts of earlier days have gaps: ${file}`
    try {
      for (const path of paths) expect(await read(path)).toContain(said)
      expect(await read('/explorer/builds')).toContain(`${ids[0]}/report`)
    } finally {
      await fresh.stop()
      await writeFile(join(history, file), whole)
    }
  })
})
