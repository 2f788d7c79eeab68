import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type GrowOptions, type GrowSummary, growSample } from '../../../pipeline/sample/grow.ts'
import { openSegments } from '../../../pipeline/sample/grow-segments.ts'
import { withFolder } from '../../helpers/folders.ts'

/** Grows logs for some seconds of a clock that runs by itself. */
async function grow(
  folder: string,
  seconds: number,
  { start = '2026-11-30T09:20:00Z', ...options }: Partial<GrowOptions> & { start?: string } = {},
): Promise<GrowSummary> {
  const stopping = new AbortController()
  let ms = 0
  return growSample({
    folder,
    rate: 1_000,
    seed: 0,
    stop: stopping.signal,
    now: () => new Date(Date.parse(start) + ms),
    elapsedMs: () => ms,
    sleep: async (pause) => {
      ms += pause
      if (ms > seconds * 1_000) stopping.abort()
    },
    ...options,
  })
}

async function readLogs(folder: string): Promise<Record<string, string[]>> {
  const names = await readdir(folder, { recursive: true })
  const logs = names.filter((name) => name.endsWith('.csv')).sort()
  const texts = await Promise.all(logs.map((name) => readFile(join(folder, name), 'utf8')))
  return Object.fromEntries(logs.map((name, place) => [name, texts[place]?.split('\n') ?? []]))
}

describe('growSample', () => {
  it('writes whole lines at its rate, into the files of the day and the quarter of the hour', async () => {
    await withFolder(async (folder) => {
      const { lines, writer } = await grow(folder, 10)

      const logs = await readLogs(folder)
      expect(writer).toBe('sample0')
      expect(Object.keys(logs)).toEqual([
        '2/clicks_2026-11-30_sample0-2.csv',
        '2/conversions_2026-11-30_sample0-3.csv',
        '2/impressions_2026-11-30_sample0-1.csv',
      ])
      const rows = Object.values(logs).map((log) => log.slice(1, -1))
      expect(Object.values(logs).every((log) => log.at(-1) === '')).toBe(true)
      expect(rows.map(({ length }) => length)).toEqual([
        lines.clicks,
        lines.conversions,
        lines.impressions,
      ])
      expect(lines.clicks + lines.conversions + lines.impressions).toBe(10_000)
      expect(logs['2/clicks_2026-11-30_sample0-2.csv']?.[0]).toBe(
        'event,click_id,banner_id,campaign_id',
      )
      const events = rows.flat().map((row) => row.split(',')[0])
      expect(new Set(events).size).toBe(10_000)
    })
  })

  it('gives each conversion a click that stands in the log, and no id twice', async () => {
    await withFolder(async (folder) => {
      await grow(folder, 20)
      await grow(folder, 20)

      const logs = await readLogs(folder)
      const rowsOf = (table: string) =>
        Object.entries(logs)
          .filter(([name]) => name.includes(table))
          .flatMap(([, log]) => log.slice(1, -1).map((row) => row.split(',')))
      const clicks = rowsOf('clicks').map(([, id]) => id)
      const known = new Set(clicks)
      const conversions = rowsOf('conversions')
      expect(known.size).toBe(clicks.length)
      expect(new Set(conversions.map(([, id]) => id)).size).toBe(conversions.length)
      expect(conversions.length).toBeGreaterThan(500)
      expect(conversions.every(([, , click]) => known.has(click ?? ''))).toBe(true)
    })
  })

  it('begins new files at midnight', async () => {
    await withFolder(async (folder) => {
      await grow(folder, 2, { start: '2026-11-30T23:59:59Z' })

      const names = Object.keys(await readLogs(folder))
      expect(names.filter((name) => name.startsWith('4/'))).toHaveLength(3)
      expect(names.filter((name) => /^1\/\w+_2026-12-01_/.test(name))).toHaveLength(3)
    })
  })

  it('writes the same events for the same seed', async () => {
    const textOf = (seed: number) =>
      withFolder(async (folder) => {
        await grow(folder, 2, { seed })
        return JSON.stringify(await readLogs(folder))
      })

    expect(await textOf(7)).toBe(await textOf(7))
    expect(await textOf(7)).not.toBe(await textOf(8))
  })

  it('writes no flood after a pause', async () => {
    await withFolder(async (folder) => {
      let ms = 0
      const { lines } = await grow(folder, 0, {
        elapsedMs: () => {
          ms += 60_000
          return ms
        },
      })

      expect(lines.impressions + lines.clicks + lines.conversions).toBe(2_000)
    })
  })

  it('names the folder that cannot be written', async () => {
    await expect(grow('/dev/null/logs', 1)).rejects.toThrow(
      'sample folder cannot be written, choose another: /dev/null/logs',
    )
  })
})

describe('openSegments', () => {
  it('begins another file when one is large', async () => {
    await withFolder(async (folder) => {
      const segments = openSegments(folder, 'w', 20)
      const name = { dataset: 1, table: 'impressions', day: '2026-11-30' } as const
      for (const line of ['w:1,30,7\n', 'w:2,30,7\n', 'w:3,30,7\n', 'w:4,30,7\n']) {
        await segments.append(name, line)
      }
      await segments.close()

      expect(await readLogs(folder)).toEqual({
        '1/impressions_2026-11-30_w-1.csv': [
          'event,banner_id,campaign_id',
          'w:1,30,7',
          'w:2,30,7',
          'w:3,30,7',
          '',
        ],
        '1/impressions_2026-11-30_w-2.csv': ['event,banner_id,campaign_id', 'w:4,30,7', ''],
      })
    })
  })
})
