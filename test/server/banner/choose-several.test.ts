import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { chooseBanners } from '../../../server/banner/choose-several.ts'
import { findCampaign } from '../../../server/pools/campaign-table.ts'
import { slotOf } from '../../../server/pools/pools.ts'
import { poolsOf } from '../../helpers/pools.ts'
import { seededRandom } from '../../helpers/seeded-random.ts'

interface Draw {
  pool: readonly number[]
  count: number
  last?: number | undefined
  excluded?: readonly number[]
  denied?: readonly number[]
  random?: () => number
}

const SEED = 20261101
const DRAWS = 50_000

/** Draws from campaign 7, dataset 1; campaign 6 and dataset 2 lie beside it, so that reading too far shows. */
function drawFrom({ pool, count, last, excluded = [], denied = [], random = () => 0 }: Draw) {
  const pools = poolsOf({ 6: [901, 902], 7: { 1: pool, 2: [903] } })
  const slot = slotOf(findCampaign(pools.campaignIds, 7), 1)
  const request = { last, excluded, denied: new Set(denied), random }
  return () => chooseBanners(pools, slot, request, count)
}

function idsOf(chosen: ReturnType<ReturnType<typeof drawFrom>>): number[] {
  return typeof chosen === 'string' ? [] : chosen.map(({ bannerId }) => bannerId)
}

describe('chooseBanners', () => {
  it('draws without replacement', () => {
    const draw = drawFrom({ pool: [30, 10, 20, 40], count: 2 })

    expect(draw()).toEqual([
      { bannerId: 30, poolSize: 4, probability: 1 / 2, repeat: false },
      { bannerId: 10, poolSize: 4, probability: 1 / 2, repeat: false },
    ])
  })

  it('draws the place of the random number among those that are left', () => {
    const numbers = [0.9, 0.5]
    const draw = drawFrom({ pool: [1, 2, 3, 4], count: 2, random: () => numbers.shift() ?? 0 })

    // 4 is taken, 1 stands in its place: [4, 2, 3, 1]; the middle of 2, 3 and 1 is 3.
    expect(idsOf(draw())).toEqual([4, 3])
  })

  it('leaves the last banner out where enough others are left', () => {
    const draw = drawFrom({ pool: [30, 10, 20], count: 2, last: 30 })

    expect(draw()).toEqual([
      { bannerId: 10, poolSize: 3, probability: 1, repeat: false },
      { bannerId: 20, poolSize: 3, probability: 1, repeat: false },
    ])
  })

  it('takes the last banner in, at the end, where too few others are left', () => {
    const draw = drawFrom({ pool: [30, 10, 20], count: 3, last: 30 })

    expect(draw()).toEqual([
      { bannerId: 10, poolSize: 3, probability: 1, repeat: false },
      { bannerId: 20, poolSize: 3, probability: 1, repeat: false },
      { bannerId: 30, poolSize: 3, probability: 1, repeat: true },
    ])
  })

  it('gives as many as there are', () => {
    expect(idsOf(drawFrom({ pool: [30, 10], count: 10 })())).toEqual([30, 10])
    expect(idsOf(drawFrom({ pool: [30], count: 10, last: 30 })())).toEqual([30])
  })

  it('leaves out denied and excluded banners, and the last one if it is among them', () => {
    const draw = drawFrom({ pool: [1, 2, 3, 4], count: 4, last: 2, excluded: [2], denied: [3] })

    expect(draw()).toEqual([
      { bannerId: 1, poolSize: 3, probability: 1, repeat: false },
      { bannerId: 4, poolSize: 3, probability: 1, repeat: false },
    ])
  })

  it.each<[string, Draw]>([
    ['no_pool', { pool: [], count: 2 }],
    ['disabled', { pool: [1], count: 2, denied: [1] }],
    ['all_excluded', { pool: [1, 2], count: 2, excluded: [1, 2], last: 1 }],
  ])('says %s', (reason, draw) => {
    expect(drawFrom(draw)()).toBe(reason)
  })

  it('refuses a random number of 1', () => {
    expect(drawFrom({ pool: [30, 10], count: 1, random: () => 1 })).toThrow(
      'random must be below 1',
    )
  })

  test.prop([
    fc.record({
      pool: fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 10 }),
      excluded: fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 10 }),
      denied: fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 4 }),
      last: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
      count: fc.integer({ min: 1, max: 10 }),
    }),
    fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
  ])('keeps its promises for any pool, cookie and exclusion', (draw, numbers) => {
    const random = () => numbers.next().value as number

    const chosen = drawFrom({ ...draw, random })()

    const allowed = draw.pool.filter(
      (banner) => !draw.excluded.includes(banner) && !draw.denied.includes(banner),
    )
    const fresh = allowed.filter((banner) => banner !== draw.last)
    const ids = idsOf(chosen)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.length).toBe(Math.min(draw.count, allowed.length))
    for (const id of ids) expect(allowed).toContain(id)
    if (typeof chosen === 'string') return
    for (const { bannerId, repeat, probability } of chosen) {
      expect(repeat).toBe(bannerId === draw.last)
      expect(probability).toBe(repeat ? 1 : Math.min(1, draw.count / fresh.length))
    }
    expect(ids.includes(draw.last ?? 0)).toBe(
      allowed.includes(draw.last ?? 0) && fresh.length < draw.count,
    )
  })

  it.each([
    [5, 1, undefined],
    [5, 2, undefined],
    [5, 3, 2],
    [10, 3, undefined],
    [10, 9, 7],
  ])(
    'gives all of %i banners the chance that it tells, for %i and the last %s',
    (size, count, last) => {
      const pool = Array.from({ length: size }, (_, i) => i + 1)
      const draw = drawFrom({ pool, count, last, random: seededRandom(SEED) })
      const counts = new Map<number, number>()
      const firsts = new Map<number, number>()
      for (let i = 0; i < DRAWS; i++) {
        const ids = idsOf(draw())
        for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
        const first = ids[0] ?? 0
        firsts.set(first, (firsts.get(first) ?? 0) + 1)
      }

      const fresh = pool.filter((id) => id !== last)
      expect([...counts.keys()].sort((a, b) => a - b)).toEqual(fresh)
      // 0.0112 is five standard deviations of a share of 50,000 draws.
      for (const id of fresh) {
        expect(Math.abs((counts.get(id) ?? 0) / DRAWS - count / fresh.length)).toBeLessThan(0.0112)
        expect(Math.abs((firsts.get(id) ?? 0) / DRAWS - 1 / fresh.length)).toBeLessThan(0.0112)
      }
    },
  )
})
