import { describe, expect, it } from 'vitest'
import { belongsTo, parseShard } from '../../../pipeline/scanned/shard.ts'

describe('belongsTo', () => {
  it('gives each name to one shard of any number of them', () => {
    const names = Array.from({ length: 200 }, (_, number) => `1/clicks_${number}.csv`)

    for (let count = 1; count <= 16; count += 1) {
      const owners = names.map((name) =>
        Array.from({ length: count }, (_, index) => belongsTo(name, { index, count })),
      )
      expect(owners.every((own) => own.filter(Boolean).length === 1)).toBe(true)
    }
  })

  it('spreads names evenly', () => {
    const names = Array.from({ length: 4000 }, (_, number) => `1/clicks_${number}.csv`)
    const counts = [0, 1, 2, 3].map(
      (index) => names.filter((name) => belongsTo(name, { index, count: 4 })).length,
    )

    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120)
  })
})

describe('parseShard', () => {
  it.each([
    ['0/1', {}, { index: 0, count: 1 }],
    ['7/8', {}, { index: 7, count: 8 }],
    ['auto/8', { JOB_COMPLETION_INDEX: '3' }, { index: 3, count: 8 }],
    ['auto/8', { AWS_BATCH_JOB_ARRAY_INDEX: '0' }, { index: 0, count: 8 }],
  ])('reads %s', (text, environment, shard) => {
    expect(parseShard(text, environment)).toEqual(shard)
  })

  it.each([
    ['8/8', {}],
    ['0/0', {}],
    ['-1/8', {}],
    ['1', {}],
    ['1/8/2', {}],
    ['1.5/8', {}],
    ['auto/8', {}],
    ['auto/8', { JOB_COMPLETION_INDEX: '8' }],
    ['auto/8', { JOB_COMPLETION_INDEX: '' }],
    ['0/100001', {}],
  ])('refuses %s', (text, environment) => {
    expect(parseShard(text, environment)).toBeNull()
  })
})
