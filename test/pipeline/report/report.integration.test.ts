import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HtmlValidate } from 'html-validate'
import { parseHTML } from 'linkedom'
import { afterAll, describe, expect, it } from 'vitest'
import { formatManifest } from '../../../contract/manifest.ts'
import { readManifest } from '../../../contract/read.ts'
import { checkBuild } from '../../../pipeline/ask/check.ts'
import { buildPools } from '../../../pipeline/build/build.ts'
import type { BuildOptions } from '../../../pipeline/build/options.ts'
import { BUILD_DEFAULTS, createRecorder } from '../../../pipeline/commands/features.ts'
import { rollBack } from '../../../pipeline/publish/builds.ts'
import { hashOutputs } from '../../../scripts/lib/outputs.ts'
import { loadPools } from '../../../server/pools/load.ts'
import { csv, smallWorld } from '../../helpers/builds.ts'
import { writeFiles } from '../../helpers/folders.ts'
import { PreparedFolders } from '../../helpers/prepared-folders.ts'
import { isEveryTest } from '../../helpers/size.ts'

const NOW = () => new Date('2026-11-23T10:00:00Z')

const folders = new PreparedFolders()
afterAll(() => folders.remove())

/** Builds each list of files in turn into one folder, and gives `fn` that and the last report. */
function withReport(
  inputs: readonly Record<string, string>[],
  fn: (report: Report, out: string) => Promise<void> | void,
  options: Partial<BuildOptions> = {},
): Promise<void> {
  async function buildAll(folder: string): Promise<void> {
    for (const [place, files] of inputs.entries()) {
      const [input, out] = [join(folder, `in${place}`), join(folder, 'out')]
      await writeFiles(input, files)
      await buildPools({ ...BUILD_DEFAULTS, input, out, now: NOW, ...options })
    }
  }
  const key = JSON.stringify([inputs, options, options.record !== undefined])
  return folders.withCopy(key, buildAll, async (folder) => {
    const out = join(folder, 'out')
    await fn(readReport(await readFile(join(out, 'report.html'), 'utf8')), out)
  })
}

/** A page as its reader sees it. */
interface Report {
  readonly markup: string
  /** The text of each part, by its title. */
  readonly parts: Record<string, string>
  /** The rows of each table, header first, by its caption. */
  readonly tables: Record<string, string[][]>
  readonly charts: string[]
}

function readReport(markup: string): Report {
  const { document } = parseHTML(markup)
  const all = (selector: string, from = document) => [...from.querySelectorAll(selector)]
  const textOf = (element: { textContent: string | null } | null) =>
    (element?.textContent ?? '').replaceAll(/\s+/g, ' ').trim()
  const tables = all('table').map((table) => {
    const rows = all('tr', table).map((row) => all('th, td', row).map(textOf))
    return [textOf(table.querySelector('caption')), rows]
  })
  const parts = all('section').map((part) => [textOf(part.querySelector('h2')), textOf(part)])
  return {
    markup,
    parts: Object.fromEntries(parts),
    tables: Object.fromEntries(tables),
    charts: all('svg[role=img]').map((chart) => chart.getAttribute('aria-label')),
  }
}

/** In dataset 1: banner 31 converts for 2 and so comes first; banner 60 is new, with a click. Line 3 is no id. */
const CHANGED = {
  ...smallWorld(),
  '1/conversions_b.csv': csv('conversion_id,click_id,revenue', ['19,101,2']),
  '1/clicks_b.csv': csv('click_id,banner_id,campaign_id', ['190,60,7', 'x,60,7']),
}

/** Campaign 9 has eleven converted banners, for 1 to 11: its pool covers 11 + 10 + … + 2 = 65 of 66. */
const ELEVEN = {
  '1/impressions_9.csv': csv('banner_id,campaign_id', ['1,9']),
  '1/clicks_9.csv': csv(
    'click_id,banner_id,campaign_id',
    Array.from({ length: 11 }, (_, place) => `${900 + place},${1 + place},9`),
  ),
  '1/conversions_9.csv': csv(
    'conversion_id,click_id,revenue',
    Array.from({ length: 11 }, (_, place) => `${900 + place},${900 + place},${1 + place}`),
  ),
}

describe('report.html', () => {
  it('accounts for each file and each reason of a reject', async () => {
    await withReport(
      [CHANGED],
      ({ tables, parts }) => {
        const files = tables['Files and what became of their lines'] ?? []

        expect(files[0]).toEqual([
          ...['file', 'bytes', 'lines', 'accepted', 'rejected', 'duplicates', 'status'],
        ])
        // Header 31, rows 9 and 7, each with its line end.
        expect(files).toContainEqual(['1/clicks_b.csv', '47', '2', '1', '1', '0', 'loaded'])
        expect(files.length).toBe(1 + 14 + 1)
        // 4 × (6 + 4 + 2) lines, and 2 + 1 in the two more files.
        expect(files.at(-1)?.slice(2)).toEqual(['51', '50', '1', '0', ''])
        expect(parts.Input).toContain('50 + 1 + 0 = 51.')
        expect(tables['The first rejected line of each reason']?.slice(1)).toEqual([
          ['clicks not_an_id', '1', '1/clicks_b.csv:3', 'x,60,7'],
        ])
      },
      { maxRejectShare: 0.5 },
    )
  })

  it('lists a list among the files, and in no chart of a dataset', async () => {
    const header = 'banner_id,click_url,alt,width,height'
    const files = { ...smallWorld(), 'banners.csv': csv(header, ['30,https://a.example,,,']) }

    await withReport([files], ({ markup, tables }) => {
      const rows = tables['Files and what became of their lines'] ?? []
      expect(rows.find(([file]) => file === 'banners.csv')).toBeDefined()
      expect(markup).not.toContain('dataset null')
    })
  })

  it('counts pools by rule, and the revenue that they cover', async () => {
    await withReport([{ ...smallWorld(), ...ELEVEN }], ({ tables, parts, charts }) => {
      const rules = tables['Pools by rule, and those with random banners or too few']

      expect(rules?.slice(1)).toEqual([
        ['top 10 by revenue', '1', '20.0 %', '0', '0'],
        ['all 5 to 9 converted', '0', '0.0 %', '0', '0'],
        ['1 to 4 converted, then by clicks', '4', '80.0 %', '4', '4'],
        ['top 5 by clicks', '0', '0.0 %', '0', '0'],
      ])
      // Datasets 2 to 4: banner 30 earned all 1.75; dataset 1: 1.75 + 66, of which 1.75 + 65.
      expect(tables['Revenue by dataset']?.slice(1, 3)).toEqual([
        ['1', '67.75', '66.75', '98.5 %'],
        ['2', '1.75', '1.75', '100.0 %'],
      ])
      expect(parts['Revenue in the pools']).toContain('earned 72.00 of 73.00: 98.6 %.')
      expect(tables['The ten pools that cover least']?.[1]).toEqual([
        ...['9', '1', '11', '66.00', '65.00', '98.5 %'],
      ])
      expect(charts).toContain(
        'Columns: 5 pools by the share of revenue that they cover, 4 cover all',
      )
    })
  })

  it('tells what changed since the build before', async () => {
    await withReport(
      [smallWorld(), CHANGED],
      ({ tables, parts, charts }) => {
        expect(parts['Change since the build before']).toContain('1 of 4 pools changed.')
        // Before: 30, 31, 32, 33. Now: 31, 30, 60, 32, 33.
        expect(tables['Pools and banners by dataset']?.slice(1, 3)).toEqual([
          ['1', '1', '1', '4', '4', '1', '0'],
          ['2', '1', '0', '4', '0', '0', '0'],
        ])
        expect(tables['Most banners entered and left, ten pools at most']?.slice(1)).toEqual([
          ['7', '1', '4', '4', '1', '0'],
        ])
        expect(charts).toContain(
          'Bars: banners in pools by dataset, in all 16 stayed, 1 entered, 0 left',
        )
      },
      { maxRejectShare: 0.5 },
    )
  })

  it('draws revenue and turnover from build to build, as the history has them', async () => {
    const record = createRecorder({
      ...{ threads: 1, memoryLimit: '1GB', madeBy: 'batch', historyDays: 400 },
    })
    await withReport(
      [smallWorld(), CHANGED],
      ({ parts, charts }) => {
        // Four quarters of 1.75; banner 31 adds 2.
        expect(parts['From build to build']).toContain(
          'The pools of the build before had earned 7.00, those of this one 9.00: +2.00.',
        )
        expect(charts).toContain('Line: revenue in pools of 2 builds, the last 9.00')
        expect(charts.filter((label) => label.startsWith('Columns: pools changed'))).toEqual([])
      },
      { maxRejectShare: 0.5, record },
    )
    await withReport(
      [smallWorld(), CHANGED],
      ({ parts }) => {
        expect(Object.keys(parts)).not.toContain('From build to build')
      },
      { maxRejectShare: 0.5 },
    )
  })

  it('draws on how few banners of a campaign the revenue is', async () => {
    await withReport([{ ...smallWorld(), ...ELEVEN }], ({ charts }) => {
      // 66 of campaign 9 and 7 of campaign 7; the eleventh banner has 1.
      expect(charts).toContain(
        'Curve: the 10 best banners of each campaign and quarter hold 98.6 % of the revenue',
      )
    })
  })

  it.runIf(isEveryTest)('says so where there is no build before, or it is gone', async () => {
    await withReport([smallWorld()], async ({ parts }) => {
      expect(parts['Change since the build before']).toContain('this is the first build here')
    })
    await withReport(
      [smallWorld(), CHANGED],
      async (_, out) => {
        const { previous_build_id, build_id } = await readManifest(join(out, 'current'))
        await rm(join(out, 'builds', previous_build_id ?? ''), { recursive: true })
        const input = join(out, '../in1')
        await buildPools({ ...BUILD_DEFAULTS, input, out, force: true, maxRejectShare: 0.5 })
        const { parts } = readReport(await readFile(join(out, 'report.html'), 'utf8'))

        expect((await readManifest(join(out, 'current'))).build_id).toBe(build_id)
        expect(parts['Change since the build before']).toContain(
          `Build ${previous_build_id} is gone`,
        )
      },
      { maxRejectShare: 0.5 },
    )
  })

  it('names every check, those that found something first', async () => {
    const { length: count } = await readdir(new URL('../../../sql/checks/', import.meta.url))
    await withReport([{ ...smallWorld(), ...ELEVEN }], ({ tables, parts }) => {
      const checks = tables['What must hold, or should'] ?? []

      // Banners 2 to 11 of campaign 9 were clicked and never shown.
      expect(checks[1]).toEqual(['clicked banners were shown', 'warning', '10', '✗ warning'])
      expect(checks[2]?.at(-1)).toBe('✓ holds')
      expect(checks.length).toBe(1 + count)
      expect(parts.Checks).toContain(`1 check of ${count} found rows`)
    })
  })

  it('shows hostile names and lines as text', async () => {
    const name = '<img src=x onerror=alert(1)>&"\'.csv'
    const files = {
      ...smallWorld(),
      [`1/clicks_${name}`]: csv('click_id,banner_id,campaign_id', [
        '</td><script>alert(1)</script>,1,1',
      ]),
    }
    await withReport(
      [files],
      ({ markup, tables }) => {
        const { document } = parseHTML(markup)
        const shown = tables['Files and what became of their lines']?.map(([path]) => path)

        expect(shown).toContain(`1/clicks_${name}`)
        expect(tables['The first rejected line of each reason']?.[1]?.at(-1)).toBe(
          '</td><script>alert(1)</script>,1,1'.slice(0, 40),
        )
        expect([...document.querySelectorAll('script, img, iframe, [onerror], [onload]')]).toEqual(
          [],
        )
      },
      { maxRejectShare: 1 },
    )
  })

  it.runIf(isEveryTest)('lists 200 files at most, and says how many more there are', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 200 }, (_, place) => [
        ...[
          `1/clicks_n${place}.csv`,
          csv('click_id,banner_id,campaign_id', [`${5000 + place},30,7`]),
        ],
      ]),
    )
    await withReport([{ ...smallWorld(), ...many }], ({ tables, parts }) => {
      expect(tables['Files and what became of their lines']?.length).toBe(1 + 200 + 1)
      expect(parts.Input).toContain('12 more files in manifest.json.')
    })
  })

  it('is the same, byte for byte, for the same build at the same time', async () => {
    await withReport(
      [smallWorld(), CHANGED],
      async ({ markup }, out) => {
        const before = await hashOutputs(out)
        const input = join(out, '../in1')
        await buildPools({
          ...BUILD_DEFAULTS,
          input,
          out,
          now: NOW,
          force: true,
          maxRejectShare: 0.5,
          threads: 1,
        })

        expect(await readFile(join(out, 'report.html'), 'utf8')).toBe(markup)
        expect(await hashOutputs(out)).toEqual(before)
      },
      { maxRejectShare: 0.5 },
    )
  })

  it('is valid HTML that loads nothing', async () => {
    await withReport(
      [smallWorld(), CHANGED],
      async ({ markup }) => {
        const validator = new HtmlValidate({ extends: ['html-validate:recommended'] })

        const { results } = await validator.validateString(markup)

        expect(results.flatMap(({ messages }) => messages)).toEqual([])
        expect(markup).not.toMatch(/https?:(?!\/\/www\.w3\.org)|@import|url\((?!#)|src=/)
      },
      { maxRejectShare: 0.5 },
    )
  })
})

describe('a build and its report', () => {
  it('vouches for it in the manifest, and builds again where it was altered', async () => {
    await withReport([smallWorld()], async ({ markup }, out) => {
      const { outputs } = await readManifest(join(out, 'current'))
      const path = join(out, 'current', 'report.html')
      await writeFile(path, `${markup} `)
      const { status } = await buildPools({
        ...BUILD_DEFAULTS,
        input: join(out, '../in0'),
        out,
        now: NOW,
      })

      expect(outputs.map(({ file, rows }) => [file, rows])).toContainEqual(['report.html', 0])
      expect(status).toBe('built')
      expect(await readFile(path, 'utf8')).toBe(markup)
    })
  })

  it('is served without it', async () => {
    await withReport([smallWorld()], async (_, out) => {
      await rm(join(out, 'current', 'report.html'))

      expect((await loadPools(out)).campaignCount).toBe(1)
    })
  })

  it('takes a build of an earlier version, which has none, and adds it', async () => {
    await withReport([smallWorld()], async (_, out) => {
      await forgetReport(join(out, 'current'))
      const older = (await readManifest(join(out, 'current'))).build_id
      const input = join(out, '../in0')

      expect((await checkBuild(out)).passed).toBe(true)
      expect((await buildPools({ ...BUILD_DEFAULTS, input, out })).status).toBe('built')
      await forgetReport(join(out, 'current'))
      await buildPools({ ...BUILD_DEFAULTS, input, out, seed: 1 })
      await rollBack(out, older)

      // The link of the newer build's report would lead nowhere.
      await expect(readFile(join(out, 'report.html'))).rejects.toThrow('ENOENT')
      expect((await checkBuild(out)).build_id).toBe(older)
    })
  })
})

/** Makes a build as an earlier version wrote it. */
async function forgetReport(folder: string): Promise<void> {
  const manifest = await readManifest(folder)
  const outputs = manifest.outputs.filter(({ file }) => file !== 'report.html')
  await writeFile(join(folder, 'manifest.json'), formatManifest({ ...manifest, outputs }))
  await rm(join(folder, 'report.html'))
}
