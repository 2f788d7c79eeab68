import { appendFile, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readManifest } from '../../../contract/read.ts'
import type { Manifest } from '../../../contract/schema.ts'
import { createProgress } from '../../../pipeline/base/progress.ts'
import { buildPools } from '../../../pipeline/build/build.ts'
import type { BuildOptions } from '../../../pipeline/build/options.ts'
import { BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import { hashOutputs } from '../../../scripts/lib/outputs.ts'
import { csv, queryOutputs, smallWorld } from '../../helpers/builds.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'
import { seededRandom } from '../../helpers/seeded-random.ts'
import { isEveryTest, isFullSize, someOf } from '../../helpers/size.ts'
import { csvFilesOf, worlds } from '../../helpers/worlds.ts'

const CLICKS = 'click_id,banner_id,campaign_id'
const CONVERSIONS = 'conversion_id,click_id,revenue'

/** Long after the files of a test are written, so that their stamps count. */
const later = () => new Date(Date.now() + 60_000)

interface Site {
  readonly input: string
  readonly out: string
  /** Builds and gives the lines of its progress. */
  build(options?: Partial<BuildOptions>): Promise<{ status: string; lines: string[] }>
}

function withSite(fn: (site: Site) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const [input, out] = [join(folder, 'in'), join(folder, 'out')]
    await writeFiles(input, smallWorld())
    await fn({
      input,
      out,
      async build(options = {}) {
        const lines: string[] = []
        const progress = createProgress((line) => lines.push(line))
        const defaults = { ...BUILD_DEFAULTS, now: later, maxRejectShare: 1 }
        const { status } = await buildPools({ ...defaults, input, out, progress, ...options })
        return { status, lines }
      },
    })
  })
}

/** Rows that a step dealt with. */
function rowsOf(lines: readonly string[], step: string): number {
  const line = lines.find((candidate) => candidate.startsWith(`${step} `))
  return Number(/([\d,]+) rows/.exec(line ?? '')?.[1]?.replaceAll(',', ''))
}

/** The files of a build from nothing, and what its manifest says of the inputs. */
async function fromScratch(input: string): Promise<Comparable> {
  return withFolder(async (out) => {
    await buildPools({ ...BUILD_DEFAULTS, input, out, maxRejectShare: 1 })
    return comparableOf(out)
  })
}

interface Comparable {
  readonly hashes: Record<string, string>
  readonly inputs: Manifest['inputs']
}

async function comparableOf(out: string): Promise<Comparable> {
  const { inputs } = await readManifest(join(out, 'current'))
  return { hashes: await hashOutputs(out), inputs }
}

async function stagePaths(out: string, ending: string): Promise<string[]> {
  const names = await readdir(join(out, 'stage'))
  return names.filter((name) => name.endsWith(ending)).map((name) => join(out, 'stage', name))
}

describe('a build after one new file', () => {
  it('reads that file alone and gives the bytes of a build from nothing', async () => {
    await withSite(async ({ input, out, build }) => {
      await build()
      await writeFiles(input, { '1/clicks_new.csv': csv(CLICKS, ['900,32,7', '901,32,7']) })

      const { status, lines } = await build()

      expect(status).toBe('built')
      expect(lines[0]).toBe('12 of 13 files are cached already')
      expect(rowsOf(lines, 'inspect files')).toBe(2)
      expect(rowsOf(lines, 'cache clicks')).toBe(2)
      expect(rowsOf(lines, 'cache impressions')).toBe(0)
      expect(await comparableOf(out)).toEqual(await fromScratch(input))
    })
  })

  it('finds what only both files together tell: duplicates, conflicts, and an orphan that is none any more', async () => {
    await withSite(async ({ input, out, build }) => {
      await writeFiles(input, {
        '1/conversions_1.csv': csv(CONVERSIONS, ['10,100,1.25', '11,950,2', '12,951,3']),
      })
      await build()
      await writeFiles(input, {
        '1/clicks_new.csv': csv(CLICKS, ['950,32,7', '100,30,7', '101,32,7']),
      })

      await build()

      const query = 'select file, line, reason, text from rejects order by all'
      expect(await queryOutputs(out, query)).toEqual(
        [
          { file: '1/clicks_1.csv', line: 3n, reason: 'conflict', text: '101,31,7' },
          { file: '1/clicks_new.csv', line: 4n, reason: 'conflict', text: '101,32,7' },
          { file: '1/conversions_1.csv', line: 4n, reason: 'orphan', text: '12,951,3' },
        ].map((row) => ({ ...row, line: Number(row.line) })),
      )
      const { inputs } = await readManifest(join(out, 'current'))
      const added = inputs.find(({ path }) => path === '1/clicks_new.csv')
      expect(added).toMatchObject({ rows: 3, accepted: 1, rejected: 1, duplicates: 1 })
      expect(await comparableOf(out)).toEqual(await fromScratch(input))
    })
  })

  it.runIf(isFullSize)(
    'gives the bytes of a build from nothing for random logs that come and go',
    async () => {
      const property = fc.asyncProperty(worlds, fc.nat(), async (world, seed) => {
        const files = Object.entries(csvFilesOf(world, { filesPerTable: 3, shuffleSeed: seed }))
        const random = seededRandom(seed)
        await withFolder(async (folder) => {
          const [input, out] = [join(folder, 'in'), join(folder, 'out')]
          const options = { ...BUILD_DEFAULTS, input, out, now: later, maxRejectShare: 1 }
          await writeFiles(input, smallWorld())
          for (let step = 0; step < 4; step += 1) {
            for (const [path, content] of files) {
              if (random() < 0.3) await writeFiles(input, { [path]: content })
              else if (random() < 0.2) await rm(join(input, path), { force: true })
            }
            await buildPools({ ...options, keep: 1 + Math.floor(random() * 3) })

            expect(await comparableOf(out)).toEqual(await fromScratch(input))
          }
        })
      })
      await fc.assert(property, { numRuns: 5, seed: 23 })
    },
    300_000,
  )
})

describe('a build without new files', () => {
  it('knows the files by their stamps and reads none', async () => {
    await withSite(async ({ build }) => {
      await build()

      expect(await build()).toEqual({ status: 'current', lines: [] })
    })
  })

  it.runIf(isEveryTest)(
    'reads a file again that was only touched, and knows it the next time',
    async () => {
      await withSite(async ({ input, build }) => {
        await build()
        await utimes(join(input, '1/clicks_1.csv'), 1, 1)

        const touched = await build()

        expect(touched.status).toBe('current')
        expect(rowsOf(touched.lines, 'inspect files')).toBe(4)
        expect((await build()).lines).toEqual([])
      })
    },
  )

  it('reads a file that was changed about the time when it was read', async () => {
    await withSite(async ({ input, out, build }) => {
      const now = () => new Date()
      await build({ now })
      await writeFile(
        join(input, '1/conversions_1.csv'),
        csv(CONVERSIONS, ['10,100,9.250000', '11,103,0.5']),
      )

      const { lines } = await build({ now })

      expect(rowsOf(lines, 'inspect files')).toBe(4 * (6 + 4 + 2))
      expect(
        await queryOutputs(
          out,
          'select revenue::int as revenue from pools where dataset = 1 and rank = 1',
        ),
      ).toEqual([{ revenue: 10 }])
    })
  })

  it.runIf(isEveryTest)('does not parse a file again that got another name', async () => {
    await withSite(async ({ input, build }) => {
      await build()
      await rename(join(input, '1/clicks_1.csv'), join(input, '1/clicks_other.csv'))
      await appendFile(join(input, '1/conversions_1.csv'), '12,103,1\n')

      const { lines } = await build()

      expect(rowsOf(lines, 'cache clicks')).toBe(0)
      expect(rowsOf(lines, 'cache conversions')).toBe(3)
    })
  })

  it.runIf(isEveryTest)('stages all anew if that is forced', async () => {
    await withSite(async ({ build }) => {
      await build()

      const { status, lines } = await build({ force: true })

      expect(status).toBe('built')
      expect(rowsOf(lines, 'cache clicks')).toBe(16)
    })
  })
})

describe('the stage', () => {
  it.each(
    someOf<[string, string, (bytes: Buffer) => Buffer | null]>(
      [
        ['altered rows', '.parquet', flipBit],
        ['missing rows', '.parquet', () => null],
        ['altered rejects', '.rejects.json', flipBit],
        ['an altered entry', '.json', flipBit],
        ['an empty entry', '.json', () => Buffer.alloc(0)],
      ],
      1,
    ),
  )('is not trusted: %s are made again from the input, and said', async (_, ending, change) => {
    await withSite(async ({ input, out, build }) => {
      await writeFiles(input, { '1/clicks_b.csv': csv(CLICKS, ['x,30,7', '700,30,7', '701,y,7']) })
      await build()
      const paths = await stagePaths(out, ending)
      expect(paths.length).toBeGreaterThan(0)
      for (const path of paths) {
        const changed = change(await readFile(path))
        await (changed === null ? rm(path) : writeFile(path, changed))
      }
      await writeFiles(input, { '2/clicks_b.csv': csv(CLICKS, ['701,30,7']) })
      // Without counts all rows are read.
      await rm(join(out, 'stage/counts'), { recursive: true })

      const { lines } = await build()

      expect(lines).toContainEqual(
        expect.stringMatching(
          /^warning: cached file was altered, so its input is read again: .*\/stage\/[0-9a-f]{32}\.parquet$/,
        ),
      )
      expect(await comparableOf(out)).toEqual(await fromScratch(input))
      expect((await build({ seed: 1 })).lines.join()).not.toContain('altered')
    })
  })

  it.runIf(isEveryTest)(
    'is not looked at where no row of it is needed, and made again when one is',
    async () => {
      await withSite(async ({ input, out, build }) => {
        await build()
        for (const path of await stagePaths(out, '.parquet')) {
          await writeFile(path, flipBit(await readFile(path)))
        }

        await writeFiles(input, { '1/clicks_b.csv': csv(CLICKS, ['700,30,7', '701,31,7']) })
        const apart = await build()
        expect(apart.lines.join()).not.toContain('altered')
        expect(await comparableOf(out)).toEqual(await fromScratch(input))

        await writeFiles(input, { '1/clicks_c.csv': csv(CLICKS, ['101,30,7']) })
        const repeated = await build()
        expect(repeated.lines.join()).toContain('altered')
        expect(await comparableOf(out)).toEqual(await fromScratch(input))
      })
    },
  )

  it('keeps the rows of kept builds and no others', async () => {
    await withSite(async ({ input, out, build }) => {
      await build({ keep: 2 })
      await writeFiles(input, { '1/clicks_1.csv': csv(CLICKS, ['100,30,7', '103,30,7']) })
      await build({ keep: 2 })
      expect(await stagePaths(out, '.parquet')).toHaveLength(13)

      await writeFiles(input, { '1/clicks_1.csv': csv(CLICKS, ['100,30,7', '103,31,7']) })
      await build({ keep: 2 })

      expect(await stagePaths(out, '.parquet')).toHaveLength(13)
      await build({ keep: 1, seed: 1 })
      expect(await stagePaths(out, '.parquet')).toHaveLength(12)
    })
  })

  it.runIf(isEveryTest)(
    'does not take rows for those of a file whose columns mean something else now',
    async () => {
      await withSite(async ({ input, out, build }) => {
        const rows = ['100,30,7,31', '103,30,7,31']
        await writeFiles(input, { '1/clicks_1.csv': csv('click_id,first,campaign_id,last', rows) })
        const clicked = `select banner_id, clicks from banner_stats where dataset = 1 and clicks > 0`

        await build({ renames: [{ table: 'clicks', from: 'first', to: 'banner_id' }] })
        expect(await queryOutputs(out, clicked)).toEqual([{ banner_id: 30, clicks: 2 }])
        await build({ renames: [{ table: 'clicks', from: 'last', to: 'banner_id' }] })

        expect(await queryOutputs(out, clicked)).toEqual([{ banner_id: 31, clicks: 2 }])
      })
    },
  )

  it('is there for the next build if this one fails afterwards', async () => {
    await withSite(async ({ input, build }) => {
      await writeFiles(input, { '1/clicks_b.csv': csv(CLICKS, ['700,30,7']) })
      const audit = async <T>(name: string, fn: () => Promise<T>): Promise<T> => {
        if (name === 'check') throw new Error('planted')
        return fn()
      }
      const progress = { ...BUILD_DEFAULTS.progress, step: audit }
      await expect(build({ progress })).rejects.toThrow('planted')

      const { lines } = await build()

      expect(lines[0]).toBe('13 of 13 files are cached already')
    })
  })
})

/** Changes one bit in the middle. */
function flipBit(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes)
  const middle = Math.floor(bytes.length / 2)
  changed[middle] = (changed[middle] ?? 0) ^ 1
  return changed
}
