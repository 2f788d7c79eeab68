import { describe, expect, it } from 'vitest'
import { ConversionMemory } from '../../../server/events/conversion-memory.ts'
import { NumberMap } from '../../../server/events/number-map.ts'
import { formatMicros, parseMicros } from '../../../server/events/revenue.ts'
import { createNumbering } from '../../../server/events/run.ts'
import { TokenMemory } from '../../../server/events/token-memory.ts'
import { seededRandom } from '../../helpers/seeded-random.ts'

describe('NumberMap', () => {
  it('holds what a Map holds, for small, great and neighbouring numbers', () => {
    const random = seededRandom(3)
    const [map, expected] = [new NumberMap(), new Map<number, number>()]
    for (let i = 0; i < 20_000; i++) {
      const key = Math.floor(random() * (i % 3 === 0 ? 500 : i % 3 === 1 ? 2 ** 34 : 2 ** 53 - 1))
      map.set(key, i)
      expected.set(key, i)
    }

    expect(map.size).toBe(expected.size)
    expect([...map.values()].sort()).toEqual([...expected.values()].sort())
    for (const [key, value] of expected) expect(map.get(key)).toBe(value)
    expect(map.get(501)).toBe(expected.get(501))
  })
})

describe('TokenMemory', () => {
  const begin = 0x6b0d91b0
  const run = '6b0d91b017005d15cd'

  it('remembers a token until its run is dead', () => {
    const forgotten: number[] = []
    const memory = new TokenMemory(3_600, (values) => forgotten.push(...values.values()))
    memory.set(run, 7, 42)

    memory.forgetOld(begin + 900 + 3_600 + 599)
    expect(memory.get(run, 7)).toBe(42)
    expect(memory.get(run, 8)).toBeUndefined()
    memory.forgetOld(begin + 900 + 3_600 + 600)
    expect(memory.get(run, 7)).toBeUndefined()
    expect(forgotten).toEqual([42])
  })

  it('takes the event of another writer for dead', () => {
    expect(new TokenMemory(3_600).isAlive('0:17', begin)).toBe(false)
  })
})

describe('createNumbering', () => {
  it('numbers within a run, and begins another one after a quarter of an hour and when the clock goes back', () => {
    const number = createNumbering()
    const at = (seconds: number) => {
      const { run, counter } = number(new Date(seconds * 1_000))
      return { run: run.toString(), counter }
    }
    const [first, second, third, back] = [at(10_000), at(10_899), at(10_900), at(10_899)]

    expect(second).toEqual({ run: first.run, counter: 2 })
    expect(third.counter).toBe(1)
    expect(new Set([first.run, third.run, back.run]).size).toBe(3)
  })
})

describe('ConversionMemory', () => {
  it.each(['7', '9223372036854775807'])('tells the same from another of id %s', (id) => {
    const memory = new ConversionMemory()
    memory.add(id, { clickId: '5', revenue: 1_500_000n })

    expect(memory.compare(id, { clickId: '5', revenue: 1_500_000n })).toBe('same')
    expect(memory.compare(id, { clickId: '5', revenue: 1_500_001n })).toBe('other')
    expect(memory.compare(id, { clickId: '6', revenue: 1_500_000n })).toBe('other')
    expect(memory.compare('8', { clickId: '5', revenue: 1_500_000n })).toBeUndefined()
  })
})

describe('parseMicros', () => {
  it.each([
    ['0', '0'],
    ['12.5', '12.5'],
    ['0012.500000', '12.5'],
    ['0.0000005', '0.000001'],
    ['0.0000004999', '0'],
    ['999999999999.999999', '999999999999.999999'],
  ])('reads %s as %s', (text, stored) => {
    expect(formatMicros(parseMicros(text) ?? -1n)).toBe(stored)
  })

  it.each(['', '-1', '+1', '1e3', '1,5', '.5', '5.', ' 1', '999999999999.9999995', '1'.repeat(13)])(
    'refuses %j',
    (text) => {
      expect(parseMicros(text)).toBeUndefined()
    },
  )
})
