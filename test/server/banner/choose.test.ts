import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { type Choice, chooseBanner, datasetAt } from '../../../server/banner/choose.ts'
import { findCampaign } from '../../../server/pools/campaign-table.ts'
import { slotOf } from '../../../server/pools/pools.ts'
import { poolsOf } from '../../helpers/pools.ts'
import { seededRandom } from '../../helpers/seeded-random.ts'

interface Draw {
  pool: readonly number[]
  last?: number | undefined
  excluded?: readonly number[]
  denied?: readonly number[]
  random?: () => number
}

const SEED = 20261101
const DRAWS = 100_000

/** Draws from campaign 7, dataset 1; campaign 6 and dataset 2 lie beside it, so that reading too far shows. */
function drawFrom({ pool, last, excluded = [], denied = [], random = () => 0 }: Draw) {
  const pools = poolsOf({ 6: [901, 902], 7: { 1: pool, 2: [903] } })
  const slot = slotOf(findCampaign(pools.campaignIds, 7), 1)
  const request = { last, excluded, denied: new Set(denied), random }
  return () => chooseBanner(pools, slot, request)
}

/** Draws many times; counts per banner. */
function count(draw: () => Choice | string, draws: number): Map<number, number> {
  const counts = new Map<number, number>()
  for (let i = 0; i < draws; i++) {
    const { bannerId } = draw() as Choice
    counts.set(bannerId, (counts.get(bannerId) ?? 0) + 1)
  }
  return counts
}

function chiSquare(counts: Map<number, number>, banners: number): number {
  const expected = DRAWS / banners
  return [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)
}

describe('chooseBanner', () => {
  it('gives every banner of the pool the same chance', () => {
    const draw = drawFrom({ pool: [30, 10, 20], random: () => 0.34 })

    expect(draw()).toEqual({ bannerId: 10, poolSize: 3, probability: 1 / 3, repeat: false })
  })

  it('leaves out the last banner', () => {
    const draw = drawFrom({ pool: [30, 10, 20], last: 30 })

    expect(draw()).toEqual({ bannerId: 10, poolSize: 3, probability: 1 / 2, repeat: false })
  })

  it('leaves out excluded banners', () => {
    const draw = drawFrom({ pool: [30, 10, 20], excluded: [30, 10, 999] })

    expect(draw()).toEqual({ bannerId: 20, poolSize: 3, probability: 1, repeat: false })
  })

  it('does not count a last banner that is not in the pool', () => {
    const draw = drawFrom({ pool: [30, 10], last: 901 })

    expect(draw()).toEqual({ bannerId: 30, poolSize: 2, probability: 1 / 2, repeat: false })
  })

  it('does not count a last banner that is excluded too', () => {
    const draw = drawFrom({ pool: [30, 10, 20], last: 30, excluded: [30] })

    expect(draw()).toEqual({ bannerId: 10, poolSize: 3, probability: 1 / 2, repeat: false })
  })

  it.each([
    ['a pool of one', { pool: [30], last: 30 }, 1],
    ['the only one not excluded', { pool: [30, 10], last: 30, excluded: [10] }, 2],
  ])('repeats the last banner if it is %s', (_, draw, poolSize) => {
    expect(drawFrom(draw)()).toEqual({ bannerId: 30, poolSize, probability: 1, repeat: true })
  })

  it('says that there is no pool', () => {
    expect(drawFrom({ pool: [] })()).toBe('no_pool')
  })

  it('says that all is excluded, the last banner too', () => {
    expect(drawFrom({ pool: [30, 10], last: 30, excluded: [10, 30] })()).toBe('all_excluded')
  })

  it('refuses a random number of 1', () => {
    expect(drawFrom({ pool: [30, 10], random: () => 1 })).toThrow('random must be below 1')
  })

  test.prop([
    fc.record({
      pool: fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 10 }),
      excluded: fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 10 }),
      last: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
      number: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    }),
  ])('keeps its promises for any pool, cookie and exclusion', ({ number, ...draw }) => {
    const choice = drawFrom({ ...draw, random: () => number })()

    const allowed = draw.pool.filter((banner) => !draw.excluded.includes(banner))
    const fresh = allowed.filter((banner) => banner !== draw.last)
    if (typeof choice === 'string') {
      expect(allowed).toEqual([])
      return
    }
    expect(allowed).toContain(choice.bannerId)
    expect(choice.repeat).toBe(fresh.length === 0)
    expect(choice.bannerId === draw.last).toBe(choice.repeat)
    expect(choice.probability).toBe(1 / Math.max(1, fresh.length))
    expect(choice.poolSize).toBe(draw.pool.length)
  })

  // Chi-square at p = 0.001 for 0 to 9 degrees of freedom: NIST Engineering Statistics Handbook, 1.3.6.7.4
  it.each([
    [1, 0],
    [2, 10.828],
    [3, 13.816],
    [4, 16.266],
    [5, 18.467],
    [6, 20.515],
    [7, 22.458],
    [8, 24.322],
    [9, 26.124],
    [10, 27.877],
  ])('is uniform over a pool of %i (chi-square at most %f)', (size, limit) => {
    const pool = Array.from({ length: size }, (_, i) => i + 1)
    const random = seededRandom(SEED)

    const fresh = count(drawFrom({ pool, random }), DRAWS)
    const returning = count(drawFrom({ pool: [...pool, 99], last: 99, random }), DRAWS)

    expect(fresh.size).toBe(size)
    expect(chiSquare(fresh, size)).toBeLessThanOrEqual(limit)
    expect(returning.size).toBe(size)
    expect(chiSquare(returning, size)).toBeLessThanOrEqual(limit)
  })

  it.each([
    ['a new visitor', {}, [1, 2, 3, 4, 5], 1 / 5],
    ['a returning visitor', { last: 3 }, [1, 2, 4, 5], 1 / 4],
    ['an exclusion', { excluded: [2, 4] }, [1, 3, 5], 1 / 3],
    ['both', { last: 3, excluded: [2] }, [1, 4, 5], 1 / 3],
  ])('reports the true probability with %s', (_, state, banners, probability) => {
    const draw = drawFrom({ pool: [1, 2, 3, 4, 5], ...state, random: seededRandom(SEED) })

    const counts = count(draw, DRAWS)

    expect(draw()).toMatchObject({ probability })
    expect([...counts.keys()].sort()).toEqual(banners)
    // 0.008 is five standard deviations of a share of 100,000 draws
    for (const n of counts.values()) expect(Math.abs(n / DRAWS - probability)).toBeLessThan(0.008)
  })
})

describe('datasetAt', () => {
  it.each([
    ['2026-11-01T09:00:00.000Z', 1],
    ['2026-11-01T09:14:59.999Z', 1],
    ['2026-11-01T09:15:00.000Z', 2],
    ['2026-11-01T09:29:59.999Z', 2],
    ['2026-11-01T09:30:00.000Z', 3],
    ['2026-11-01T09:45:00.000Z', 4],
    ['2026-11-01T23:59:59.999Z', 4],
    // a zone with a quarter of an hour: 09:00 in Kathmandu is 03:15 in UTC
    ['2026-11-01T09:00:00.000+05:45', 2],
  ])('%s is in dataset %i', (moment, dataset) => {
    expect(datasetAt(new Date(moment))).toBe(dataset)
  })
})
