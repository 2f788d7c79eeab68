import { execFileSync } from 'node:child_process'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findSources, type SourceOptions } from '../../../pipeline/input/sources.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'

const TABLES = ['impressions', 'clicks', 'conversions']
/** Every dataset and table, with nothing in them. */
const WHOLE = Object.fromEntries(
  [1, 2, 3, 4].flatMap((dataset) => TABLES.map((table) => [`${dataset}/${table}_0.csv`, ''])),
)

/** Finds the sources of a whole input with these files and without those. */
function find(
  extra: readonly string[],
  { without = [], ...options }: Partial<SourceOptions> & { without?: readonly string[] } = {},
) {
  return withFolder(async (input) => {
    const files = Object.entries(WHOLE).filter(([path]) => !without.includes(path))
    await writeFiles(input, {
      ...Object.fromEntries(files),
      ...Object.fromEntries(extra.filter((path) => !path.endsWith('/')).map((path) => [path, ''])),
    })
    for (const path of extra) if (path.endsWith('/')) await mkdir(join(input, path))
    const found = await findSources(input, { allowMissing: false, ...options })
    return {
      read: found.files.map(({ path }) => path).filter((path) => !(path in WHOLE)),
      lists: found.lists.map(({ list }) => list),
      warnings: found.warnings.map((text) => text.replaceAll(input, 'in')),
    }
  })
}

describe('findSources', () => {
  it.each([
    '1/clicks.csv',
    '1/clicks_2026-11-23T10.csv.gz',
    '1/clicks_1.CSV',
    '1/clicks_1.csv.GZ',
    '1/clicks_1.Csv.Gz',
    '1/clicks_1.csv/part-00000-9b1c-c000.csv',
    '1/clicks_1.csv/part-00000.csv.gz',
  ])('reads %s', async (path) => {
    const { read, warnings } = await find(
      [path, '1/clicks_1.csv/_SUCCESS'].slice(0, path.includes('part') ? 2 : 1),
    )

    expect(read).toEqual([path])
    expect(warnings).toEqual([])
  })

  it.each<[string, string]>([
    ['1/2024/01/clicks_2.csv', ' (would be read as 1/clicks_2024_01_2.csv)'],
    ['1/clicks/2024.csv', ' (would be read as 1/clicks_2024.csv)'],
    ['1/clicks_0000_part_00', ' (would be read as 1/clicks_0000_part_00.csv)'],
    ['1/clicks-0000.csv', ' (would be read as 1/clicks_0000.csv)'],
    ['1/Clicks_7.csv', ' (would be read as 1/clicks_7.csv)'],
    ['1/click_7.csv', ' (would be read as 1/clicks_7.csv)'],
    ['1/clicks7.csv', ' (would be read as 1/clicks_7.csv)'],
    ['1/clicks (1).csv', ' (would be read as 1/clicks_(1).csv)'],
    ['1/clicks_1.csv.bak', ' (would be read as 1/clicks_1.csv)'],
    ['1/clicks_1.csv~', ' (would be read as 1/clicks_1.csv)'],
    ['1/clicks_1.csv.zst', ' (would be read as 1/clicks_1.csv)'],
    ['1/clicks_1.csv.gz.part', ' (would be read as 1/clicks_1.csv)'],
    ['1/clicks_1.tar.gz', ' (would be read as 1/clicks_1.csv)'],
    ['1/clicks_1.zip', ' (would be read as 1/clicks_1.csv)'],
    ['1/clicks_1.parquet', ' (would be read as 1/clicks_1.csv)'],
    ['1/clicks_1.xlsx', ' (would be read as 1/clicks_1.csv)'],
    ['1/clicks_1.tsv', ' (would be read as 1/clicks_1.csv)'],
    ['1/clicks-1.csv.gz', ' (would be read as 1/clicks_1.csv.gz)'],
    ['1/clicks/part-00000', ' (would be read as 1/clicks.csv/part-00000.csv)'],
    ['1/export.csv', ''],
    ['1/notes.txt', ''],
    ['1/clicks_1.csv/', ''],
    ['1/clicks_1.csv/part-00000', ' (would be read as 1/clicks_1.csv/part-00000.csv)'],
    ['5/', ''],
    ['5/clicks_1.csv', ''],
    ['01/', ' (would be read as 1/)'],
    ['01/clicks_1.csv', ' (would be read as 1/clicks_1.csv)'],
    ['dataset=1/', ' (would be read as 1/)'],
    ['dataset=1/clicks_1.csv', ' (would be read as 1/clicks_1.csv)'],
    ['Dataset 2/clicks_1.csv', ' (would be read as 2/clicks_1.csv)'],
    ['new/clicks_1.csv', ''],
    ['new/export.csv', ''],
    ['clicks_1.csv', ' (would be read as <dataset>/clicks_1.csv)'],
    ['export.csv', ''],
    ['logs.zip', ''],
    ['banner.csv', ' (would be read as banners.csv)'],
    ['Banners.csv', ' (would be read as banners.csv)'],
    ['banners.csv.zst', ' (would be read as banners.csv)'],
    ['campaign-banners.csv', ' (would be read as campaign_banners.csv)'],
  ])('warns of %s', async (path, fits) => {
    const { read, warnings } = await find([path])

    expect(read).toEqual([])
    expect(warnings).toEqual([expect.stringMatching(/^not read, [^:]+: /)])
    expect(warnings[0]?.replace(/^[^:]+: /, '')).toBe(path + fits)
  })

  it.each([
    'README.md',
    'images/image_1.png',
    '.mirror.json',
    '1/.clicks_1.csv',
    '1/.#clicks_1.csv',
    '1/README',
    '1/clickstream.md',
    '1/clicks_1.csv/_temporary/0/part-00000.csv',
    'docs/notes.txt',
  ])('passes over %s', async (path) => {
    const { read, warnings } = await find([
      path,
      ...(path.includes('_temp') ? ['1/clicks_1.csv/part-0.csv', '1/clicks_1.csv/_SUCCESS'] : []),
    ])

    expect(read.filter((one) => !one.endsWith('part-0.csv'))).toEqual([])
    expect(warnings).toEqual([])
  })

  it('names the first few of a kind and counts the others', async () => {
    const { warnings } = await find(['a', 'b', 'c', 'd', 'e'].map((name) => `1/${name}.csv`))

    expect(warnings).toEqual([
      'not read, its name begins with none of impressions, clicks, conversions: 1/a.csv, 1/b.csv, 1/c.csv and 2 more',
    ])
  })

  it('warns of a folder of parts without the mark of a finished job', async () => {
    const { read, warnings } = await find(['1/clicks_1.csv/part-0.csv'])

    expect(read).toEqual(['1/clicks_1.csv/part-0.csv'])
    expect(warnings).toEqual([
      'has no _SUCCESS, the job that wrote it may not be done: 1/clicks_1.csv/',
    ])
  })

  it('finds the lists', async () => {
    expect(await find(['banners.csv', 'campaign_banners.csv.gz'])).toEqual({
      read: [],
      lists: ['banners', 'campaign_banners'],
      warnings: [],
    })
  })

  it('orders packed logs as if they were not packed', async () => {
    const { read } = await find(['1/clicks_1.csv.gz', '1/clicks_1.csv.b.csv'])

    expect(read).toEqual(['1/clicks_1.csv.gz', '1/clicks_1.csv.b.csv'])
  })

  it.each<[string, string, RegExp]>([
    [
      'clicks',
      '1/clicks-0000.csv',
      /^table clicks is missing: in\/1\/clicks_\*\.csv, did you mean 1\/clicks-0000\.csv \(would be read as 1\/clicks_0000\.csv; .*\(--allow-missing/,
    ],
    [
      'clicks',
      '1/clicks_0.csv.zst',
      /did you mean 1\/clicks_0\.csv\.zst \(would be read as 1\/clicks_0\.csv; of packed files only/,
    ],
    ['clicks', '1/logs/clicks.csv', /did you mean 1\/logs\/clicks\.csv/],
    ['clicks', 'dataset=1/clicks_0.csv', /did you mean dataset=1\/clicks_0\.csv/],
  ])('names what may be the missing table %s: %s', async (table, path, message) => {
    await expect(
      find([path], { without: [`1/${table}_0.csv`] }).catch((error: Error) => {
        throw new Error(error.message.replaceAll(/\/\S*banner-pools-\w+/g, 'in'))
      }),
    ).rejects.toThrow(message)
  })

  it('names what may be a missing dataset', async () => {
    const without = TABLES.map((table) => `2/${table}_0.csv`)

    await expect(find(['02/clicks.csv'], { without })).rejects.toThrow(
      /dataset 2 is missing: \S+, did you mean 02\/clicks\.csv \(would be read as 2\/clicks\.csv; /,
    )
  })

  it('does not look into the artifacts folder below the input folder', async () => {
    await withFolder(async (input) => {
      await writeFiles(input, { ...WHOLE, 'out/failed/clicks.csv': '', 'out2/clicks.csv': '' })

      const { warnings } = await findSources(input, {
        allowMissing: false,
        out: join(input, 'out'),
      })

      expect(warnings).toEqual([expect.stringContaining(': out2/clicks.csv')])
    })
  })

  it('refuses a pipe with the name of a log at once', async () => {
    await withFolder(async (input) => {
      await writeFiles(input, WHOLE)
      execFileSync('mkfifo', [join(input, '1/clicks_pipe.csv')])

      await expect(findSources(input, { allowMissing: false })).rejects.toThrow(
        /^not a regular file: .*clicks_pipe\.csv$/,
      )
    })
  })
})

describe('links in the input folder', () => {
  /** An input whose `1/clicks_link.csv` leads to `target`. */
  function withLink(target: string, fn: (input: string) => Promise<void>): Promise<void> {
    return withFolder(async (folder) => {
      const input = join(folder, 'in')
      await writeFiles(input, { ...WHOLE, 'notes/kept': '' })
      await writeFiles(folder, { secret: 'root:x' })
      await symlink(target, join(input, '1/clicks_link.csv'))
      await fn(input)
    })
  }

  it('are read if they stay in the folder', async () => {
    await withLink('../notes/kept', async (input) => {
      const { files } = await findSources(input, { allowMissing: false })

      expect(files.map(({ path }) => path)).toContain('1/clicks_link.csv')
    })
  })

  it('are refused if they lead out of it, unless that is allowed', async () => {
    await withLink('../../secret', async (input) => {
      await expect(findSources(input, { allowMissing: false })).rejects.toThrow(
        /^is a link out of the input folder, --follow-links reads .*clicks_link\.csv$/,
      )
      const { files } = await findSources(input, { allowMissing: false, followLinks: true })
      expect(files.map(({ path }) => path)).toContain('1/clicks_link.csv')
    })
  })

  it('are refused if they lead nowhere', async () => {
    await withLink('nowhere', async (input) => {
      await expect(findSources(input, { allowMissing: false })).rejects.toThrow(
        /^is a link that leads nowhere, remove it: .*clicks_link\.csv$/,
      )
    })
  })

  it('are refused if they lead to a device', async () => {
    await withLink('/dev/zero', async (input) => {
      await expect(findSources(input, { allowMissing: false, followLinks: true })).rejects.toThrow(
        /^not a regular file: /,
      )
    })
  })

  it('are followed to the folder of a dataset within, and not out of it', async () => {
    await withFolder(async (folder) => {
      const input = join(folder, 'in')
      const without = Object.entries(WHOLE).filter(([path]) => !path.startsWith('4/'))
      await writeFiles(input, Object.fromEntries(without))
      await writeFiles(folder, { 'other/clicks.csv': '' })
      await symlink('3', join(input, '4'))
      expect((await findSources(input, { allowMissing: true })).files.length).toBe(12)

      await symlink('../../other', join(input, '1/clicks_x.csv'))

      await expect(findSources(input, { allowMissing: true })).rejects.toThrow(/link out of/)
    })
  })

  it('that fit no name are not looked at', async () => {
    await withFolder(async (input) => {
      await writeFiles(input, WHOLE)
      await symlink('user@host.123', join(input, '1/.#clicks_1.csv'))
      await symlink('nowhere', join(input, '1/latest'))

      expect((await findSources(input, { allowMissing: false })).warnings).toEqual([])
    })
  })
})
