import { describe, expect, it } from 'vitest'
import { formatSnapshot, parseSnapshot } from '../../../server/pools/snapshot.ts'
import { poolsOf } from '../../helpers/pools.ts'

const BUILD = {
  pools: poolsOf({ 7: [30, 10], 8: { 2: [20] } }),
  createdAtMs: 1_793_491_200_000,
  version: '0123456789abcdef 2026-11-01T00:00:00.000Z 00ff',
}

describe('snapshot of pools', () => {
  it.each([
    ['ids of 32 bits', BUILD],
    ['ids of 53 bits', { ...BUILD, pools: poolsOf({ 9007199254740991: [9007199254740991, 3] }) }],
    ['no pools', { ...BUILD, pools: poolsOf({}) }],
  ])('come back as they were: %s', (_, build) => {
    expect(parseSnapshot(formatSnapshot(build))).toEqual(build)
  })

  it('come back from any place in memory', () => {
    const file = formatSnapshot(BUILD)
    for (let offset = 0; offset < 8; offset++) {
      const moved = Buffer.concat([Buffer.alloc(offset), file]).subarray(offset)

      expect(parseSnapshot(moved)).toEqual(BUILD)
    }
  })

  it('are refused with any bit flipped, and at any shorter length', () => {
    const file = formatSnapshot(BUILD)
    expect(file.length).toBeGreaterThan(300)
    for (let place = 0; place < file.length; place++) {
      const altered = Buffer.from(file)
      altered[place] = (altered[place] ?? 0) ^ (1 << (place % 8))
      expect(() => parseSnapshot(altered)).toThrow('snapshot of pools')
      expect(() => parseSnapshot(file.subarray(0, place))).toThrow('snapshot of pools')
    }
  })
})
