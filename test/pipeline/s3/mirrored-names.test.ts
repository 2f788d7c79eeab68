import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { findSources } from '../../../pipeline/input/sources.ts'
import { markNames, removeOthers, sortObjects } from '../../../pipeline/s3/mirrored-names.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'

function objects(paths: readonly string[]) {
  return paths.map((path) => ({ path, etag: '"e"', bytes: 1, modified: new Date(0) }))
}

describe('sortObjects', () => {
  it('reads logs, parts and lists, and keeps the names of what nearly fits', () => {
    const { read, named } = sortObjects(
      objects([
        '1/clicks_1.csv',
        '1/clicks_2.csv/part-00000.csv.gz',
        '1/clicks_2.csv/_SUCCESS',
        'banners.csv',
        'campaign_banners.csv.gz',
        '1/2024/clicks_2.csv',
        '5/clicks.csv',
        'clicks.csv',
        'notes.md',
        'pictures/image_1.png',
      ]),
    )

    expect(read.map(({ path }) => path)).toEqual([
      '1/clicks_1.csv',
      '1/clicks_2.csv/part-00000.csv.gz',
      'banners.csv',
      'campaign_banners.csv.gz',
    ])
    expect(named.map(({ path }) => path)).toEqual([
      '1/clicks_2.csv/_SUCCESS',
      '1/2024/clicks_2.csv',
      '5/clicks.csv',
      'clicks.csv',
    ])
  })

  it.each([
    '1/../clicks.csv',
    '/clicks.csv',
    '1//clicks.csv',
    '1/\\..\\clicks.csv',
    '../clicks.csv',
  ])('leaves out a key that is no path below the folder: %s', (path) => {
    expect(sortObjects(objects([path]))).toEqual({ read: [], named: [] })
  })
})

describe('a mirror', () => {
  it('warns of names that are not read, and forgets those that are gone', async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, {
        '1/clicks_1.csv': 'x',
        '1/old/clicks.csv': '',
        '.mirror.json': '{}',
      })
      const named = objects(['1/2024/clicks_2.csv', 'clicks.csv'])
      const wanted = new Set(['1/clicks_1.csv', ...named.map(({ path }) => path)])

      await removeOthers(folder, wanted, '.mirror.json')
      await markNames(folder, named)

      expect((await readdir(folder, { recursive: true })).sort()).toEqual([
        '.mirror.json',
        '1',
        '1/2024',
        '1/2024/clicks_2.csv',
        '1/clicks_1.csv',
        'clicks.csv',
      ])
      const { warnings } = await findSources(folder, { allowMissing: true })
      expect(warnings.slice(0, 2)).toEqual([
        expect.stringContaining('1/2024/clicks_2.csv'),
        expect.stringContaining('clicks.csv'),
      ])
    })
  })
})
