/** Many processes scan, one builds: the bytes and the id of one process alone. */
import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createProgress } from '../../../pipeline/base/progress.ts'
import type { ScannedStore } from '../../../pipeline/scanned/store.ts'
import { csv, smallWorld } from '../../helpers/builds.ts'
import { edgeLogs } from '../../helpers/edge-logs.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'
import { buildAlone, buildScanned, describeBuild, type Site, scan } from '../../helpers/scanned.ts'
import { isEveryTest, someOf } from '../../helpers/size.ts'

function withSite(fn: (site: Site, folder: string) => Promise<void>): Promise<void> {
  return withFolder((folder) => fn({ folder }, folder))
}

/** Files of a world that is large enough for counts of pairs, with ids that ascend or do not. */
function largeWorld(isShuffled: boolean, rows = 90_000): Record<string, string> {
  const files = smallWorld()
  const clicks = Array.from({ length: rows }, (_, row) => {
    const number = isShuffled ? (row * 7_919) % rows : row
    return `${1_000_000 + number},${30 + (number % 40)},${7 + (number % 3)}`
  })
  const conversions = Array.from(
    { length: 9_000 },
    (_, row) => `${5_000 + row},${1_000_000 + row * 11},${row % 5}.25`,
  )
  return {
    ...files,
    '1/clicks_big.csv': csv('click_id,banner_id,campaign_id', clicks),
    '1/conversions_big.csv': csv('conversion_id,click_id,revenue', conversions),
  }
}

describe('shards that scan and a build of what they found', () => {
  it('give the bytes of one process for files of every form', async () => {
    await withSite(async (site, folder) => {
      await writeFiles(join(folder, 'in'), edgeLogs())
      for (const index of [2, 0, 1]) await scan(site, { index, count: 3 })

      await buildScanned(site)

      expect(await describeBuild(join(folder, 'out'))).toEqual(await buildAlone(folder))
    })
  })

  it.each(
    someOf<readonly [string, boolean]>(
      [
        ['ascend', false],
        ['do not ascend', true],
      ],
      1,
    ),
  )(
    'give the bytes of one process where clicks are counted by the scan and ids %s',
    async (_, isShuffled) => {
      await withSite(async (site, folder) => {
        await writeFiles(join(folder, 'in'), largeWorld(isShuffled))
        for (const index of [0, 1]) await scan(site, { index, count: 2 })

        await buildScanned(site)

        expect(await describeBuild(join(folder, 'out'))).toEqual(await buildAlone(folder))
      })
    },
  )

  it.each(
    someOf(
      [
        ['do not ascend', { isShuffled: true, rows: 90_000, rangeBytes: 300_000, records: 18 }],
        ['ascend', { isShuffled: false, rows: 90_000, rangeBytes: 300_000, records: 18 }],
        [
          'ascend and pairs are counted',
          { isShuffled: false, rows: 200_000, rangeBytes: 1_320_000, records: 16 },
        ],
      ] as const,
      1,
    ),
  )(
    'give the bytes of one process for files that are cut into ranges, where ids %s',
    async (_, { isShuffled, rows, rangeBytes, records }) => {
      await withFolder(async (folder) => {
        const site = { folder, rangeBytes }
        await writeFiles(join(folder, 'in'), largeWorld(isShuffled, rows))
        for (const index of [0, 1, 2]) await scan(site, { index, count: 3 })
        expect((await scan(site)).scanned).toBe(0)

        await buildScanned(site)

        expect((await readdir(join(folder, 'scanned/files'))).length).toBe(records)
        expect(await describeBuild(join(folder, 'out'))).toEqual(await buildAlone(folder))
      })
    },
  )

  it('give the bytes of one process for files of every form that are cut into ranges', async () => {
    await withFolder(async (folder) => {
      const site = { folder, rangeBytes: 900 }
      await writeFiles(join(folder, 'in'), edgeLogs())
      for (const index of [1, 0]) await scan(site, { index, count: 2 })

      await buildScanned(site)

      expect(await describeBuild(join(folder, 'out'))).toEqual(await buildAlone(folder))
    })
  })

  it.runIf(isEveryTest)(
    'scan the whole of a file when a line in one of its ranges is not clean',
    async () => {
      await withFolder(async (folder) => {
        const site = { folder, rangeBytes: 300_000 }
        const files = largeWorld(false)
        const clicks = files['1/clicks_big.csv'] ?? ''
        const bad = clicks.replace('1050000,', '"1050000",').replace('1050001,', 'x,')
        await writeFiles(join(folder, 'in'), { ...files, '1/clicks_big.csv': bad })
        for (const index of [0, 1, 2]) await scan(site, { index, count: 3 })

        await buildScanned(site)

        expect(await describeBuild(join(folder, 'out'))).toEqual(await buildAlone(folder))
      })
    },
  )

  it('refuse a file of which a range was not scanned', async () => {
    await withFolder(async (folder) => {
      const site = { folder, rangeBytes: 300_000 }
      await writeFiles(join(folder, 'in'), largeWorld(false))
      for (const index of [0, 2]) await scan(site, { index, count: 3 })

      await expect(buildScanned(site)).rejects.toThrow(/files are not scanned .*1\/clicks_big\.csv/)
    })
  })

  it('scan a file once, whoever else scans it at the same time', async () => {
    await withSite(async (site, folder) => {
      await writeFiles(join(folder, 'in'), smallWorld())
      const all = await Promise.all([scan(site), scan(site), scan(site)])
      const before = await listFiles(join(folder, 'scanned'))

      const again = await scan(site)

      expect(all.map(({ files }) => files)).toEqual([12, 12, 12])
      expect(again).toEqual({ files: 12, scanned: 0, rows: 0, bytes: 0 })
      expect(await listFiles(join(folder, 'scanned'))).toEqual(before)
    })
  })

  it('leave the logs unread', async () => {
    await withSite(async (site, folder) => {
      await writeFiles(join(folder, 'in'), smallWorld())
      await scan(site)
      const lines: string[] = []

      await buildScanned(site, { progress: createProgress((line) => lines.push(line)) })

      expect(lines).toContain('12 of 12 files are cached already')
      expect(lines.find((line) => line.startsWith('inspect files'))).toMatch(/ 0 rows/)
    })
  })
})

/** Names and contents below a folder. */
async function listFiles(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  const contents = await Promise.all(paths.sort().map((path) => readFile(path, 'base64')))
  return Object.fromEntries(paths.map((path, place) => [path, contents[place] ?? '']))
}

describe('a build of scanned files', () => {
  it('refuses a file that nobody scanned and names it', async () => {
    await withSite(async (site, folder) => {
      await writeFiles(join(folder, 'in'), smallWorld())
      await scan(site)
      await writeFiles(join(folder, 'in'), {
        '2/clicks_new.csv': 'click_id,banner_id,campaign_id\n',
      })

      await expect(buildScanned(site)).rejects.toThrow(
        `1 of 13 files are not scanned as they are now, scan them or add --scan-missing: 2/clicks_new.csv (in ${join(folder, 'scanned')})`,
      )
    })
  })

  it('reads such a file itself where that is asked for', async () => {
    await withSite(async (site, folder) => {
      await writeFiles(join(folder, 'in'), smallWorld())
      await scan(site, { index: 0, count: 2 })

      await buildScanned(site, { readsMissing: true })

      expect(await describeBuild(join(folder, 'out'))).toEqual(await buildAlone(folder))
    })
  })

  it('refuses a file that changed since it was scanned, also at the same length', async () => {
    await withSite(async (site, folder) => {
      await writeFiles(join(folder, 'in'), smallWorld())
      await scan(site)
      const path = join(folder, 'in/3/clicks_3.csv')
      await writeFile(path, (await readFile(path, 'utf8')).replace('300,30,7', '300,31,7'))
      await utimes(path, new Date(), new Date(Date.now() + 5000))

      await expect(buildScanned(site)).rejects.toThrow(/1 of 12 files .*3\/clicks_3\.csv/)
    })
  })

  it('refuses files that were scanned with other names of columns', async () => {
    await withSite(async (site, folder) => {
      await writeFiles(join(folder, 'in'), smallWorld())
      await scan(site)
      const renames = [{ table: 'clicks', from: 'id', to: 'click_id' }] as const

      await expect(buildScanned(site, { renames })).rejects.toThrow(/4 of 12 files .*clicks/)
    })
  })

  it.each(['gone', 'cut off'])('refuses rows that are %s', async (fault) => {
    await withSite(async (site, folder) => {
      await writeFiles(join(folder, 'in'), smallWorld())
      await scan(site)
      for (const path of await rowPaths(folder)) await damage(path, fault)

      await expect(buildScanned(site)).rejects.toThrow(/missing or altered, scan it again: /)
    })
  })

  it.runIf(isEveryTest)('refuses rows that are altered, until they are scanned again', async () => {
    await withSite(async (site, folder) => {
      await writeFiles(join(folder, 'in'), smallWorld())
      await scan(site)
      for (const path of await rowPaths(folder)) await damage(path, 'altered')

      await expect(buildScanned(site)).rejects.toThrow(
        /^1\/impressions_1\.csv: what was scanned of it is missing or altered, scan it again: /,
      )
      await buildScanned(site, { readsMissing: true, out: join(folder, 'read') })
      expect(await describeBuild(join(folder, 'read'))).toEqual(await buildAlone(folder))
      expect(await scan(site)).toMatchObject({ scanned: 12 })
      await buildScanned(site)
    })
  })

  it('passes over a record that was cut off or altered', async () => {
    await withSite(async (site, folder) => {
      await writeFiles(join(folder, 'in'), smallWorld())
      await scan(site)
      const records = await readdir(join(folder, 'scanned/files'))
      const [first = '', second = ''] = records.map((name) => join(folder, 'scanned/files', name))
      await damage(first, 'cut off')
      await writeFile(
        second,
        (await readFile(second, 'utf8')).replace('"accepted": ', '"accepted": 1'),
      )

      await expect(buildScanned(site)).rejects.toThrow(/^2 of 12 files are not scanned/)
    })
  })

  it('says that there is no such folder', async () => {
    await withSite(async (site) => {
      await expect(buildScanned(site)).rejects.toThrow(
        /^folder of scanned files does not exist, see --scanned: /,
      )
    })
  })
})

async function rowPaths(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, 'scanned/data'))
  return names.map((name) => join(folder, 'scanned/data', name))
}

async function damage(path: string, fault: string): Promise<void> {
  const bytes = await readFile(path)
  if (fault === 'gone') return rm(path)
  if (fault === 'cut off') return writeFile(path, bytes.subarray(0, bytes.length >> 1))
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
  return writeFile(path, bytes)
}

describe('a scan', () => {
  it('scans the other files when one cannot be trusted, and fails', async () => {
    await withSite(async (site, folder) => {
      await writeFiles(join(folder, 'in'), {
        ...smallWorld(),
        '1/clicks_bad.csv': 'click_id,banner_id\n1,2\n',
        '2/clicks_bad.csv.gz': 'no gzip',
      })
      const lines: string[] = []
      const progress = createProgress((line) => lines.push(line))

      await expect(scan(site, undefined, { progress })).rejects.toThrow(
        /\(and 1 other files, see above\)$/,
      )
      expect((await scan(site).catch(() => null)) ?? 'failed').toBe('failed')
      await rm(join(folder, 'in/1/clicks_bad.csv'))
      await rm(join(folder, 'in/2/clicks_bad.csv.gz'))
      expect(await scan(site)).toMatchObject({ files: 12, scanned: 0 })
    })
  })

  it('keeps no file with more rejects than it may have', async () => {
    await withSite(async (site, folder) => {
      await writeFiles(join(folder, 'in'), {
        ...smallWorld(),
        '1/clicks_more.csv': 'click_id,banner_id,campaign_id\nx,30,7\n900,30,7\n',
      })

      await expect(scan(site, undefined, { maxRejectShare: 0.4 })).rejects.toThrow(
        /1\/clicks_more\.csv: 1 of 2 rows rejected, --max-reject-share is 0\.4/,
      )
      await expect(buildScanned(site)).rejects.toThrow(/1 of 13 files .*clicks_more/)
    })
  })

  it('is at no file any more when it has failed', async () => {
    await withSite(async (site, folder) => {
      await writeFiles(join(folder, 'in'), smallWorld())
      let [puts, underWay] = [0, 0]
      const wrap = (store: ScannedStore): ScannedStore => ({
        ...store,
        async put(...args) {
          puts += 1
          if (puts === 1) throw new Error('killed')
          underWay += 1
          await sleep(100)
          await store.put(...args)
          underWay -= 1
        },
      })

      await expect(scan({ ...site, wrap })).rejects.toThrow('killed')
      const putsThen = puts

      expect(underWay).toBe(0)
      expect((await readdir(join(folder, 'scanned'))).sort()).toEqual(['data', 'files'])
      await sleep(300)
      expect(puts).toBe(putsThen)
    })
  })

  it('leaves no other files than those of records', async () => {
    await withSite(async (site, folder) => {
      await writeFiles(join(folder, 'in'), smallWorld())
      await scan(site)

      expect((await readdir(join(folder, 'scanned'))).sort()).toEqual(['data', 'files'])
      expect(await readdir(join(folder, 'scanned/files'))).toHaveLength(12)
    })
  })
})
