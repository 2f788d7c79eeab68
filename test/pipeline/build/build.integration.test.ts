import { mkdir, readdir, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkBuild } from '../../../pipeline/ask/check.ts'
import { buildPools } from '../../../pipeline/build/build.ts'
import { describeSummary } from '../../../pipeline/build/summary.ts'
import { BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import { hashOutputs } from '../../../scripts/lib/outputs.ts'
import { csv, queryBuild, queryOutputs, smallWorld, withBuild } from '../../helpers/builds.ts'
import { createFolder, removeFolder, withFolder, writeFiles } from '../../helpers/folders.ts'
import { isEveryTest, someOf } from '../../helpers/size.ts'

describe('buildPools', () => {
  it('publishes pools, statistics, rejects and a manifest beside each other', async () => {
    await withBuild(smallWorld(), async ({ out, summary }) => {
      expect((await readdir(out)).sort()).toEqual([
        '.lock',
        '.switch.lock',
        'banner_stats.parquet',
        'builds',
        'current',
        'manifest.json',
        'pools.parquet',
        'rejects.parquet',
        'report.html',
        'stage',
      ])
      expect(await readlink(join(out, 'current'))).toBe(`builds/${summary.build_id}`)
      expect(await readlink(join(out, 'pools.parquet'))).toBe('current/pools.parquet')
      expect(await readdir(join(out, 'builds'))).toEqual([summary.build_id])
    })
  })

  it('ranks the converted, then the clicked, then the shown', async () => {
    const pool = await queryBuild(
      smallWorld(),
      'select rank, banner_id, source, revenue, clicks, conversions, impressions from pools where dataset = 1 order by rank',
    )

    // `printf '0|1|7|32' | md5sum` begins with 198e, and with 33 at the end with 4760.
    expect(pool).toEqual([
      {
        rank: 1,
        banner_id: 30,
        source: 'revenue',
        revenue: 1.75,
        clicks: 2,
        conversions: 2,
        impressions: 2,
      },
      {
        rank: 2,
        banner_id: 31,
        source: 'clicks',
        revenue: 0,
        clicks: 2,
        conversions: 0,
        impressions: 2,
      },
      {
        rank: 3,
        banner_id: 32,
        source: 'random',
        revenue: 0,
        clicks: 0,
        conversions: 0,
        impressions: 1,
      },
      {
        rank: 4,
        banner_id: 33,
        source: 'random',
        revenue: 0,
        clicks: 0,
        conversions: 0,
        impressions: 1,
      },
    ])
  })

  it('says what is current already and writes nothing', async () => {
    await withFolder(async (folder) => {
      const [input, out] = [join(folder, 'in'), join(folder, 'out')]
      await writeFiles(input, smallWorld())
      // Long after the files are written, so that their stamps are kept by the first build.
      const now = () => new Date(Date.now() + 60_000)
      const first = await buildPools({ ...BUILD_DEFAULTS, input, out, now })
      const before = await snapshot(out)

      const second = await buildPools({ ...BUILD_DEFAULTS, input, out, now })

      expect(first.status).toBe('built')
      expect(second).toEqual({ ...first, status: 'current' })
      expect(await snapshot(out)).toEqual(before)
    })
  })

  it('builds again what is current with force, to the same bytes', async () => {
    await withFolder(async (folder) => {
      const [input, out] = [join(folder, 'in'), join(folder, 'out')]
      await writeFiles(input, smallWorld())
      await buildPools({ ...BUILD_DEFAULTS, input, out })
      const before = await hashOutputs(out)

      const again = await buildPools({ ...BUILD_DEFAULTS, input, out, force: true })

      expect(again.status).toBe('built')
      expect(await hashOutputs(out)).toEqual(before)
      expect((await readdir(join(out, 'builds'))).length).toBe(1)
    })
  })

  it('mends a current build that was altered', async () => {
    await withFolder(async (folder) => {
      const [input, out] = [join(folder, 'in'), join(folder, 'out')]
      await writeFiles(input, smallWorld())
      await buildPools({ ...BUILD_DEFAULTS, input, out })
      const before = await hashOutputs(out)
      await writeFile(join(out, 'pools.parquet'), 'altered')

      const again = await buildPools({ ...BUILD_DEFAULTS, input, out })

      expect(again.status).toBe('built')
      expect(await hashOutputs(out)).toEqual(before)
    })
  })

  it.runIf(isEveryTest)('gives another seed another random order, and another id', async () => {
    const world = smallWorld()
    world['1/impressions_1.csv'] = csv('banner_id,campaign_id', shown(100))
    const ids = new Set<string>()
    const orders = new Set<string>()

    for (const seed of [0, 1]) {
      await withBuild(
        world,
        async ({ out, summary }) => {
          ids.add(summary.build_id)
          const rows = await queryOutputs(out, 'select banner_id from pools where dataset = 1')
          orders.add(JSON.stringify(rows))
        },
        { seed },
      )
    }

    expect(ids.size).toBe(2)
    expect(orders.size).toBe(2)
  })
})

describe('rows that do not fit', () => {
  it('are kept with file, line, reason and text', async () => {
    const world = smallWorld()
    world['1/clicks_1.csv'] += '1.5,30,7\n+104,30,7\n105,30\n'

    const rejects = await queryBuild(world, 'select * from rejects', { maxRejectShare: 1 })

    const place = { dataset: 1, table: 'clicks', file: '1/clicks_1.csv' }
    expect(rejects).toEqual([
      { ...place, line: 6, reason: 'not_an_id', text: '1.5,30,7' },
      { ...place, line: 7, reason: 'not_an_id', text: '+104,30,7' },
      { ...place, line: 8, reason: 'field_count', text: '105,30' },
    ])
  })

  it('counts equal rows once, quarantines different ones, and rejects orphans', async () => {
    const world = smallWorld()
    world['1/clicks_2nd.csv'] = csv('click_id,banner_id,campaign_id', [
      '101,31,7', // equal to a row of the other file
      '103,31,7', // 103 was banner 30 there: conflict, and conversion 11 becomes an orphan
      '104,31,7',
      '104,31,7', // equal within the file
    ])
    world['1/conversions_2nd.csv'] = csv('conversion_id,click_id,revenue', [
      '12,999,5', // orphan
      '12,999,5.000000', // equal to the orphan
      '13,104,2',
      '14,104,2',
      '14,104,3', // conflict
    ])

    await withBuild(
      world,
      async ({ out, manifest }) => {
        expect(
          await queryOutputs(out, 'select file, line, reason, text from rejects order by all'),
        ).toEqual([
          { file: '1/clicks_1.csv', line: 5, reason: 'conflict', text: '103,30,7' },
          { file: '1/clicks_2nd.csv', line: 3, reason: 'conflict', text: '103,31,7' },
          { file: '1/conversions_1.csv', line: 3, reason: 'orphan', text: '11,103,0.5' },
          { file: '1/conversions_2nd.csv', line: 2, reason: 'orphan', text: '12,999,5' },
          { file: '1/conversions_2nd.csv', line: 5, reason: 'conflict', text: '14,104,2' },
          { file: '1/conversions_2nd.csv', line: 6, reason: 'conflict', text: '14,104,3' },
        ])
        expect(countsOf(manifest.inputs, '1/clicks_1.csv')).toEqual([4, 3, 1, 0])
        expect(countsOf(manifest.inputs, '1/clicks_2nd.csv')).toEqual([4, 1, 1, 2])
        expect(countsOf(manifest.inputs, '1/conversions_1.csv')).toEqual([2, 1, 1, 0])
        expect(countsOf(manifest.inputs, '1/conversions_2nd.csv')).toEqual([5, 1, 3, 1])
        expect(
          await queryOutputs(
            out,
            `select banner_id, clicks, conversions, revenue from banner_stats
             where dataset = 1 and clicks > 0 order by all`,
          ),
        ).toEqual([
          { banner_id: 30, clicks: 1, conversions: 1, revenue: 1.25 },
          { banner_id: 31, clicks: 3, conversions: 1, revenue: 2 },
        ])
      },
      { maxRejectShare: 1 },
    )
  })

  it('counts revenues that it rounds', async () => {
    const world = smallWorld()
    world['1/conversions_1.csv'] = csv('conversion_id,click_id,revenue', [
      '10,100,0.0000005',
      '11,103,0.1',
    ])

    await withBuild(world, async ({ out, manifest }) => {
      const query =
        'select cast(revenue as varchar) as revenue from pools where dataset = 1 and rank = 1'
      expect(await queryOutputs(out, query)).toEqual([{ revenue: '0.100001' }])
      expect(manifest.inputs.find(({ path }) => path === '1/conversions_1.csv')?.rounded).toBe(1)
    })
  })

  it('skips a file with the lines of another one of its table', async () => {
    const world = smallWorld()
    world['2/clicks_again.csv'] = world['2/clicks_2.csv'] ?? ''

    await withBuild(world, async ({ manifest, summary }) => {
      const copy = manifest.inputs.find(({ path }) => path === '2/clicks_again.csv')
      expect(copy).toMatchObject({ status: 'duplicate', rows: 4, accepted: 0, duplicates: 4 })
      expect(copy?.warnings).toEqual(['skipped, same lines as 2/clicks_2.csv'])
      expect(summary.duplicate_files).toBe(1)
    })
  })

  it.each(
    someOf<[string, string, (text: string) => string | Uint8Array]>(
      [
        ['packed, of the same name', '1/impressions_1.csv.gz', (text) => gzipSync(text)],
        ['packed otherwise', '1/impressions_2.csv.gz', (text) => gzipSync(text, { level: 1 })],
        ['with CRLF', '1/impressions_2.csv', (text) => text.replaceAll('\n', '\r\n')],
        ['with a byte order mark', '1/impressions_2.csv', (text) => `\uFEFF${text}`],
        ['without its last line end', '1/impressions_2.csv', (text) => text.slice(0, -1)],
      ],
      2,
    ),
  )('counts the impressions of a copy once: %s', async (_, path, wrap) => {
    const world: Files = smallWorld()
    const files = { ...world, [path]: wrap(String(world['1/impressions_1.csv'])) }
    const once = await withBuild(world, ({ out, summary }) => hashAndId(out, summary.build_id))

    await withBuild(files, async ({ out, summary, manifest }) => {
      expect(await hashAndId(out, summary.build_id)).toEqual(once)
      expect(manifest.inputs.find((input) => input.path === path)).toMatchObject({
        status: 'duplicate',
        ...{ accepted: 0, duplicates: 6 },
      })
    })
  })

  it('counts equal files of impressions each if that is asked for, in a build of its own', async () => {
    const world = smallWorld()
    world['1/impressions_2.csv'] = world['1/impressions_1.csv'] ?? ''
    const query = 'select sum(impressions)::int as impressions from banner_stats where dataset = 1'
    const skipped = await withBuild(world, ({ summary }) => Promise.resolve(summary.build_id))

    await withBuild(
      world,
      async ({ out, manifest, summary }) => {
        expect(await queryOutputs(out, query)).toEqual([{ impressions: 12 }])
        expect(manifest.keep_equal_files).toBe(true)
        expect(summary.build_id).not.toBe(skipped)
        expect(summary.input_warnings).toEqual([
          '1/impressions_2.csv: counted, same lines as 1/impressions_1.csv',
        ])
      },
      { keepEqualFiles: true },
    )
  })

  it.runIf(isEveryTest)(
    'counts packed and unpacked once even where equal files are kept',
    async () => {
      const world: Files = smallWorld()
      const files = {
        ...world,
        '1/impressions_1.csv.gz': gzipSync(String(world['1/impressions_1.csv'])),
      }
      const query =
        'select sum(impressions)::int as impressions from banner_stats where dataset = 1'

      expect(await queryBuild(files, query, { keepEqualFiles: true })).toEqual([{ impressions: 6 }])
    },
  )

  it.runIf(isEveryTest)('counts shards that differ in a column that is not read', async () => {
    const world = smallWorld()
    const rows = (day: string) => csv('banner_id,campaign_id,day', [`30,7,${day}`])
    world['1/impressions_2.csv'] = rows('1')
    world['1/impressions_3.csv'] = rows('2')
    const query = 'select sum(impressions)::int as impressions from banner_stats where dataset = 1'

    expect(await queryBuild(world, query)).toEqual([{ impressions: 8 }])
  })

  it('takes a file that was packed after a build for the same, and names rejects as before', async () => {
    await withFolder(async (folder) => {
      const [input, out] = [join(folder, 'in'), join(folder, 'out')]
      const world = smallWorld()
      world['1/clicks_1.csv'] += 'x,30,7\n'
      await writeFiles(input, world)
      const options = { ...BUILD_DEFAULTS, input, out, maxRejectShare: 1 }
      const first = await buildPools(options)
      const before = await hashOutputs(out)
      await writeFiles(input, { '1/clicks_1.csv.gz': gzipSync(String(world['1/clicks_1.csv'])) })
      await rm(join(input, '1/clicks_1.csv'))

      expect(await buildPools(options)).toMatchObject({
        status: 'current',
        build_id: first.build_id,
      })
      const again = await buildPools({ ...options, force: true })

      expect(again.build_id).toBe(first.build_id)
      expect(await hashOutputs(out)).toEqual(before)
      const rejects = await queryOutputs(out, 'select file from rejects')
      expect(rejects).toEqual([{ file: '1/clicks_1.csv' }])
      expect((await checkBuild(out)).passed).toBe(true)
    })
  })

  it.each(
    someOf<[string, string | Uint8Array]>(
      [
        ['1/clicks_empty.csv', ''],
        ['1/clicks_empty.csv.gz', gzipSync('')],
        ['1/clicks_empty.csv.gz', ''],
      ],
      1,
    ),
  )('warns of an empty shard beside a full one: %s', async (path, content) => {
    await withBuild({ ...smallWorld(), [path]: content }, async ({ manifest, summary, out }) => {
      expect(manifest.inputs.find((input) => input.path === path)).toMatchObject({
        status: 'empty',
        rows: 0,
      })
      expect(summary.input_warnings).toEqual([
        `${path}: is empty, without even a header: if its export failed, export it again`,
      ])
      expect((await checkBuild(out)).passed).toBe(true)
    })
  })

  it('names files that are not read in the manifest and the summary', async () => {
    const files = { ...smallWorld(), '1/clicks-2.csv': '' }
    const warning =
      'not read, names are like clicks_1.csv or clicks_1.csv.gz: 1/clicks-2.csv (would be read as 1/clicks_2.csv)'

    await withBuild(files, async ({ manifest, summary }) => {
      expect(manifest.warnings).toEqual([warning])
      expect(summary.input_warnings).toEqual([warning])
      expect(describeSummary(summary, { top: 10, fill: 5 })).toContain(`warning   ${warning}`)
    })
  })

  it('reads a header alone as an empty table', async () => {
    const world = smallWorld()
    world['3/conversions_3.csv'] = 'conversion_id,click_id,revenue\n'

    await withBuild(world, async ({ out, manifest }) => {
      const empty = manifest.inputs.find(({ path }) => path === '3/conversions_3.csv')
      expect(empty).toMatchObject({
        status: 'empty',
        rows: 0,
        warnings: ['has a header and no rows'],
      })
      const query =
        'select rank, banner_id, source from pools where dataset = 3 and rank <= 2 order by 1'
      expect(await queryOutputs(out, query)).toEqual([
        { rank: 1, banner_id: 30, source: 'clicks' },
        { rank: 2, banner_id: 31, source: 'clicks' },
      ])
    })
  })
})

describe('bad input', () => {
  /** With a good build, which all that follow leave as it is. */
  let out = ''
  beforeAll(async () => {
    out = join(await createFolder(), 'out')
    await withFolder(async (input) => {
      await writeFiles(input, smallWorld())
      await buildPools({ ...BUILD_DEFAULTS, input, out })
    })
  })
  afterAll(() => removeFolder(dirname(out)))

  it.each<[string, Files | ((files: Files) => Files), RegExp]>([
    ['no dataset', () => ({ 'x/clicks.csv': '' }), /^no dataset found.*in$/],
    [
      'a missing dataset',
      (files) => without(files, '3/'),
      /dataset 3 is missing: .*in\/3 \(--allow/,
    ],
    [
      'a missing table',
      (files) => without(files, '3/clicks'),
      /table clicks is missing: .*3\/clicks_/,
    ],
    [
      'a missing column',
      withClicks('click_id,banner_id\n1,2\n'),
      /clicks_1.csv: column campaign_id is m/,
    ],
    [
      'no UTF-8',
      withClicks(Buffer.from(`${CLICKS}1,\xff,3\n`, 'latin1')),
      /clicks_1.csv: line 2 is not UTF-8/,
    ],
    ['a NUL byte', withClicks(`${CLICKS}1,\0,3\n`), /clicks_1.csv: line 2 has a NUL byte/],
    ['an empty file', withClicks(''), /clicks_1.csv: is empty/],
    [
      'too many rejects',
      withClicks(`${CLICKS}1,2,3\nx,2,3\n`),
      /1 of 2 rows rejected.*line 3 \(not_an_id\): "x,2,3"/,
    ],
    [
      'a .gz that is cut off',
      (files) => ({ ...files, '1/clicks_2.csv.gz': gzipSync(`${CLICKS}1,2,3\n`).subarray(0, -9) }),
      /clicks_2.csv.gz: is no whole gzip file/,
    ],
  ])('stops at %s and leaves the current build in place', async (_, change, message) => {
    await withFolder(async (folder) => {
      const input = join(folder, 'in')
      const before = await snapshot(out)
      await writeFiles(input, typeof change === 'function' ? change(smallWorld()) : change)

      await expect(buildPools({ ...BUILD_DEFAULTS, input, out })).rejects.toThrow(message)

      expect(await snapshot(out)).toEqual(before)
    })
  })

  it('builds without what is missing if that is allowed', async () => {
    const files = without(without(smallWorld(), '3/'), '2/conversions')

    await withBuild(
      files,
      async ({ out, summary }) => {
        const query = 'select distinct dataset from pools order by 1'
        expect(await queryOutputs(out, query)).toEqual([
          { dataset: 1 },
          { dataset: 2 },
          { dataset: 4 },
        ])
        expect(summary.warnings).toContain('datasets_have_pools')
      },
      { allowMissing: true },
    )
  })

  it('names an output folder that is no folder', async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, { out: 'a file' })
      await writeFiles(join(folder, 'in'), smallWorld())

      const build = buildPools({
        ...BUILD_DEFAULTS,
        input: join(folder, 'in'),
        out: join(folder, 'out'),
      })

      await expect(build).rejects.toThrow(/output folder cannot be written, see --out: .*out$/)
    })
  })

  it.runIf(isEveryTest)('opens just the file that a name with wildcards means', async () => {
    const world = smallWorld()
    world['1/clicks_[ab]*?.csv'] = csv('click_id,banner_id,campaign_id', ['500,32,7'])
    world['1/clicks_ax.csv'] = csv('click_id,banner_id,campaign_id', ['501,33,7'])

    const query = 'select sum(clicks)::int as clicks from banner_stats where dataset = 1'
    expect(await queryBuild(world, query)).toEqual([{ clicks: 6 }])
  })

  it.runIf(isEveryTest)('works in folders of any name', async () => {
    await withFolder(async (folder) => {
      const odd = join(folder, "it's [1] * größer")
      const [input, out] = [join(odd, 'in'), join(odd, 'out')]
      const world = smallWorld()
      world['1/clicks_1.csv'] += 'x,30,7\n"104",30,7\n'
      await writeFiles(input, world)

      const summary = await buildPools({ ...BUILD_DEFAULTS, input, out, maxRejectShare: 1 })
      const again = await buildPools({ ...BUILD_DEFAULTS, input, out, seed: 1, maxRejectShare: 1 })

      expect(summary).toMatchObject({ status: 'built', rejected: 1, pools: 4 })
      expect(again).toMatchObject({ status: 'built', rejected: 1, pools: 4 })
      expect((await checkBuild(out)).passed).toBe(true)
    })
  })

  it('refuses an output folder that DuckDB would take apart', async () => {
    await withFolder(async (folder) => {
      const input = join(folder, 'in?')
      await writeFiles(input, smallWorld())

      const build = buildPools({ ...BUILD_DEFAULTS, input, out: join(folder, 'out?') })

      await expect(build).rejects.toThrow(
        /must have no question mark in its path, see --out: .*out\?$/,
      )
    })
  })

  it('sweeps what a killed build left behind', async () => {
    await withFolder(async (folder) => {
      const [input, out] = [join(folder, 'in'), join(folder, 'out')]
      await writeFiles(input, smallWorld())
      await mkdir(join(out, 'builds'), { recursive: true })
      await writeFiles(out, { '.work/spill/x': 'x', 'builds/.new-abc/pools.parquet': 'half' })

      const { build_id } = await buildPools({ ...BUILD_DEFAULTS, input, out })

      expect(await readdir(join(out, 'builds'))).toEqual([build_id])
      expect(await readdir(out)).not.toContain('.work')
    })
  })
})

type Files = Record<string, string | Uint8Array>

const CLICKS = 'click_id,banner_id,campaign_id\n'

function withClicks(content: string | Uint8Array): (files: Files) => Files {
  return (files) => ({ ...files, '1/clicks_1.csv': content })
}

async function hashAndId(out: string, buildId: string): Promise<object> {
  return { buildId, ...(await hashOutputs(out)) }
}

function without(files: Files, prefix: string): Files {
  return Object.fromEntries(Object.entries(files).filter(([path]) => !path.startsWith(prefix)))
}

function countsOf(
  inputs: readonly {
    path: string
    rows: number
    accepted: number
    rejected: number
    duplicates: number
  }[],
  path: string,
): number[] {
  const input = inputs.find((candidate) => candidate.path === path)
  if (input === undefined) throw new Error(`not in the manifest: ${path}`)
  return [input.rows, input.accepted, input.rejected, input.duplicates]
}

function shown(banners: number): string[] {
  return Array.from({ length: banners }, (_, index) => `${40 + index},7`)
}

/** Every file and link below a folder with its content's time and size. */
async function snapshot(folder: string): Promise<string[]> {
  const all = await readdir(folder, { recursive: true })
  // What a failed build leaves to be looked at is beside what is published.
  const names = all.filter((name) => !name.startsWith('failed'))
  return Promise.all(
    names.sort().map(async (name) => {
      const { mtimeMs, size } = await stat(join(folder, name))
      return `${name} ${size} ${mtimeMs}`
    }),
  )
}
