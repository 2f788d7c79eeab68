import { execFileSync } from 'node:child_process'
import { cp, readdir, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readJournalLengths } from '../../../contract/journal.ts'
import { openJournal } from '../../../contract/journal-writer.ts'
import { packSegment } from '../../../contract/segments/pack.ts'
import { listSegments, recoverSegments } from '../../../contract/segments/recover.ts'
import { SegmentWriter } from '../../../contract/segments/writer.ts'
import { withFolder } from '../../helpers/folders.ts'
import { size } from '../../helpers/size.ts'

const COLUMNS = {
  impressions: ['event', 'banner_id', 'campaign_id'],
  clicks: ['event', 'click_id', 'banner_id', 'campaign_id'],
  conversions: ['event', 'conversion_id', 'click_id', 'revenue'],
}
const DAY = '2026-11-30'
const IMPRESSIONS = { dataset: 1, table: 'impressions', writer: 'w' } as const
const CLICKS = { dataset: 2, table: 'clicks', writer: 'w' } as const
const FIRST = `1/impressions_${DAY}_w-1.csv`
const IMPRESSIONS_HEADER = 'event,banner_id,campaign_id\n'

/** As a writer starts: cut, then go on. */
async function startWriter(input: string, maxBytes?: number) {
  const { journal, last } = await openJournal(join(input, '.w/journal'))
  if (last !== null) await recoverSegments(input, last, ({ writer }) => writer === 'w')
  const limits = maxBytes === undefined ? {} : { maxBytes }
  const writer = await SegmentWriter.open({ input, journal, columns: COLUMNS, last, ...limits })
  return { journal, last, writer }
}

/** Lines of all segments, by path without packing. */
async function readSegments(input: string): Promise<Record<string, string>> {
  const texts: Record<string, string> = {}
  for (const path of await listSegments(input, () => true)) {
    const bytes = await readFile(join(input, path))
    const text = path.endsWith('.gz') ? gunzipSync(bytes) : bytes
    texts[path.replace(/\.gz$/, '')] = text.toString()
  }
  return texts
}

/** Without headers. */
function countLines(segments: Readonly<Record<string, string>>): number {
  return Object.values(segments).reduce((sum, text) => sum + text.split('\n').length - 2, 0)
}

describe('SegmentWriter', () => {
  it('leaves segments and record that belong together, wherever the journal is cut', async () => {
    await withFolder(async (folder) => {
      const input = join(folder, 'in')
      const { journal, writer } = await startWriter(input)
      await writer.begin({ step: 0 })
      const steps: { readonly more: unknown; readonly segments: Record<string, string> }[] = []
      for (let step = 1; step <= 4; step += 1) {
        // The third is of another day: the segment of the first two is closed by it.
        const day = step < 3 ? DAY : '2026-12-01'
        await writer.append(IMPRESSIONS, day, Buffer.from(`0:${step},1,${step}\n`))
        if (step > 1) await writer.append(CLICKS, day, Buffer.from(`0:${step},${step},1,2\n`))
        const { closed } = await writer.commit({ step })
        for (const path of closed) await packSegment(input, path)
        steps.push({ more: step, segments: await readSegments(input) })
      }
      await writer.append(IMPRESSIONS, '2026-12-02', Buffer.from('0:9,1,9\n'))
      await writer.close()
      await journal.close()
      const { length } = await readFile(join(input, '.w/journal'))
      for (let cut = 0; cut <= length; cut += size(13, 1)) {
        const copy = join(folder, `cut-${cut}`)
        await cp(input, copy, { recursive: true })
        await truncate(join(copy, '.w/journal'), cut)
        const { last, writer: next, journal: again } = await startWriter(copy)
        if (last === null) {
          // The first record is on disk before any segment is there.
          await again.close()
          continue
        }
        const segments = steps.find(({ more }) => more === last.step)?.segments ?? {}
        expect(await readSegments(copy)).toEqual(segments)
        await next.append(CLICKS, DAY, Buffer.from('0:10,10,1,2\n'))
        await next.commit({ step: 'on' })
        await next.close()
        await again.close()
        expect(countLines(await readSegments(copy))).toBe(countLines(segments) + 1)
      }
    })
  })

  it('names a segment before it makes it, and vouches for no line before the commit', async () => {
    await withFolder(async (input) => {
      const { journal, writer } = await startWriter(input)
      await writer.append(IMPRESSIONS, DAY, Buffer.from('0:1,1,1\n'))

      expect(Object.fromEntries(await readJournalLengths(join(input, '.w/journal')))).toEqual({
        [FIRST]: 0,
      })

      await writer.commit({})

      expect(Object.fromEntries(await readJournalLengths(join(input, '.w/journal')))).toEqual({
        [FIRST]: IMPRESSIONS_HEADER.length + 8,
      })
      await writer.close()
      await journal.close()
    })
  })

  it('begins the next segment on another day and at a size, and packs what is closed', async () => {
    await withFolder(async (input) => {
      const { journal, writer } = await startWriter(input, 40)
      const line = (n: number) => Buffer.from(`0:${n},1,1\n`)
      await writer.append(IMPRESSIONS, DAY, line(1))
      await writer.append(IMPRESSIONS, DAY, line(2))
      await writer.append(IMPRESSIONS, DAY, line(3))
      expect(await writer.commit({})).toEqual({ closed: [FIRST] })
      writer.closeOtherDays('2026-12-01')
      expect(await writer.commit({})).toEqual({ closed: [`1/impressions_${DAY}_w-2.csv`] })
      expect([...(await readJournalLengths(join(input, '.w/journal')))]).toEqual([])
      await packSegment(input, FIRST)
      await packSegment(input, FIRST)

      expect((await readdir(join(input, '1'))).sort()).toEqual([
        `impressions_${DAY}_w-1.csv.gz`,
        `impressions_${DAY}_w-2.csv`,
      ])
      const unpacked = execFileSync('gunzip', ['-c', join(input, `${FIRST}.gz`)], {
        encoding: 'utf8',
      })
      expect(unpacked).toBe(`${IMPRESSIONS_HEADER}0:1,1,1\n0:2,1,1\n`)
      await writer.close()
      await journal.close()
    })
  })

  it('never writes over a file that its journal does not know', async () => {
    await withFolder(async (input) => {
      const first = await startWriter(input)
      await first.writer.append(IMPRESSIONS, DAY, Buffer.from('0:1,1,1\n'))
      await first.writer.commit({})
      await first.writer.close()
      await first.journal.close()
      await truncate(join(input, '.w/journal'), 0)
      const second = await startWriter(input)

      const append = second.writer.append(IMPRESSIONS, DAY, Buffer.from('0:1,1,1\n'))

      await expect(append).rejects.toThrow(`is there already: ${join(input, FIRST)}`)
      await second.writer.close()
      await second.journal.close()
    })
  })
})

describe('openJournal', () => {
  it('begins anew with its last record when it has grown long', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'journal')
      const { journal } = await openJournal(path, 1_000)
      for (let step = 0; step < 100; step += 1) {
        await journal.append({ lengths: { '1/clicks_a.csv': step }, step })
        expect([...(await readJournalLengths(path))]).toEqual([['1/clicks_a.csv', step]])
      }
      await journal.close()
      const { last, journal: again } = await openJournal(path, 1_000)
      await again.close()

      expect(last).toEqual({ lengths: { '1/clicks_a.csv': 99 }, step: 99 })
      expect((await readFile(path)).length).toBeLessThanOrEqual(1_000)
    })
  })
})
