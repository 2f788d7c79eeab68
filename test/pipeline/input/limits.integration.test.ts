import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { buildPools } from '../../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import type { InspectedFile } from '../../../pipeline/input/classify.ts'
import { assertDiskSpace, findUnpackedLimit } from '../../../pipeline/input/limits.ts'
import type { Inspection } from '../../../pipeline/input/scan/inspect.ts'
import { smallWorld } from '../../helpers/builds.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'

describe('findUnpackedLimit', () => {
  it.each([
    [0, 268_435_456],
    [2_300_000, 268_435_456],
    [10_000_000, 1_000_000_000],
  ])('lets %i bytes unpack to %i', (packed, unpacked) => {
    expect(findUnpackedLimit(packed)).toBe(unpacked)
  })
})

describe('assertDiskSpace', () => {
  function fileOf(path: string, changes: Partial<Inspection> = {}): InspectedFile {
    const table = path.startsWith('1/imp') ? 'impressions' : 'clicks'
    const shape = { kinds: [], positions: [], ignored: [], isSegment: false } as const
    const header = { names: ['a'], ...shape, lineEnd: '\n' } as const
    const inspection: Inspection = {
      ...{ bytes: 1, sha256: '', linesBytes: 3_000_000, linesSha256: '', header, rows: 1 },
      ...{ isClean: true, isFinished: true, readLength: null, stamp: '' },
      ...changes,
    }
    const source = { dataset: 1, table, path, fullPath: `in/${path}`, bytes: 1 } as const
    return { source, inspection, index: 0, status: 'loaded', warnings: [] }
  }

  it('refuses what does not fit on the disk', async () => {
    const files = [fileOf('1/clicks_1.csv.gz'), fileOf('1/clicks_2.csv', { isClean: false })]

    await expect(assertDiskSpace(files, 'out', () => Promise.resolve(5_999_999))).rejects.toThrow(
      'disk full, unpacking the logs takes 6 MB and 6 MB are free: out',
    )
    await assertDiskSpace(files, 'out', () => Promise.resolve(6_000_000))
  })

  it('counts no file that is read as it is, nor impressions', async () => {
    const files = [fileOf('1/clicks_1.csv'), fileOf('1/impressions_1.csv.gz')]

    await assertDiskSpace(files, 'out', () => Promise.resolve(0))
  })
})

describe('buildPools', () => {
  it('gives up a packed file that unpacks to far more than its size', async () => {
    await withFolder(async (folder) => {
      const input = join(folder, 'in')
      // 320 MiB of rows in 40 members of gzip.
      const rows = gzipSync('100,30,7\n'.repeat((8 << 20) / 9))
      const bomb = [gzipSync('click_id,banner_id,campaign_id\n'), ...Array(40).fill(rows)]
      await writeFiles(input, { ...smallWorld(), '1/clicks_2.csv.gz': Buffer.concat(bomb) })

      await expect(
        buildPools({ ...BUILD_DEFAULTS, input, out: join(folder, 'out') }),
      ).rejects.toThrow(
        /clicks_2\.csv\.gz: unpacks from \d+ to more than 268435456 bytes, unpack it/,
      )
    })
  })
})
