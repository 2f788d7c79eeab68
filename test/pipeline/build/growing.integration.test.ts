import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { formatJournalRecord } from '../../../contract/journal.ts'
import { readManifest, resolveBuildFolder } from '../../../contract/read.ts'
import type { Manifest, ManifestInput } from '../../../contract/schema.ts'
import { buildPools } from '../../../pipeline/build/build.ts'
import type { BuildOptions } from '../../../pipeline/build/options.ts'
import { BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import { hashOutputs } from '../../../scripts/lib/outputs.ts'
import { smallWorld, withBuild } from '../../helpers/builds.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'
import { isEveryTest } from '../../helpers/size.ts'

const EVENTS = [
  'event,click_id,banner_id,campaign_id',
  '0:1,901,31,7',
  '0:2,902,31,7',
  '0:3,903,30,7',
  '',
].join('\n')

/** The account of the segment. */
function segmentOf({ inputs }: Manifest): Partial<ManifestInput> {
  return inputs.find(({ path }) => path === '1/clicks_2026-11-25_web-1.csv') ?? {}
}

/** Builds what lies in `folder`. */
async function build(folder: string, out: string, options: Partial<BuildOptions> = {}) {
  await buildPools({ ...BUILD_DEFAULTS, input: folder, out, ...options })
  return readManifest(await resolveBuildFolder(out))
}

describe('buildPools', () => {
  it('reads a segment as a file without its first column, and warns of nothing', async () => {
    const segment = { ...smallWorld(), '1/clicks_2026-11-25_web-1.csv': EVENTS }
    const plain = {
      ...smallWorld(),
      '1/clicks_2026-11-25_web-1.csv': EVENTS.replaceAll(/^[^,]*,/gm, ''),
    }
    await withBuild(segment, ({ out, manifest }) =>
      withBuild(plain, async (other) => {
        expect(await hashOutputs(out)).toEqual(await hashOutputs(other.out))
        const { warnings, ignored_columns, accepted } = segmentOf(manifest)
        expect({ warnings, ignored_columns, accepted }).toEqual({
          warnings: [],
          ignored_columns: [],
          accepted: 3,
        })
        expect(manifest.build_id).not.toBe(other.manifest.build_id)
      }),
    )
  })

  it.runIf(isEveryTest)(
    'reads a segment with lines that do not fit, and keeps their text whole',
    async () => {
      const rows = EVENTS.replace('902,31,7', '902,x,7').replace('0:3', '0:"3')
      await withBuild(
        { ...smallWorld(), '1/clicks_2026-11-25_web-1.csv': rows },
        async ({ manifest }) => {
          const { accepted, rejected } = segmentOf(manifest)
          expect({ accepted, rejected }).toEqual({ accepted: 1, rejected: 2 })
        },
        { maxRejectShare: 1 },
      )
    },
  )

  it('does not mind that a file grows while it is read', async () => {
    await withFolder(async (folder) => {
      const input = join(folder, 'in')
      await writeFiles(input, smallWorld())
      const before = await build(input, join(folder, 'before'))
      const step = async <T>(name: string, fn: () => Promise<T>): Promise<T> => {
        if (name === 'cache clicks') await appendFile(join(input, '1/clicks_1.csv'), '999,30,7\n')
        if (name === 'inspect files') {
          await appendFile(join(input, '2/impressions_2.csv'), '30,7\n')
        }
        return fn()
      }
      const out = join(folder, 'out')
      const progress = { ...BUILD_DEFAULTS.progress, step }
      const meanwhile = await build(input, out, { progress })
      const after = await build(input, out)

      expect(meanwhile.build_id).toBe(before.build_id)
      expect(after.inputs.reduce((sum, { rows }) => sum + rows, 0)).toBe(50)
    })
  })

  it.runIf(isEveryTest)('leaves out the line of a segment that is being written', async () => {
    await withFolder(async (folder) => {
      const input = join(folder, 'in')
      await writeFiles(input, { ...smallWorld(), '1/clicks_2026-11-25_web-1.csv': EVENTS })
      const whole = await build(input, join(folder, 'whole'))
      await appendFile(join(input, '1/clicks_2026-11-25_web-1.csv'), '0:4,904,31')
      const half = await build(input, join(folder, 'half'))

      expect(half.build_id).toBe(whole.build_id)
      expect(segmentOf(half).warnings).toEqual([])
    })
  })

  it('reads a segment as far as the journal of its writer says', async () => {
    const name = '1/clicks_2026-11-25_web-1.csv'
    const lengths = { [name]: EVENTS.length - 13 }
    const files = { ...smallWorld(), [name]: EVENTS }
    await withBuild(
      { ...files, '.collect/journal': formatJournalRecord({ lengths }) },
      async ({ manifest }) => {
        expect(segmentOf(manifest)).toMatchObject({ accepted: 2, lines_bytes: lengths[name] })
      },
    )
  })

  it('builds so much of each file as it is told, and knows them whole afterwards', async () => {
    await withFolder(async (folder) => {
      const input = join(folder, 'in')
      const out = join(folder, 'out')
      const name = '1/clicks_2026-11-25_web-1.csv'
      await writeFiles(input, { ...smallWorld(), [name]: EVENTS.slice(0, -13) })
      const less = await build(input, join(folder, 'less'))
      await writeFiles(input, { [name]: EVENTS })
      const more = await build(input, join(folder, 'more'))
      const lengths = new Map(less.inputs.map(({ path, lines_bytes }) => [path, lines_bytes]))
      const cut = await build(input, out, { lengths })
      const all = await build(input, out)

      expect(cut.build_id).toBe(less.build_id)
      expect(cut.inputs.map(({ sha256 }) => sha256)).toEqual(
        less.inputs.map(({ sha256 }) => sha256),
      )
      expect(all.build_id).toBe(more.build_id)
    })
  })

  it('reads the files of the window only, which is part of the build id', async () => {
    const files = {
      ...smallWorld(),
      '1/clicks_2026-11-20_a.csv': 'click_id,banner_id,campaign_id\n801,31,7\n',
      '1/clicks_2026-11-25_a.csv': 'click_id,banner_id,campaign_id\n802,31,7\n',
    }
    const window = { days: 5, day: '2026-11-25' }
    await withBuild(
      files,
      async ({ manifest }) => {
        expect(manifest.window).toEqual(window)
        expect(manifest.inputs.map(({ path }) => path)).toContain('1/clicks_2026-11-25_a.csv')
        expect(manifest.inputs.map(({ path }) => path)).not.toContain('1/clicks_2026-11-20_a.csv')
        await withBuild(
          files,
          async (other) => expect(other.manifest.build_id).not.toBe(manifest.build_id),
          // The same files.
          { window: { days: 4, day: '2026-11-24' } },
        )
      },
      { window },
    )
  })
})
