import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { countRead, createMeter } from '../../../pipeline/base/meter.ts'
import { createTerminalProgress, describeNow } from '../../../pipeline/base/terminal-progress.ts'
import { inspectFile } from '../../../pipeline/input/scan/inspect.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'

describe('describeNow', () => {
  it('tells the time alone where nothing else is known', () => {
    expect(describeNow('check', 2_900)).toBe('check            2 s')
    expect(describeNow('inspect files', 2_900, createMeter(0))).toBe('inspect files    2 s')
  })

  it('tells share, rows, rows a second, and what is left', () => {
    const meter = createMeter(1_000)
    countRead(meter.counts, 250, 6_000)

    // A quarter in 2 s: three more quarters take 6 s.
    expect(describeNow('inspect files', 2_000, meter)).toBe(
      'inspect files    25 %   6,000 rows   3,000 rows/s   6 s left',
    )
  })

  it('estimates nothing from too little, and never more than all', () => {
    const [early, late] = [createMeter(1_000), createMeter(1_000)]
    countRead(early.counts, 19, 10)
    countRead(late.counts, 1_200, 10)

    expect(describeNow('inspect files', 1_000, early)).not.toContain('left')
    expect(describeNow('inspect files', 1_000, late)).toContain(' 100 %')
  })
})

describe('createTerminalProgress', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  /** Runs a step that lasts so long, and gives what was written. */
  async function writtenIn(ms: number, columns = 80): Promise<string[]> {
    const written: string[] = []
    const progress = createTerminalProgress({
      ...{ write: (text) => void written.push(text), columns: () => columns, isColoured: false },
      now: () => Date.now(),
    })
    const step = progress.step('check', () => new Promise((resolve) => setTimeout(resolve, ms)))
    await vi.advanceTimersByTimeAsync(ms)
    await step
    return written
  }

  it('writes a line that it takes away, and then the one that stays', async () => {
    const written = await writtenIn(1_050)

    const live = written.slice(0, -2)
    expect(new Set(live)).toEqual(
      new Set(['\r\u001b[2Kcheck            0 s', '\r\u001b[2Kcheck            1 s']),
    )
    expect(written.at(-2)?.replace('\r\u001b[2K', '')).toMatch(/^check +1,050 ms\n$/)
    expect(written.at(-1)).toBe('\r\u001b[2K')
  })

  it('shows no such line in a step that is soon over, and none wider than the terminal', async () => {
    expect((await writtenIn(350)).length).toBe(2)
    expect((await writtenIn(1_050, 10))[0]).toBe('\r\u001b[2Kcheck    ')
  })

  it.each([
    [true, '\u001b[33mwarning:\u001b[39m a'],
    [false, 'warning: a'],
  ])('colours warnings: %s', (isColoured, text) => {
    const written: string[] = []
    const write = (part: string) => void written.push(part)
    createTerminalProgress({ write, columns: () => 80, isColoured }).warn('a')

    expect(written).toEqual([`\r\u001b[2K${text}\n`])
  })

  it('goes on where a step fails', async () => {
    const written: string[] = []
    const write = (part: string) => void written.push(part)
    const progress = createTerminalProgress({ write, columns: () => 80, isColoured: false })

    await expect(progress.step('check', () => Promise.reject(new Error('no')))).rejects.toThrow(
      'no',
    )

    expect(vi.getTimerCount()).toBe(0)
    expect(written).toEqual(['\r\u001b[2K'])
  })
})

describe('a meter', () => {
  it('counts the bytes and rows of a file, packed or not, as they lie on disk', async () => {
    const text = 'banner_id,campaign_id\n30,7\n31,7\n'
    const packed = gzipSync(text)
    await withFolder(async (folder) => {
      await writeFiles(folder, { 'a.csv': text, 'b.csv.gz': packed })
      const { counts } = createMeter(text.length + packed.length)

      for (const name of ['a.csv', 'b.csv.gz']) {
        await inspectFile({ path: join(folder, name), table: 'impressions', counts })
      }

      expect([...counts]).toEqual([BigInt(text.length + packed.length), 4n])
    })
  })
})
