/** Logs that are compared with the lines that were counted: only where it must be, and nobody waits for that. */
import { appendFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { formatJournalRecord } from '../../../contract/journal.ts'
import { countFresh, settle, withReader } from '../../helpers/live/input-readers.ts'
import { describeState } from '../../helpers/state/describe-state.ts'

/** Comparing waits for it. */
let gate: Promise<void> = Promise.resolve()
let comparisons = 0
/** What happens while a log is read. */
let meanwhile: (path: string) => Promise<void> = async () => undefined

vi.mock('../../../pipeline/input/scan/inspect.ts', async (load) => {
  const inspect = await load<typeof import('../../../pipeline/input/scan/inspect.ts')>()
  const inspectFile: typeof inspect.inspectFile = async (...given) => {
    comparisons += 1
    await gate
    const reading = inspect.inspectFile(...given)
    const [result] = await Promise.allSettled([reading, meanwhile(given[0].path)])
    if (result.status === 'rejected') throw result.reason
    return result.value
  }
  return { ...inspect, inspectFile }
})

const HEADER = 'banner_id,campaign_id\n'
/** Longer than what is read at once. */
const LINES = `${HEADER}${'30,7\n'.repeat(200_000)}`
const [LOG, OTHER] = ['1/impressions_a.csv', '2/impressions_b.csv']
const WORLD = { [LOG]: LINES, [OTHER]: `${HEADER}32,8\n` }

/** As a writer that packs: the twin is whole before the file goes. */
async function pack(folder: string, lines: string): Promise<void> {
  const path = join(folder, LOG)
  await writeFile(`${path}.new`, gzipSync(lines))
  await rename(`${path}.new`, `${path}.gz`)
  await rm(path)
}

beforeEach(() => {
  gate = Promise.resolve()
  meanwhile = async () => undefined
})

describe('InputReader', () => {
  it('reads other files while a log is compared with its packed twin', async () => {
    await withReader(WORLD, async (tried) => {
      const { folder, reader, look } = tried
      let open: () => void = () => undefined
      gate = new Promise((resolve) => {
        open = resolve
      })
      await pack(folder, LINES)
      await appendFile(join(folder, OTHER), '33,8\n')

      const { lines } = await look()

      expect(lines).toBe(1)
      expect(reader.isRecounting).toBe(true)
      reader.state.takeTouched()
      open()
      await settle(tried)
      expect([...reader.state.takeTouched()]).toEqual([])
      expect(reader.paused.size).toBe(0)
      expect(describeState(reader.state)).toEqual(await countFresh(folder))
    })
  })

  it('counts what was written last before a log was packed', async () => {
    await withReader(WORLD, async (tried) => {
      const { folder, reader, look } = tried
      await pack(folder, `${LINES}31,9\n`)

      await look()
      const results = await settle(tried)

      expect(results.reduce((sum, { lines }) => sum + lines, 0)).toBe(1)
      expect(describeState(reader.state)).toEqual(await countFresh(folder))
    })
  })

  it('compares nothing while a writer is ahead of what it vouches for', async () => {
    const segment = '1/clicks_2026-11-30_web-1.csv'
    const header = 'event,click_id,banner_id,campaign_id\n'
    const vouchFor = (bytes: number) => formatJournalRecord({ lengths: { [segment]: bytes } })
    const line = (id: number) => `r:${id},${id},32,7\n`
    const committed = header.length + line(1).length
    const files = {
      [segment]: `${header}${line(1)}${line(2)}`,
      '.collect/journal': vouchFor(committed),
    }
    await withReader(files, async ({ folder, reader, look }) => {
      comparisons = 0
      await look()
      await appendFile(join(folder, segment), line(3))
      await look()
      expect(reader.lengths().get(segment)).toBe(committed)

      await appendFile(join(folder, '.collect/journal'), vouchFor(committed + 2 * line(1).length))
      const { lines } = await look()

      expect(lines).toBe(2)
      expect(comparisons).toBe(0)
    })
  })

  it('compares a log once more that was written while it was compared', async () => {
    await withReader(WORLD, async (tried) => {
      const { folder, reader, look } = tried
      let writes = 0
      meanwhile = async (path) => {
        writes += 1
        if (writes <= 2) await utimes(path, writes, writes)
      }
      await utimes(join(folder, LOG), 0, 0)

      await look()
      await settle(tried)

      expect(writes).toBe(3)
      expect([...reader.state.takeTouched()]).toEqual([])
      expect(describeState(reader.state)).toEqual(await countFresh(folder))
    })
  })

  it('reads a log on that grew while it was compared', async () => {
    await withReader(WORLD, async ({ folder, reader, look }) => {
      gate = new Promise(() => undefined)
      await utimes(join(folder, LOG), 0, 0)
      await look()
      await appendFile(join(folder, LOG), '31,9\n')

      const { lines } = await look()

      expect(lines).toBe(1)
      expect(reader.isRecounting).toBe(false)
      gate = Promise.resolve()
      expect(describeState(reader.state)).toEqual(await countFresh(folder))
    })
  })

  it('ends in one line when the packed twin has other lines', async () => {
    await withReader(WORLD, async (tried) => {
      await pack(tried.folder, LINES.replace('30,7', '31,7'))

      await tried.look()

      await expect(settle(tried)).rejects.toThrow(/^shrank, or lines that are counted changed; /)
    })
  })
})
