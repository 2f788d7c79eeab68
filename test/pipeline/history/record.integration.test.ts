import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readHistory } from '../../../contract/history.ts'
import { readRows, withDatabase } from '../../../pipeline/base/database.ts'
import { SILENT } from '../../../pipeline/base/progress.ts'
import { readSql } from '../../../pipeline/base/sql.ts'
import { buildPools } from '../../../pipeline/build/build.ts'
import { BUILD_DEFAULTS, createRecorder } from '../../../pipeline/commands/features.ts'
import { describeBuilds, listAllBuilds } from '../../../pipeline/history/list.ts'
import { hashOutputs } from '../../../scripts/lib/outputs.ts'
import { smallWorld } from '../../helpers/builds.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'
import { PreparedFolders } from '../../helpers/prepared-folders.ts'
import { isEveryTest } from '../../helpers/size.ts'

const LIMITS = { threads: 1, memoryLimit: '1GB', madeBy: 'batch' } as const

/** Builds what is in `<folder>/in` at a moment. */
async function build(folder: string, at: string, historyDays = 400): Promise<string> {
  const { build_id } = await buildPools({
    ...BUILD_DEFAULTS,
    input: join(folder, 'in'),
    out: join(folder, 'out'),
    keep: 2,
    now: () => new Date(at),
    record: createRecorder({ ...LIMITS, historyDays }),
  })
  return build_id
}

function query(folder: string, kind: string, select: string): Promise<object[]> {
  return withDatabase(':memory:', LIMITS, async (connection) => {
    const path = join(folder, 'out', 'history', `${kind}_*.parquet`)
    await connection.run(`create view history as from read_parquet('${path}')`)
    const stats = join(folder, 'out', 'banner_stats.parquet')
    await connection.run(`create view banner_stats as from read_parquet('${stats}')`)
    return readRows(connection, select)
  })
}

/** Builds with another click, and tells the warnings. */
async function buildMore(folder: string, at: string): Promise<string[]> {
  const hour = at.slice(11, 13)
  await writeFiles(join(folder, 'in'), {
    [`1/clicks_${hour}.csv`]: `click_id,banner_id,campaign_id\n80${hour},31,7\n`,
  })
  const warnings: string[] = []
  await buildPools({
    ...BUILD_DEFAULTS,
    ...{ input: join(folder, 'in'), out: join(folder, 'out'), keep: 2 },
    now: () => new Date(at),
    progress: { ...SILENT, warn: (line) => warnings.push(line) },
    record: createRecorder({ ...LIMITS, historyDays: 400 }),
  })
  return warnings
}

/** Files of a kind, the oldest period first. */
async function namesOf(folder: string, kind: string): Promise<string[]> {
  const names = await readdir(join(folder, 'out/history'))
  return names.filter((name) => name.startsWith(`${kind}_`)).sort()
}

/** Banner 32, which had no click, earns 5 in quarter 1: it enters before 30 in the order of revenue. */
async function addConversion(folder: string): Promise<void> {
  await writeFiles(join(folder, 'in'), {
    '1/clicks_more.csv': 'click_id,banner_id,campaign_id\n901,32,7\n',
    '1/conversions_more.csv': 'conversion_id,click_id,revenue\n91,901,5\n',
  })
}

const folders = new PreparedFolders()
afterAll(() => folders.remove())

/** Gives `fn` a folder with a build of November 28th, and its id. */
function withOneBuild(fn: (folder: string, first: string) => Promise<void>): Promise<void> {
  return folders.withCopy('one', buildFirst, fn)
}

async function buildFirst(folder: string): Promise<string> {
  await writeFiles(join(folder, 'in'), smallWorld())
  return build(folder, '2026-11-28T08:00:00Z')
}

/** Gives `fn` a folder with that and one of the 29th, with a conversion more, and their ids. */
function withTwoBuilds(
  fn: (folder: string, ids: readonly [string, string]) => Promise<void>,
): Promise<void> {
  async function buildBoth(folder: string): Promise<readonly [string, string]> {
    const first = await buildFirst(folder)
    await addConversion(folder)
    return [first, await build(folder, '2026-11-29T08:00:00Z')]
  }
  return folders.withCopy('two', buildBoth, fn)
}

describe('createRecorder', () => {
  it('adds a row a build that says what is in its files', () =>
    withTwoBuilds(async (folder, [first, second]) => {
      const rows = await query(
        folder,
        'builds',
        `select created_at, build_id, made_by, previous_build_id, inputs, rows, accepted, rejected,
           campaigns, pools, candidates, cast(revenue as varchar) as revenue,
           cast(pool_revenue as varchar) as pool_revenue, changed_pools, banners_entered, banners_left, honest
         from history order by created_at`,
      )

      // Four quarters of six impressions, four clicks, two conversions, worth 1.75.
      const shared = { made_by: 'batch', rejected: 0, campaigns: 1, pools: 4, honest: null }
      expect(rows).toEqual([
        {
          ...shared,
          ...{ created_at: '2026-11-28T08:00:00.000Z', build_id: first, previous_build_id: null },
          ...{ inputs: 12, rows: 48, accepted: 48, candidates: 16 },
          ...{ revenue: '7.000000', pool_revenue: '7.000000' },
          ...{ changed_pools: null, banners_entered: null, banners_left: null },
        },
        {
          ...shared,
          ...{ created_at: '2026-11-29T08:00:00.000Z', build_id: second, previous_build_id: first },
          ...{ inputs: 14, rows: 50, accepted: 50, candidates: 16 },
          ...{ revenue: '12.000000', pool_revenue: '12.000000' },
          // All candidates are in every pool, so nobody enters; their order differs.
          ...{ changed_pools: 1, banners_entered: 0, banners_left: 0 },
        },
      ])
    }))

  it('adds a row a campaign and quarter where it differs, with the figures of the files', () =>
    withTwoBuilds(async (folder) => {
      const days = await query(
        folder,
        'campaigns',
        'select day, count(*) as quarters from history group by day order by day',
      )
      const wrong = await query(
        folder,
        'campaigns',
        `select * from history where day = '2026-11-29' and (
           revenue <> (select sum(revenue) from banner_stats where dataset = 1)
           or pool_revenue <> (select sum(revenue) from banner_stats where dataset = 1 and pool_rank > 0)
           or converted <> 2 or candidates <> 4 or banner_ids <> '32,30,31,33')`,
      )

      expect(days).toEqual([
        { day: '2026-11-28', quarters: 4 },
        { day: '2026-11-29', quarters: 1 },
      ])
      expect(wrong).toEqual([])
    }))

  it.runIf(isEveryTest)('keeps the last state of a day only', () =>
    withTwoBuilds(async (folder) => {
      await rm(join(folder, 'in/1/clicks_more.csv'))
      await rm(join(folder, 'in/1/conversions_more.csv'))
      await build(folder, '2026-11-29T20:00:00Z')

      const days = await query(folder, 'campaigns', 'select distinct day from history')

      expect(days).toEqual([{ day: '2026-11-28' }])
    }),
  )

  it('joins the days of a month that is over, and says that a campaign is gone', () =>
    withFolder(async (folder) => {
      await writeFiles(join(folder, 'in'), smallWorld())
      await build(folder, '2026-10-30T08:00:00Z')
      await addConversion(folder)
      await build(folder, '2026-10-31T08:00:00Z')
      await writeFiles(join(folder, 'in'), {
        '4/impressions_4.csv': 'banner_id,campaign_id\n',
        '4/clicks_4.csv': 'click_id,banner_id,campaign_id\n',
        '4/conversions_4.csv': 'conversion_id,click_id,revenue\n',
      })
      await build(folder, '2026-11-01T08:00:00Z')

      const files = (await readdir(join(folder, 'out/history'))).map((name) => name.split('_')[1])
      const gone = await query(
        folder,
        'campaigns',
        "select dataset, candidates, banner_ids from history where day = '2026-11-01'",
      )

      expect(files.filter(Boolean).sort()).toEqual([
        ...['2026-10', '2026-10', '2026-10', '2026-10-31', '2026-11', '2026-11', '2026-11-01'],
      ])
      expect(gone).toEqual([{ dataset: 4, candidates: 0, banner_ids: '' }])
    }))

  it('keeps what each banner was over all campaigns and quarters, a row a day that differs', () =>
    withFolder(async (folder) => {
      const days = () =>
        query(
          folder,
          'banners',
          `select banner_id, day, candidates, pools, impressions, clicks, conversions,
             cast(revenue as varchar) as revenue
           from history where banner_id in (32, 99) group by all order by banner_id, day`,
        )
      await writeFiles(join(folder, 'in'), {
        ...smallWorld(),
        '1/impressions_99.csv': 'banner_id,campaign_id\n99,7\n99,7\n99,9\n',
      })
      await build(folder, '2026-10-30T08:00:00Z')
      // Twice that day: its last build counts.
      await addConversion(folder)
      await build(folder, '2026-10-30T09:00:00Z')
      const october = await days()
      await rm(join(folder, 'in/1/impressions_99.csv'))
      // A clock that was set back: still the 30th, at whose end 99 is gone.
      await build(folder, '2026-10-29T08:00:00Z')
      await writeFiles(join(folder, 'in'), {
        '1/clicks_last.csv': 'click_id,banner_id,campaign_id\n902,32,7\n',
      })
      await build(folder, '2026-11-02T08:00:00Z')
      await buildMore(folder, '2026-11-02T10:00:00Z')
      await buildMore(folder, '2026-11-03T11:00:00Z')
      const last = await days()

      // Banner 32 has an impression in each quarter, and no click but the added ones; 99 is one of five in campaign 7.
      const banner32 = { banner_id: 32, candidates: 4, pools: 4, impressions: 4 }
      const banner99 = { banner_id: 99, clicks: 0, conversions: 0, revenue: '0.000000' }
      const first = { ...banner32, clicks: 1, conversions: 1, revenue: '5.000000' }
      expect(october).toEqual([
        { ...first, day: '2026-10-30' },
        { ...banner99, day: '2026-10-30', candidates: 2, pools: 2, impressions: 3 },
      ])
      expect(last).toEqual([
        { ...first, day: '2026-10-30' },
        { ...first, day: '2026-11-02', clicks: 2 },
      ])
    }))

  it.runIf(isEveryTest)('says in a month that a banner of the month before is gone', () =>
    withFolder(async (folder) => {
      await writeFiles(join(folder, 'in'), {
        ...smallWorld(),
        '1/impressions_99.csv': 'banner_id,campaign_id\n99,9\n',
      })
      await build(folder, '2026-10-30T08:00:00Z')
      await rm(join(folder, 'in/1/impressions_99.csv'))
      await build(folder, '2026-11-02T08:00:00Z')
      await buildMore(folder, '2026-11-02T10:00:00Z')
      await buildMore(folder, '2026-12-01T11:00:00Z')

      const rows = await query(
        folder,
        'banners',
        'select day, candidates from history where banner_id = 99 group by all order by day',
      )
      expect(rows).toEqual([
        { day: '2026-10-30', candidates: 1 },
        { day: '2026-11-02', candidates: 0 },
      ])
      expect((await namesOf(folder, 'banners')).map((name) => name.split('_')[1])).toEqual([
        ...['2026-10', '2026-11', '2026-12'],
      ])
    }),
  )

  it.runIf(isEveryTest)(
    'removes what is older than its days, and leaves build ids and bytes as they are',
    () =>
      withFolder(async (folder) => {
        await writeFiles(join(folder, 'in'), smallWorld())
        await build(folder, '2026-01-10T08:00:00Z', 30)
        await addConversion(folder)
        const id = await build(folder, '2026-11-01T08:00:00Z', 30)
        const hashes = await hashOutputs(join(folder, 'out'))
        const days = await query(folder, 'campaigns', 'select distinct day from history')
        await rm(join(folder, 'out'), { recursive: true })

        expect(await build(folder, '2026-11-01T08:00:00Z', 0)).toBe(id)
        expect(await hashOutputs(join(folder, 'out'))).toEqual(hashes)
        expect(await readHistory(join(folder, 'out'))).toBeNull()
        expect(days).toEqual([{ day: '2026-11-01' }])
      }),
  )

  it('puts a damaged file aside with a warning, and goes on with the others', () =>
    withFolder(async (folder) => {
      await writeFiles(join(folder, 'in'), smallWorld())
      const first = await build(folder, '2026-10-28T08:00:00Z')
      await addConversion(folder)
      const second = await build(folder, '2026-11-28T08:00:00Z')
      const months = await namesOf(folder, 'builds')
      await writeFile(join(folder, 'out/history', months[0] ?? ''), 'no parquet')

      const warnings = await buildMore(folder, '2026-11-28T09:00:00Z')

      expect(warnings).toEqual([
        `of the history ${months[0]} is damaged or gone: what was in there is lost, the rest stays; see history/damaged`,
      ])
      const { builds, losses } = await listAllBuilds(join(folder, 'out'))
      expect(losses).toEqual([months[0]])
      expect(builds.map(({ build_id }) => build_id)).toEqual([expect.any(String), second])
      expect(builds.map(({ build_id }) => build_id)).not.toContain(first)
      expect(await readdir(join(folder, 'out/history/damaged'))).toEqual([months[0]])
      expect(describeBuilds({ builds, losses }).at(-1)).toBe(
        `the history is damaged, builds may be missing: ${months[0]}`,
      )
      expect(await buildMore(folder, '2026-11-28T10:00:00Z')).toEqual([])
    }))

  it.runIf(isEveryTest)('begins a day anew whose file is gone, and says so', () =>
    withOneBuild(async (folder) => {
      const [day] = await namesOf(folder, 'campaigns')
      await rm(join(folder, 'out/history', day ?? ''))

      const warnings = await buildMore(folder, '2026-11-29T08:00:00Z')

      const rows = await query(folder, 'campaigns', 'select distinct day from history')
      expect(warnings.join()).toContain(`of the history ${day} is damaged or gone`)
      expect(rows).toEqual([{ day: '2026-11-29' }])
    }),
  )

  it.each([
    ['damaged', (path: string) => writeFile(path, '{}')],
    ['gone', (path: string) => rm(path)],
  ])('makes a list that is %s anew of the files beside it', (_, harm) =>
    withTwoBuilds(async (folder) => {
      await harm(join(folder, 'out/history/history.json'))

      const warnings = await buildMore(folder, '2026-11-30T08:00:00Z')

      expect(warnings).toEqual([
        'history/history.json is damaged or gone: it is made anew of the 5 intact files beside it',
      ])
      const rows = await query(folder, 'builds', 'select created_at from history order by all')
      expect(rows).toHaveLength(3)
      const days = await query(folder, 'campaigns', 'select distinct day from history order by day')
      expect(days).toEqual([{ day: '2026-11-28' }, { day: '2026-11-29' }])
    }),
  )

  it('lets a build be published, and leaves the history, where it cannot be read', () =>
    withOneBuild(async (folder) => {
      const list = join(folder, 'out/history/history.json')
      await rm(list)
      await mkdir(list)
      await addConversion(folder)
      const notes: string[] = []
      const { build_id } = await buildPools({
        ...BUILD_DEFAULTS,
        ...{ input: join(folder, 'in'), out: join(folder, 'out') },
        progress: { ...SILENT, note: (line) => notes.push(line) },
        record: createRecorder({ ...LIMITS, historyDays: 400 }),
      })

      const manifest = await readFile(join(folder, 'out/manifest.json'), 'utf8')
      expect(manifest).toContain(build_id)
      expect(notes.join()).toContain('the history is not written')
      expect(await namesOf(folder, 'builds')).toHaveLength(1)
    }))
})

describe('listAllBuilds', () => {
  it('lists builds that only the history knows, the newest first', () =>
    withOneBuild(async (folder, first) => {
      const ids = [first]
      for (const day of [29, 30]) {
        await writeFiles(join(folder, 'in'), {
          [`1/clicks_${day}.csv`]: `click_id,banner_id,campaign_id\n9${day},31,7\n`,
        })
        ids.push(await build(folder, `2026-11-${day}T08:00:00Z`))
      }

      const { builds, losses } = await listAllBuilds(join(folder, 'out'))

      expect(losses).toEqual([])

      expect(builds.map(({ build_id }) => build_id)).toEqual(ids.toReversed())
      expect(builds.map(({ is_kept }) => is_kept)).toEqual([true, true, false])
      expect(builds.map(({ is_current }) => is_current)).toEqual([true, false, false])
    }))

  it('tells of builds without a history what their manifests do', () =>
    withFolder(async (folder) => {
      await writeFiles(join(folder, 'in'), smallWorld())
      await build(folder, '2026-11-26T08:00:00Z', 0)

      const [only] = (await listAllBuilds(join(folder, 'out'))).builds

      expect(only).toMatchObject({ pools: 4, candidates: 16, rows: 48, campaigns: null })
    }))
})

describe('sql/history/kept_builds.sql', () => {
  it('thins builds of a follower to one an hour after a day, one a day after a month', async () => {
    const rows = await withDatabase(':memory:', LIMITS, async (connection) => {
      await connection.run(`create table recorded_builds as
        select strftime(moment, '%Y-%m-%dT%H:%M:%S.000Z') as created_at, made_by,
          'aa' as build_id, null as previous_build_id, 0 as inputs, 0 as rows, 0 as accepted,
          0 as rejected, 0 as duplicates, 0 as campaigns, 0 as pools, 0 as candidates,
          0 as revenue, 0 as pool_revenue, 0 as changed_pools, 0 as banners_entered, 0 as banners_left,
          0 as warned_checks, 0 as honest, 0 as chance, 0 as naive
        from (values (timestamp '2026-11-30 12:00:00', 'follower'), ('2026-11-30 12:05:00', 'follower'),
          ('2026-11-20 12:00:00', 'follower'), ('2026-11-20 12:05:00', 'follower'),
          ('2026-11-20 13:05:00', 'follower'), ('2026-10-01 01:00:00', 'follower'),
          ('2026-10-01 02:00:00', 'follower'), ('2026-10-01 03:00:00', 'batch'),
          ('2026-10-01 03:10:00', 'batch')) rows (moment, made_by)`)
      await connection.run(`set variable day_ago = '2026-11-29T12:05:00.000Z'`)
      await connection.run(`set variable month_ago = '2026-10-30T12:05:00.000Z'`)
      return readRows<{ created_at: string }>(connection, await readSql('history', 'kept_builds'))
    })

    expect(rows.map(({ created_at }) => created_at.slice(5, 16))).toEqual([
      ...['10-01T02:00', '10-01T03:00', '10-01T03:10'],
      ...['11-20T12:05', '11-20T13:05', '11-30T12:00', '11-30T12:05'],
    ])
  })
})
