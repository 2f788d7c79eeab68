import { appendFile, cp, readFile, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packSegment } from '../../../../contract/segments/pack.ts'
import { openStore, type Store } from '../../../../pipeline/live/receive/store.ts'
import { withFolder, writeFiles } from '../../../helpers/folders.ts'
import { readReceived } from '../../../helpers/received.ts'
import { size } from '../../../helpers/size.ts'

const ID = '0a1b2c3d-0000-0000-0000-000000000000'
const TOPIC = { name: 'impressions', table: 'impressions', writer: 'kafka0a1b2c3d' } as const
const DAYS = ['2026-11-29', '2026-11-30'] as const

/** Writes the lines of offsets `from` to `to` - 1, every fifth of them as a reject. */
function commit(store: Store, day: string, from: number, to: number): Promise<readonly string[]> {
  const offsets = Array.from({ length: to - from }, (_, nth) => from + nth)
  const good = offsets.filter((offset) => offset % 5 !== 0)
  const lines = ([1, 2] as const).map((dataset) => {
    const own = good.filter((offset) => (offset % 2) + 1 === dataset)
    const text = own.map((offset) => `0:${offset},30,7\n`).join('')
    return { topic: TOPIC, dataset, good: Buffer.from(text), lines: own.length, eventsMs: null }
  })
  const rejects = offsets
    .filter((offset) => offset % 5 === 0)
    .map((offset) => ({
      ...{ topic: 'impressions', partition: 0, offset, line: null, reason: 'no_dataset' as const },
      ...{ lines: 1, size: 1, bytes: Buffer.from('x') },
    }))
  const topics = { impressions: { table: 'impressions' as const, id: ID, offsets: [to] } }
  return store.commit({ day, lines, rejects, topics, gaps: [], forgetBeforeMs: 0 })
}

/** Offsets of all lines and rejects, in order. */
async function readOffsets(input: string): Promise<number[]> {
  const { lines } = await readReceived(input)
  const offsets = lines.map((line) => Number(line.split(/[:,]/)[1]))
  for (const day of DAYS) {
    const path = join(input, '.receive', `rejects-${day}.jsonl`)
    const text = await readFile(path, 'utf8').catch(() => '')
    for (const line of text.split('\n').slice(0, -1)) offsets.push(JSON.parse(line).offset)
  }
  return offsets.sort((a, b) => a - b)
}

function upTo(end: number): number[] {
  return Array.from({ length: end }, (_, offset) => offset)
}

describe('openStore', () => {
  it('leaves segments, rejects and offsets that belong together, wherever the journal is cut', async () => {
    await withFolder(async (folder) => {
      const input = join(folder, 'in')
      const journal = join(input, '.receive/journal')
      const store = await openStore(input)
      // As a receiver does: topics are known before their first line.
      await commit(store, DAYS[0], 0, 0)
      const { size: first } = await stat(journal)
      let next = 0
      for (const day of [DAYS[0], DAYS[0], DAYS[1], DAYS[1]]) {
        await commit(store, day, next, next + 12)
        next += 12
      }
      await store.close()
      const { size: length } = await stat(journal)
      for (let cut = first; cut <= length; cut += size(101, 3)) {
        const copy = join(folder, `cut-${cut}`)
        await cp(input, copy, { recursive: true })
        await truncate(join(copy, '.receive/journal'), cut)
        const again = await openStore(copy)
        const end = again.record.topics.impressions?.offsets[0] ?? 0

        await commit(again, DAYS[1], end, end + 12)
        await again.close()
        expect(await readOffsets(copy)).toEqual(upTo(end + 12))
      }
    })
  })

  it('cuts off what was written behind the last record', async () => {
    await withFolder(async (input) => {
      const store = await openStore(input)
      await commit(store, DAYS[0], 0, 12)
      await store.close()
      const path = join(input, `1/impressions_${DAYS[0]}_kafka0a1b2c3d-1.csv`)
      const rejects = join(input, `.receive/rejects-${DAYS[0]}.jsonl`)
      for (const file of [path, rejects]) await appendFile(file, '0:12,30,7\n0:13,3')
      const again = await openStore(input)
      await again.close()

      expect(await readOffsets(input)).toEqual(upTo(12))
      expect(await readFile(path, 'utf8')).not.toContain('0:12')
    })
  })

  it('counts rejects exactly, and keeps no more than a thousand texts of a day and reason', async () => {
    await withFolder(async (input) => {
      const store = await openStore(input)
      await commit(store, DAYS[0], 0, 12_500)
      await store.close()
      const text = await readFile(join(input, `.receive/rejects-${DAYS[0]}.jsonl`), 'utf8')

      expect(store.record.rejects).toMatchObject({ counts: { no_dataset: 2_500 }, total: 2_500 })
      expect(text.split('\n').length - 1).toBe(1_000)
      expect((await readReceived(input)).warnings).toEqual([
        '2500 lines from Kafka did not come in, the latest are in .receive/rejects-2026-11-29.jsonl',
      ])
    })
  })

  it('remembers events of messages over a start, packed or not, until they are too old', async () => {
    await withFolder(async (input) => {
      const store = await openStore(input)
      const add = (own: Store, event: string, eventsMs: number, forgetBeforeMs: number) => {
        const good = Buffer.from(`${event},30,7\n0:${eventsMs},30,7\n`)
        const lines = [{ topic: TOPIC, dataset: 1, good, lines: 2, eventsMs } as const]
        const topics = { impressions: { table: 'impressions' as const, id: ID, offsets: [1] } }
        const day = DAYS[eventsMs < 2_000 ? 0 : 1]
        return own.commit({ day, lines, rejects: [], topics, gaps: [], forgetBeforeMs })
      }
      const has = (own: Store) =>
        ['r1:1', 'r1:2', 'shop-7'].map((event) => own.memory.has('impressions', event))
      // Offsets are in the journal before the first segment, as a receiver does.
      await commit(store, DAYS[0], 0, 0)
      await add(store, 'r1:1', 1_000, 0)
      const closed = await add(store, 'r1:2', 2_000, 0)
      for (const path of closed) await packSegment(input, path)
      await add(store, 'shop-7', 3_000, 0)
      await store.close()
      expect(closed).toContain(`1/impressions_${DAYS[0]}_kafka0a1b2c3d-1.csv`)

      const again = await openStore(input)
      expect(has(again)).toEqual([true, true, true])
      expect(again.memory.has('clicks', 'r1:1')).toBe(false)
      expect(again.memory.has('impressions', '0:1000')).toBe(false)
      await add(again, 'r1:3', 4_000, 1_500)
      await again.close()

      const later = await openStore(input)
      expect(has(later)).toEqual([false, true, true])
      await later.close()
    })
  })

  it('refuses segments without their journal, and a segment that is too short', async () => {
    await withFolder(async (input) => {
      const store = await openStore(input)
      await commit(store, DAYS[0], 0, 12)
      await store.close()
      await truncate(join(input, `1/impressions_${DAYS[0]}_kafka0a1b2c3d-1.csv`), 40)
      await expect(openStore(input)).rejects.toThrow(
        /^segment has 40 bytes of \d+: .*the disk has lost lines/,
      )
      await writeFiles(input, { '.receive/journal': '' })

      await expect(openStore(input)).rejects.toThrow(
        '.receive/journal is missing, but segments are there: restore it, or move them away and read all again',
      )
    })
  })
})
