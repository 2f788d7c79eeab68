import { appendFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { withFolder, writeFiles } from '../../helpers/folders.ts'
import {
  countFresh,
  createReader,
  NOW,
  settle,
  withReader,
} from '../../helpers/live/input-readers.ts'
import { describeState } from '../../helpers/state/describe-state.ts'

const DAY_LATER = new Date('2026-12-01T00:00:01Z')
const HEADER = 'banner_id,campaign_id\n'
/** Longer than what is read at once. */
const MANY = '30,7\n'.repeat(200_000)

const WORLD = {
  '1/impressions_2026-11-29_a.csv': HEADER + MANY,
  '1/impressions_2026-11-30_b.csv': `${HEADER}31,7\n`,
  '2/impressions_2026-11-30_c.csv': `${HEADER}32,8\n`,
}

describe('InputReader', () => {
  it('goes on reading while a file that has gone is taken out of the counts', async () => {
    await withReader(WORLD, async (tried) => {
      const { folder, reader, look } = tried
      const before = [...reader.places().keys()]
      await rm(join(folder, '1/impressions_2026-11-30_b.csv'))
      await appendFile(join(folder, '2/impressions_2026-11-30_c.csv'), '33,9\n')

      const { lines } = await look()

      expect(lines).toBe(1)
      expect(reader.isRecounting).toBe(true)
      expect([...reader.places().keys()]).toEqual(before)
      expect(reader.state.takeTouched()).toEqual(new Map([[2, [9]]]))
      await settle(tried)
      expect(reader.places().has('1/impressions_2026-11-30_b.csv')).toBe(false)
      expect(reader.state.takeTouched()).toEqual(new Map([[1, [7]]]))
      expect(describeState(reader.state)).toEqual(await countFresh(folder))
    })
  })

  it('reads what was written meanwhile before the new counts are taken', async () => {
    await withReader(WORLD, async (tried) => {
      const { folder, reader, look } = tried
      await rm(join(folder, '1/impressions_2026-11-30_b.csv'))
      await look()
      await appendFile(join(folder, '1/impressions_2026-11-29_a.csv'), '34,7\n')
      await writeFiles(folder, { '1/impressions_2026-11-30_d.csv': `${HEADER}35,7\n` })

      await settle(tried)

      expect(describeState(reader.state)).toEqual(await countFresh(folder))
    })
  })

  it('pauses one dataset until a file that is no duplicate any more counts', async () => {
    const equal = { '1/impressions_2026-11-29_z.csv': HEADER + MANY }
    await withReader({ ...WORLD, ...equal }, async (tried) => {
      const { folder, reader, look } = tried
      await settle(tried)
      expect(reader.paused.size).toBe(0)
      await appendFile(join(folder, '1/impressions_2026-11-29_z.csv'), '30,7\n')

      await look()

      expect([...reader.paused]).toEqual([1])
      await settle(tried)
      expect(reader.paused.size).toBe(0)
      expect(describeState(reader.state)).toEqual(await countFresh(folder))
    })
  })

  it.each([
    ['that is as it was', ''],
    ['that has grown since', '31,7\n'],
  ])('pauses the dataset of a renamed file %s, whose lines would count twice', async (_, more) => {
    await withReader(WORLD, async (tried) => {
      const { folder, reader, look } = tried
      const [from, to] = ['1/impressions_2026-11-30_b.csv', '1/impressions_2026-11-30_e.csv']
      await rename(join(folder, from), join(folder, to))
      await appendFile(join(folder, to), more)

      await look()

      expect([...reader.paused]).toEqual([1])
      await settle(tried)
      expect(describeState(reader.state)).toEqual(await countFresh(folder))
    })
  })

  it('tells of a new day once the day that left is out of the counts', async () => {
    await withReader(
      WORLD,
      async (tried) => {
        const { folder, reader, look } = tried

        const first = await look(DAY_LATER)

        expect(first.hasNewDay).toBe(false)
        expect(reader.isRecounting).toBe(true)
        const results = await settle(tried, DAY_LATER)
        expect(results.filter(({ hasNewDay }) => hasNewDay)).toHaveLength(1)
        expect(results.at(-1)).toMatchObject({ hasNewDay: true, wantsBuild: true })
        expect(describeState(reader.state)).toEqual(await countFresh(folder, 2, DAY_LATER))
      },
      2,
    )
  })

  it('lets others have a turn after each quarter of a megabyte', async () => {
    await withFolder(async (folder) => {
      await writeFiles(join(folder, 'in'), { '1/impressions_1.csv': HEADER + MANY.repeat(4) })
      const reader = createReader(folder, null)
      let turns = 0
      let isRead = false
      const looking = reader.look(NOW, 0).finally(() => {
        isRead = true
      })

      for (; !isRead; turns += 1) await nextTurn()

      await looking
      expect(turns).toBeGreaterThanOrEqual((MANY.length * 4) / 2 ** 18)
    })
  })

  it('reads a line that is longer than what is read at once', async () => {
    const long = `30,7,${'x'.repeat(700_000)}\n31,7,\n`
    await withReader(
      { '1/impressions_1.csv': `banner_id,campaign_id,note\n${long}` },
      async ({ reader }) => {
        const [place] = [...reader.places().values()]
        expect(place?.nextLine).toBe(4)
      },
    )
  })
})
