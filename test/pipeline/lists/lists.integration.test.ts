import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { checkBuild } from '../../../pipeline/ask/check.ts'
import { buildPools } from '../../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import { hashOutputs } from '../../../scripts/lib/outputs.ts'
import { csv, queryBuild, queryOutputs, smallWorld, withBuild } from '../../helpers/builds.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'
import { isEveryTest } from '../../helpers/size.ts'

const HEADER = 'banner_id,click_url,alt,width,height'

/** The small world with these rows in its `banners.csv`. */
function withBanners(rows: readonly string[], header = HEADER) {
  return { ...smallWorld(), 'banners.csv': csv(header, rows) }
}

const SELECT_BANNERS = 'select * from banners order by banner_id'
const SELECT_REJECTS =
  'select dataset, "table", file, line, reason, text from rejects order by line'

/** Lines, and why each is rejected. */
const UNFIT: readonly (readonly [string, string])[] = [
  ['x,https://a.example,,,', 'not_an_id'],
  [',https://a.example,,,', 'empty_value'],
  ['9007199254740992,https://a.example,,,', 'id_out_of_range'],
  ['1,ftp://a.example,,,', 'not_a_url'],
  ['1,//a.example,,,', 'not_a_url'],
  ['1,/x,,,', 'not_a_url'],
  ['1,javascript:alert(1),,,', 'not_a_url'],
  ['1,https:///x,,,', 'not_a_url'],
  ['1,https:\\\\a.example,,,', 'not_a_url'],
  ['1,https://a.example/ x,,,', 'not_a_url'],
  ['1, https://a.example,,,', 'not_a_url'],
  ['1,https://user:secret@a.example,,,', 'not_a_url'],
  ['1,https://good.example@a.example,,,', 'not_a_url'],
  ['1,https://a.example/{banner},,,', 'not_a_url'],
  ['1,"https://a.example/""x",,,', 'not_a_url'],
  ['1,https://a.example/\u202ex,,,', 'not_a_url'],
  [`1,https://a.example/${'x'.repeat(2048)},,,`, 'not_a_url'],
  ['1,NULL,,,', 'not_a_url'],
  [`1,,${'x'.repeat(1001)},,`, 'alt_too_long'],
  ['1,,a\u0007b,,', 'control_byte'],
  ['1,,,0,250', 'not_a_size'],
  ['1,,,300.0,250', 'not_a_size'],
  ['1,,,300,65536', 'not_a_size'],
  ['1,,,300px,250', 'not_a_size'],
  ['1,,Summer, half price,300,250', 'field_count'],
]

/** Click URLs, and as what they are published. */
const URLS: readonly (readonly [string, string])[] = [
  ['https://a.example', 'https://a.example'],
  ['HTTPS://A.Example:8443/p?q#f', 'HTTPS://A.Example:8443/p?q#f'],
  ['https://[::1]/{click_id}', 'https://[::1]/{click_id}'],
  ['https://bücher.example/ä/{banner_id}', 'https://xn--bcher-kva.example/%C3%A4/{banner_id}'],
  ['https://a.example/%0d%0aX:1', 'https://a.example/%0d%0aX:1'],
]

describe('a build with lists', () => {
  it('publishes how banners are shown, each once and in the order of ids', async () => {
    const files = withBanners([
      '31,http://b.example,,,',
      '30,https://a.example/x?c={campaign_id}&b={banner_id},"Summer, 50 % off ☀",300,250',
      '31,http://b.example,,,',
    ])

    const rows = await queryBuild(files, SELECT_BANNERS)

    expect(rows).toEqual([
      {
        banner_id: 30,
        click_url: 'https://a.example/x?c={campaign_id}&b={banner_id}',
        alt: 'Summer, 50 % off ☀',
        width: 300,
        height: 250,
      },
      { banner_id: 31, click_url: 'http://b.example', alt: null, width: null, height: null },
    ])
  })

  it('accounts for every line of a list in the manifest', async () => {
    const files = {
      ...withBanners(['30,https://a.example,,,', '30,https://a.example,,,', 'x,,,,']),
      'campaign_banners.csv': csv('campaign_id,banner_id', ['7,30', '7,99', '7,30']),
    }

    await withBuild(
      files,
      async ({ out, manifest }) => {
        expect(manifest.inputs.filter(({ dataset }) => dataset === null)).toMatchObject([
          {
            ...{ table: 'banners', path: 'banners.csv', status: 'loaded' },
            ...{ rows: 3, accepted: 1, rejected: 1, duplicates: 1 },
          },
          {
            ...{ table: 'campaign_banners', path: 'campaign_banners.csv', status: 'loaded' },
            ...{ rows: 3, accepted: 2, rejected: 0, duplicates: 1 },
          },
        ])
        expect(manifest.outputs.map(({ file, rows }) => [file, rows])).toEqual([
          ['pools.parquet', 16],
          ['banner_stats.parquet', 16],
          ['rejects.parquet', 1],
          ['banners.parquet', 1],
          ['campaign_banners.parquet', 2],
          ['report.html', 0],
        ])
        const checked = await checkBuild(out)
        expect(checked.checks.filter(({ severity }) => severity === 'error')).toSatisfy(
          (checks: { passed: boolean }[]) => checks.every(({ passed }) => passed),
        )
        const pairs = await queryOutputs(out, 'select * from campaign_banners')
        expect(pairs).toEqual([
          { campaign_id: 7, banner_id: 30 },
          { campaign_id: 7, banner_id: 99 },
        ])
      },
      { maxRejectShare: 0.5 },
    )
  })

  it('has no file of a list that the input has not', async () => {
    await withBuild(smallWorld(), async ({ manifest }) => {
      expect(manifest.outputs.map(({ file }) => file)).toEqual([
        'pools.parquet',
        'banner_stats.parquet',
        'rejects.parquet',
        'report.html',
      ])
    })
  })

  it('rejects every row of a banner that has two different ones', async () => {
    const files = withBanners([
      '30,https://a.example,,,',
      '31,https://b.example,,,',
      '30,https://a.example,,300,250',
      '30,https://a.example,,,',
    ])

    const rejects = await queryBuild(files, SELECT_REJECTS, { maxRejectShare: 1 })

    const conflict = { dataset: null, table: 'banners', file: 'banners.csv', reason: 'conflict' }
    expect(rejects).toEqual([
      { ...conflict, line: 2, text: '30,https://a.example,,,' },
      { ...conflict, line: 4, text: '30,https://a.example,,300,250' },
      { ...conflict, line: 5, text: '30,https://a.example,,,' },
    ])
  })

  it('rejects a line for the first thing that does not fit', async () => {
    const files = withBanners(UNFIT.map(([line]) => line))

    const rejects = await queryBuild(files, SELECT_REJECTS, { maxRejectShare: 1 })

    expect(rejects).toMatchObject(UNFIT.map(([, reason], index) => ({ line: index + 2, reason })))
  })

  it('keeps a click URL as it is, or in the form in which it is sent', async () => {
    const files = withBanners(URLS.map(([text], index) => `${index + 1},${text},,,`))

    const rows = await queryBuild(files, SELECT_BANNERS)

    expect(rows).toMatchObject(URLS.map(([, click_url]) => ({ click_url })))
  })

  it.each([
    ['a column is missing', 'banner_id,click_url,alt,width', 'column height is missing'],
    ['it is empty', null, 'is empty'],
  ])('is refused where %s', async (_, header, message) => {
    const files = { ...smallWorld(), 'banners.csv': header === null ? '' : `${header}\n` }

    await expect(queryBuild(files, SELECT_BANNERS)).rejects.toThrow(message)
  })

  it('is refused where a line holds two rows', async () => {
    const files = withBanners(['1,https://a.example,x,300,2502,https://b.example,y,300,250'])

    await expect(queryBuild(files, SELECT_BANNERS)).rejects.toThrow('may hold two rows')
  })

  it('is refused where a quoted text goes on in the next line', async () => {
    const files = withBanners(['1,,"Summer', 'sale",300,250'])

    await expect(queryBuild(files, SELECT_BANNERS)).rejects.toThrow('quote that does not close')
  })

  it('is refused where too many rows are rejected', async () => {
    const files = withBanners(['1,,,,', '2,ftp://x,,,'])

    await expect(queryBuild(files, SELECT_BANNERS)).rejects.toThrow(
      /banners\.csv: 1 of 2 rows rejected, --max-reject-share is 0\.05, first line 3 \(not_a_url\)/,
    )
  })

  it.runIf(isEveryTest)('counts one list that is there packed and unpacked once', async () => {
    const text = csv(HEADER, ['30,https://a.example,,,'])
    const files = { ...smallWorld(), 'banners.csv': text, 'banners.csv.gz': gzipSync(text) }

    await withBuild(files, async ({ out, manifest }) => {
      expect(await queryOutputs(out, SELECT_BANNERS)).toHaveLength(1)
      expect(manifest.inputs.filter(({ table }) => table === 'banners')).toMatchObject([
        { path: 'banners.csv', status: 'loaded' },
        {
          ...{ path: 'banners.csv.gz', status: 'duplicate', duplicates: 1 },
          warnings: ['skipped, the same list as banners.csv'],
        },
      ])
    })
  })

  it('refuses two different lists of one name', async () => {
    const files = {
      ...withBanners(['30,,,,']),
      'banners.csv.gz': gzipSync(csv(HEADER, ['31,,,,'])),
    }

    await expect(queryBuild(files, SELECT_BANNERS)).rejects.toThrow(
      'is there packed and unpacked with different lines',
    )
  })

  it.runIf(isEveryTest)('publishes an empty file for a list with a header alone', async () => {
    await withBuild(withBanners([]), async ({ out, manifest }) => {
      expect(await queryOutputs(out, SELECT_BANNERS)).toEqual([])
      expect(manifest.inputs.at(-1)).toMatchObject({
        ...{ status: 'empty', rows: 0, warnings: ['has a header and no rows'] },
      })
    })
  })

  it.runIf(isEveryTest)(
    'reads columns in any order, other line ends and a byte order mark',
    async () => {
      const text = `\uFEFFheight,note,alt,banner_id,width,click_url\r\n250,x,Thirty,30,300,https://a.example\r\n`
      const rows = await queryBuild({ ...smallWorld(), 'banners.csv': text }, SELECT_BANNERS)

      expect(rows).toEqual([
        {
          ...{ banner_id: 30, click_url: 'https://a.example', alt: 'Thirty' },
          ...{ width: 300, height: 250 },
        },
      ])
    },
  )

  it.runIf(isEveryTest)('is another build than one without', async () => {
    const ids = await Promise.all(
      [smallWorld(), withBanners([]), withBanners(['30,,,,'])].map((files) =>
        withBuild(files, async ({ summary }) => summary.build_id),
      ),
    )

    expect(new Set(ids).size).toBe(3)
  })

  it.runIf(isEveryTest)('has the same bytes whatever the order of rows', async () => {
    const rows = ['31,https://b.example,,,', '30,,x,1,2', '32,,,,']
    const [one, other] = await Promise.all(
      [rows, rows.toReversed()].map((some) =>
        withBuild(withBanners(some), async ({ out }) => hashOutputs(out)),
      ),
    )

    expect(one?.banners).toBeDefined()
    expect(one?.banners).toBe(other?.banners)
  })
})

describe('building again', () => {
  it('is nothing to do while lists are the same, and takes a file away with its list', async () => {
    await withFolder(async (folder) => {
      const [input, out] = [join(folder, 'in'), join(folder, 'out')]
      const build = () => buildPools({ ...BUILD_DEFAULTS, input, out })
      await writeFiles(input, withBanners(['30,,x,,']))

      expect((await build()).status).toBe('built')
      expect((await build()).status).toBe('current')
      await writeFiles(input, withBanners(['30,,y,,']))
      expect((await build()).status).toBe('built')
      expect(await queryOutputs(out, 'select alt from banners')).toEqual([{ alt: 'y' }])
      await rm(join(input, 'banners.csv'))
      expect((await build()).status).toBe('built')
      expect(await readdir(out)).not.toContain('banners.parquet')
    })
  })
})
