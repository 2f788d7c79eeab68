import { describe, expect, it } from 'vitest'
import { EventMemory } from '../../../../pipeline/live/receive/event-memory.ts'
import { findHorizon } from '../../../../pipeline/live/receive/horizon.ts'
import type { ReadPartition } from '../../../../pipeline/live/receive/topics.ts'
import { seededRandom } from '../../../helpers/seeded-random.ts'
import { size } from '../../../helpers/size.ts'

const HOUR_MS = 3_600_000

describe('EventMemory', () => {
  it('knows what a set of texts knows, dense or sparse, numbered or not', () => {
    const random = seededRandom(26)
    const memory = new EventMemory()
    const known = new Set<string>()
    const names = ['5c0ffee:', 'r1:', 'r1:0', 'order-', 'a:b:', 'r1:1:']
    for (let step = 0; step < size(5_000, 20_000); step += 1) {
      const name = names[Math.floor(random() * names.length)] ?? ''
      const event = `${name}${Math.floor(random() ** 3 * 200_000)}`
      expect([event, memory.has('clicks', event)]).toEqual([event, known.has(event)])
      if (random() < 0.1) {
        memory.delete('clicks', event)
        known.delete(event)
      } else {
        memory.add('clicks', event, step)
        known.add(event)
      }
    }
    for (const event of known) expect(memory.has('clicks', event)).toBe(true)
  })

  it('keeps the events of each log apart', () => {
    const memory = new EventMemory()
    memory.add('impressions', 'r1:1', 0)

    expect(memory.has('impressions', 'r1:1')).toBe(true)
    expect(memory.has('clicks', 'r1:1')).toBe(false)
  })

  it('forgets what only older messages brought', () => {
    const memory = new EventMemory()
    memory.add('clicks', 'r1:1', 10 * HOUR_MS)
    memory.add('clicks', 'r2:1', 12 * HOUR_MS)
    memory.add('clicks', 'one', 10 * HOUR_MS)
    memory.add('clicks', 'two', 12 * HOUR_MS)
    memory.forget(11 * HOUR_MS)

    const events = ['r1:1', 'r2:1', 'one', 'two']
    expect(events.map((event) => memory.has('clicks', event))).toEqual([false, true, false, true])
  })
})

describe('findHorizon', () => {
  const partition = (newestHour: number, offset: number, lastStableOffset: number | null) =>
    ({ newestMs: newestHour * HOUR_MS, offset, lastStableOffset }) as ReadPartition

  it.each<[string, ReadPartition[], number]>([
    ['the newest message where all is read', [partition(100, 5, 5), partition(20, 3, 3)], 51],
    ['a partition with a backlog', [partition(100, 5, 5), partition(60, 3, 9)], 11],
    ['one of which nobody knows the end', [partition(100, 5, 5), partition(60, 3, null)], 11],
  ])('goes by %s', (_, partitions, hour) => {
    expect(findHorizon(partitions)).toBe(hour * HOUR_MS)
  })

  it('forgets nothing while a backlog has not begun to be read', () => {
    const waiting = partition(Number.NEGATIVE_INFINITY, 0, 7)

    expect(findHorizon([partition(100, 5, 5), waiting])).toBe(Number.NEGATIVE_INFINITY)
  })
})
