import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exportTables } from '../../../pipeline/ask/export.ts'
import { EXPORT } from '../../../pipeline/commands/export.ts'
import { LIST_OUTPUTS, OUTPUTS } from '../../../pipeline/publish/outputs.ts'
import { smallWorld, withBuild } from '../../helpers/builds.ts'

const BANNERS = { 'banners.csv': 'banner_id,click_url,alt,width,height\n30,,"a ""b"", é",300,\n' }

describe('exportTables', () => {
  it('writes a file a table, lists where there are some', () =>
    withBuild({ ...smallWorld(), ...BANNERS }, async ({ out, manifest }) => {
      const folder = join(out, '../export')

      const summary = await exportTables({ artifacts: out, out: folder, format: 'csv', tables: [] })

      expect((await readdir(folder)).sort()).toEqual([
        ...['banner_stats.csv', 'banners.csv', 'pools.csv', 'rejects.csv'],
      ])
      expect(summary.build_id).toBe(manifest.build_id)
      expect(summary.files.map(({ file, rows }) => [file, rows])).toEqual([
        ...[
          ['pools.csv', 16],
          ['banner_stats.csv', 16],
          ['rejects.csv', 0],
          ['banners.csv', 1],
        ],
      ])
      expect((await readFile(join(folder, 'pools.csv'), 'utf8')).split('\n').slice(0, 2)).toEqual([
        'dataset,campaign_id,rank,banner_id,source,revenue,clicks,conversions,impressions',
        '1,7,1,30,revenue,1.750000,2,2,2',
      ])
      expect(await readFile(join(folder, 'banners.csv'), 'utf8')).toBe(
        'banner_id,click_url,alt,width,height\n30,,"a ""b"", é",300,\n',
      )
    }))

  it.each(['json', 'jsonl'] as const)('writes %s of the table that is named', (format) =>
    withBuild(smallWorld(), async ({ out }) => {
      const folder = join(out, '../export')

      await exportTables({ artifacts: out, out: folder, format, tables: ['pools'] })

      const text = await readFile(join(folder, `pools.${format}`), 'utf8')
      const rows = format === 'json' ? JSON.parse(text) : text.trim().split('\n').map(toObject)
      expect(await readdir(folder)).toEqual([`pools.${format}`])
      expect(rows).toHaveLength(16)
      expect(rows[0]).toMatchObject({ dataset: 1, campaign_id: 7, rank: 1, revenue: 1.75 })
    }),
  )
})

describe('EXPORT', () => {
  it('offers every table', () => {
    const names = [...OUTPUTS, ...LIST_OUTPUTS].map(({ name }) => name)

    expect(EXPORT.options.table?.values).toEqual(names)
  })
})

function toObject(line: string): unknown {
  return JSON.parse(line)
}
