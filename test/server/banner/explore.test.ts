import { describe, expect, it } from 'vitest'
import { parseDenylist } from '../../../contract/denylist.ts'
import {
  type CampaignCandidates,
  chooseExploring,
  createCandidateFinder,
} from '../../../server/banner/explore.ts'
import { findCampaign } from '../../../server/pools/campaign-table.ts'
import { createCandidates, findCandidates } from '../../../server/pools/candidates.ts'
import { slotOf } from '../../../server/pools/pools.ts'
import { poolsOf } from '../../helpers/pools.ts'
import { seededRandom } from '../../helpers/seeded-random.ts'
import { size } from '../../helpers/size.ts'
import { appWith } from '../app-with.ts'

const SEED = 20261130
const DRAWS = size(5_000, 20_000)

interface Case {
  readonly pool?: readonly number[]
  readonly candidates: readonly number[]
  readonly share?: number
  readonly count?: number
  readonly last?: number
  readonly excluded?: readonly number[]
  readonly denied?: readonly number[]
}

/** Draws for campaign 7, dataset 1; campaign 6 and dataset 2 lie beside it, so that reading too far shows. */
function drawFrom({ pool, candidates, share = 0.2, count = 1, last, ...lists }: Case) {
  const pools = poolsOf({ 6: [901, 902], 7: { 1: pool ?? [], 2: [903] } })
  const denied = new Set(lists.denied)
  const request = { last, excluded: lists.excluded ?? [], denied, share, count }
  const own: CampaignCandidates = {
    ids: [...candidates].sort((a, b) => a - b),
    deniedCount: candidates.filter((id) => denied.has(id)).length,
  }
  const slot = pool === undefined ? -1 : slotOf(findCampaign(pools.campaignIds, 7), 1)
  const random = seededRandom(SEED)
  return () => chooseExploring(pools, slot, own, { ...request, random })
}

/** By banner: how often it was drawn, and the probabilities that were told. */
function drawMany(draw: ReturnType<typeof drawFrom>) {
  const counts = new Map<number, number>()
  const told = new Map<number, Set<number>>()
  for (let i = 0; i < DRAWS; i++) {
    const chosen = draw()
    if (typeof chosen === 'string') throw new Error(chosen)
    if (new Set(chosen.map(({ bannerId }) => bannerId)).size < chosen.length)
      throw new Error('twice')
    for (const { bannerId, probability } of chosen) {
      counts.set(bannerId, (counts.get(bannerId) ?? 0) + 1)
      told.set(bannerId, (told.get(bannerId) ?? new Set()).add(Number(probability.toFixed(12))))
    }
  }
  return { counts, told }
}

const HUNDRED = Array.from({ length: 100 }, (_, i) => i + 101)

describe('chooseExploring', () => {
  it.each<[string, Case, Record<number, number>]>([
    [
      'of a pool of two and four candidates',
      { pool: [30, 10], candidates: [10, 20, 30, 40] },
      { 10: 0.45, 20: 0.05, 30: 0.45, 40: 0.05 },
    ],
    [
      "without the visitor's last",
      { pool: [30, 10], candidates: [10, 20, 30, 40, 50], last: 30 },
      { 10: 0.85, 20: 0.05, 40: 0.05, 50: 0.05 },
    ],
    [
      'whose last is no candidate',
      { pool: [30, 10], candidates: [10, 20, 30, 40], last: 77 },
      { 10: 0.45, 20: 0.05, 30: 0.45, 40: 0.05 },
    ],
    [
      'without what is denied or excluded, twice too',
      {
        ...{ pool: [30, 10], candidates: [10, 20, 30, 40, 50, 60] },
        ...{ denied: [20, 99], excluded: [60, 60, 77, 30] },
      },
      { 10: 0.8 + 0.2 / 3, 40: 0.2 / 3, 50: 0.2 / 3 },
    ],
    [
      'whose pool is the last one alone, which is repeated unless it explores',
      { pool: [30], candidates: [10, 30, 40], last: 30 },
      { 30: 0.8, 10: 0.1, 40: 0.1 },
    ],
    [
      'with a banner in the pool that was no candidate when these were read',
      { pool: [30, 10], candidates: [10, 20, 40] },
      { 10: 0.45, 20: 0.05, 30: 0.45, 40: 0.05 },
    ],
    ['without a pool', { candidates: [10, 20] }, { 10: 0.5, 20: 0.5 }],
    [
      'of three at once',
      { pool: [30, 10], candidates: [10, 20, 30, 40, 50, 60], count: 3 },
      { 30: 0.8 + 0.1, 10: 0.8 + 0.1, 20: 0.1, 40: 0.1, 50: 0.1, 60: 0.1 },
    ],
    [
      'of more than there are without the last',
      { pool: [30, 10], candidates: [10, 20, 30], count: 3, last: 30 },
      { 30: 1, 10: 1, 20: 0.2 },
    ],
  ])('draws as often as it says: a request %s', (_, given, expected) => {
    const { counts, told } = drawMany(drawFrom(given))

    expect([...counts.keys()].sort()).toEqual(Object.keys(expected).map(Number).sort())
    for (const [bannerId, probability] of Object.entries(expected)) {
      const share = (counts.get(Number(bannerId)) ?? 0) / DRAWS
      // Four standard deviations.
      expect(Math.abs(share - probability)).toBeLessThanOrEqual(
        4 * Math.sqrt((probability * (1 - probability)) / DRAWS),
      )
      const [one, ...others] = [...(told.get(Number(bannerId)) ?? [])]
      expect(one).toBeCloseTo(probability, 10)
      expect(others).toEqual([])
    }
  })

  it('never shows a banner twice in a row while there are others', () => {
    const chosen = Array.from({ length: 200 }, () => 0)
    let last: number | undefined
    for (const [i] of chosen.entries()) {
      const draw = drawFrom({
        pool: [30, 10],
        candidates: [10, 20, 30],
        share: 0.5,
        ...(last === undefined ? {} : { last }),
      })
      for (let skipped = 0; skipped < i; skipped++) draw()
      const [next] = draw() as readonly { bannerId: number }[]
      expect(next?.bannerId).not.toBe(last)
      last = next?.bannerId
    }
  })

  it('finds the one candidate of a hundred that may be shown', () => {
    const draw = drawFrom({ candidates: HUNDRED, denied: HUNDRED.slice(1) })

    expect(draw()).toEqual([{ bannerId: 101, poolSize: 0, probability: 1, repeat: false }])
  })

  it.each<[string, Case, string]>([
    ['no_pool', { candidates: [] }, 'no_pool'],
    ['disabled', { candidates: [10], denied: [10] }, 'disabled'],
    ['all_excluded', { candidates: [10], excluded: [10] }, 'all_excluded'],
    ['disabled', { pool: [10], candidates: [10, 20], denied: [10] }, 'disabled'],
    ['all_excluded', { pool: [10], candidates: [10, 20], excluded: [10] }, 'all_excluded'],
  ])('says why there is none: %s, %j', (_, given, reason) => {
    expect(drawFrom(given)()).toBe(reason)
  })
})

describe('createCandidates', () => {
  it('arranges pairs of several files by campaign, each once', () => {
    const big = 2 ** 40
    const candidates = createCandidates([
      { campaignIds: Float64Array.of(7, 7, 12, 7), bannerIds: Float64Array.of(10, 30, 5, 10) },
      { campaignIds: Float64Array.of(12, 7, 99), bannerIds: Float64Array.of(5, 20, big) },
    ])

    expect([7, 12, 99, 1].map((id) => [...findCandidates(candidates, id)])).toEqual([
      ...[[10, 20, 30], [5], [big], []],
    ])
  })
})

describe('a server that explores', () => {
  const candidates = createCandidates([
    { campaignIds: Float64Array.of(7, 7, 7, 55), bannerIds: Float64Array.of(10, 20, 30, 21) },
  ])
  const open = (denied = '') => {
    const find = createCandidateFinder(() => candidates)
    const random = seededRandom(SEED)
    const denylist = parseDenylist(denied)
    return appWith({ exploring: { share: 0.3, find }, random, denylist: () => denylist })
  }

  it('shows a banner of a campaign without a pool', async () => {
    const response = await open().request('/campaigns/55')

    expect(await response.json()).toMatchObject({ banner_id: 21, pool_size: 0, probability: 1 })
  })

  it('knows no other campaign, and previews pools only', async () => {
    expect((await open().request('/campaigns/56')).status).toBe(404)
    expect((await open().request('/campaigns/55?dataset=1')).status).toBe(404)
    const seen = new Set<number>()
    const app = open()
    for (let i = 0; i < 50; i++) {
      const response = await app.request('/campaigns/7?dataset=1')
      const { banner_id, probability } = (await response.json()) as Record<string, number>
      seen.add(banner_id ?? 0)
      expect(probability).toBe(0.5)
    }
    expect(seen).toEqual(new Set([10, 30]))
  })

  it('shows candidates outside the pool, and none that is denied', async () => {
    const count = async (denied: string) => {
      const app = open(denied)
      const seen = new Map<number, number>()
      for (let i = 0; i < 100; i++) {
        const response = await app.request('/campaigns/7')
        const { banner_id = 0, probability = 0 } = (await response.json()) as Record<string, number>
        seen.set(banner_id, Number(probability.toFixed(12)))
      }
      return Object.fromEntries(seen)
    }

    expect(await count('')).toEqual({ 10: 0.45, 20: 0.1, 30: 0.45 })
    expect(await count('banner 30')).toEqual({ 10: 0.85, 20: 0.15 })
  })
})
