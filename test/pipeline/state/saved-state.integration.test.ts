import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Rename } from '../../../pipeline/input/renames.ts'
import { openState } from '../../../pipeline/state/saved-state.ts'
import { withFolder } from '../../helpers/folders.ts'
import { describeState } from '../../helpers/state/describe-state.ts'

const CLICKS = { dataset: 1, table: 'clicks', path: '1/clicks.csv' } as const
const LINES = 'click_id,banner_id,campaign_id\n5,30,7\n6,31,7\n'

/** Saves a state with two clicks, then lets `spoil` change its files. */
async function openSpoiled(
  folder: string,
  spoil: (data: string, index: string) => Promise<void>,
  renames: readonly Rename[] = [],
) {
  const stored = await openState(folder, { renames: [] }, () => undefined)
  stored.state.add({ ...CLICKS, firstLine: 1, bytes: Buffer.from(LINES) })
  await stored.save()
  stored.close()
  const data = (await readdir(folder)).find((name) => name.endsWith('.bin')) ?? ''
  await spoil(join(folder, data), join(folder, 'counts.json'))
  const reasons: string[] = []
  const opened = await openState(folder, { renames }, (reason) => reasons.push(reason))
  return { opened, reasons }
}

async function flipByte(path: string, at: number): Promise<void> {
  const bytes = await readFile(path)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  await writeFile(path, bytes)
}

describe('openState', () => {
  it('gives back the counts, places and accounts that were saved', async () => {
    await withFolder(async (folder) => {
      const { opened, reasons } = await openSpoiled(folder, async () => undefined)

      expect(reasons).toEqual([])
      expect(describeState(opened.state)).toEqual({
        pairs: { '1|7|30': '0|1|0|0', '1|7|31': '0|1|0|0' },
        files: { '1/clicks.csv': ['2|2|0|0'] },
      })
      expect(opened.state.placeOf(CLICKS)).toMatchObject({ nextLine: 4, linesBytes: LINES.length })
      opened.close()
    })
  })

  it.each([
    ['its index was altered', (_: string, index: string) => flipByte(index, 30), /altered/],
    ['its parts are cut off', (data: string) => truncate(data, 10), /cut off/],
  ])('begins anew and says so when %s', async (_, spoil, reason) => {
    await withFolder(async (folder) => {
      const { opened, reasons } = await openSpoiled(folder, spoil)

      expect(reasons).toHaveLength(1)
      expect(reasons[0]).toMatch(reason)
      expect(opened.state.places()).toEqual([])
      opened.close()
    })
  })

  it('begins anew when columns are renamed otherwise', async () => {
    await withFolder(async (folder) => {
      const rename = { table: 'clicks', from: 'id', to: 'click_id' } as const
      const { opened, reasons } = await openSpoiled(folder, async () => undefined, [rename])

      expect(reasons[0]).toMatch(/--rename/)
      expect(opened.state.places()).toEqual([])
      opened.close()
    })
  })

  it('never counts with a part of which any byte was altered', async () => {
    await withFolder(async (folder) => {
      const { opened } = await openSpoiled(folder, async () => undefined)
      const expected = describeState(opened.state)
      opened.close()
      const [data = ''] = (await readdir(folder)).filter((name) => name.endsWith('.bin'))
      const { length } = await readFile(join(folder, data))

      for (let at = 0; at < length; at += Math.ceil(length / 150)) {
        await flipByte(join(folder, data), at)
        const other = await openState(folder, { renames: [] }, () => undefined)
        const lines = '8,30,7\n5,30,7\n'
        const outcome = () => {
          if (other.state.places().length === 0) return 'anew'
          other.state.add({
            ...CLICKS,
            path: '1/clicks_b.csv',
            firstLine: 1,
            bytes: Buffer.from(`${LINES}${lines}`),
          })
          return describeState(other.state).pairs['1|7|30']
        }
        expect(['anew', 'damaged', '0|2|0|0']).toContain(attempt(outcome))
        other.close()
        await flipByte(join(folder, data), at)
      }
      expect(expected.pairs['1|7|30']).toBe('0|1|0|0')
    })
  })

  it('lets lines be added to a file only when it has the lines that were counted', async () => {
    await withFolder(async (folder) => {
      const { opened } = await openSpoiled(folder, async () => undefined)
      const more = { ...CLICKS, firstLine: 4, bytes: Buffer.from('8,30,7\n') }

      expect(() => opened.state.add(more)).toThrow('does not follow')
      expect(await opened.state.resume(CLICKS, [Buffer.from(LINES.replace('6', '9'))])).toBe(false)
      expect(await opened.state.resume(CLICKS, [Buffer.from(LINES)])).toBe(true)
      expect(opened.state.add(more)).toEqual({ lines: 1, accepted: 1, rejected: 0 })
      opened.close()
    })
  })
})

function attempt<T>(fn: () => T): T | 'damaged' {
  try {
    return fn()
  } catch (error) {
    if ((error as Error).name === 'DamagedStateError') return 'damaged'
    throw error
  }
}
