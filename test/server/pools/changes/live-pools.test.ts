import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { DATASETS, type Dataset } from '../../../../contract/schema.ts'
import { BUILD_ID, type Row } from '../../../../scripts/lib/pool-files.ts'
import { applyChange, writeInParts } from '../../../../server/pools/changes/apply-change.ts'
import {
  createLivePools,
  enlarge,
  type LivePools,
} from '../../../../server/pools/changes/live-pools.ts'
import { createPoolChange, type PoolChange } from '../../../../server/pools/changes/pool-change.ts'
import {
  bannersOf,
  findBuildId,
  findPools,
  type Pools,
  slotOf,
} from '../../../../server/pools/pools.ts'
import { columnsOf, poolsOfRows } from '../../../helpers/pools.ts'
import { size } from '../../../helpers/size.ts'

/** Banners by dataset and campaign: `1 7` is campaign 7 in dataset 1. */
type World = Readonly<Record<string, readonly number[]>>

function keyOf(dataset: number, campaign: number): string {
  return `${dataset} ${campaign}`
}

/** Rows in the order of `pools.parquet`. */
function rowsOfWorld(world: World): Row[] {
  const keys = Object.keys(world).map((key) => key.split(' ').map(Number))
  keys.sort(([d1 = 0, c1 = 0], [d2 = 0, c2 = 0]) => d1 - d2 || c1 - c2)
  return keys.flatMap(([dataset = 0, campaign = 0]) =>
    (world[keyOf(dataset, campaign)] ?? []).map((banner, place): Row => {
      return [dataset, campaign, place + 1, banner]
    }),
  )
}

/** The change whose touched campaigns are the keys of `world`. */
function changeOf(world: World): PoolChange {
  const keys = Object.keys(world).map((key) => key.split(' ').map(Number))
  const touched = DATASETS.map((dataset) => ({
    dataset,
    campaign_ids: keys.filter(([d]) => d === dataset).map(([, campaign = 0]) => campaign),
  }))
  return createPoolChange(columnsOf(rowsOfWorld(world)), touched)
}

/** Applies changes as the server does: with more room where one does not fit. */
function applyAll(start: World, changes: readonly World[]): LivePools {
  let live = createLivePools(poolsOfRows(rowsOfWorld(start)))
  for (const [index, world] of changes.entries()) {
    const change = changeOf(world)
    const name = { n: index + 1, buildId: `build+${index + 1}` }
    if (applyChange(live, change, name)) continue
    live = enlarge(live, change)
    expect(applyChange(live, change, name)).toBe(true)
  }
  return live
}

/** All that is served of some campaigns. */
function served(pools: Pools, campaigns: readonly number[]) {
  return {
    campaignCount: pools.campaignCount,
    poolCount: pools.poolCount,
    sortedIds: [...pools.sortedIds],
    pools: campaigns.map((campaign) => {
      const index = findPools(pools, campaign)
      return index < 0 ? 'unknown' : DATASETS.map((d) => bannersOf(pools, slotOf(index, d)))
    }),
  }
}

describe('applyChange', () => {
  it('replaces the pools of the touched campaigns, and no other', () => {
    const { pools } = applyAll({ '1 7': [30, 10], '2 7': [30], '1 8': [20] }, [
      { '1 7': [50, 30, 10] },
    ])

    expect(served(pools, [7, 8])).toEqual({
      campaignCount: 2,
      poolCount: 3,
      sortedIds: [7, 8],
      pools: [
        [[50, 30, 10], [30], [], []],
        [[20], [], [], []],
      ],
    })
    expect(pools.buildId).toBe('build+1')
  })

  it('forgets a campaign whose last pool is gone, and knows it again when it is back', () => {
    const gone = applyAll({ '1 7': [30], '3 8': [20] }, [{ '1 7': [] }])
    expect(served(gone.pools, [7, 8])).toMatchObject({ campaignCount: 1, sortedIds: [8] })
    expect(findPools(gone.pools, 7)).toBe(-1)

    const back = applyAll({ '1 7': [30], '3 8': [20] }, [{ '1 7': [] }, { '4 7': [40, 10] }])
    expect(served(back.pools, [7])).toMatchObject({
      campaignCount: 2,
      poolCount: 2,
      sortedIds: [7, 8],
      pools: [[[], [], [], [40, 10]]],
    })
  })

  it('writes nothing of a change that does not fit', () => {
    const live = createLivePools(poolsOfRows(rowsOfWorld({ '1 7': [30] })))
    const before = served(live.pools, [7, 9])

    expect(
      applyChange(live, changeOf({ '1 7': [10, 20], '2 9': [1] }), { n: 1, buildId: 'x' }),
    ).toBe(false)
    expect(served(live.pools, [7, 9])).toEqual(before)
  })

  it('tells which change a pool is from, and leaves the others where they lie', () => {
    const { pools, changedBy } = applyAll({ '1 7': [30, 10], '1 8': [20] }, [
      { '1 7': [1] },
      { '1 7': [2, 3, 4] },
    ])

    expect(changedBy[slotOf(findPools(pools, 7), 1)]).toBe(2)
    expect(changedBy[slotOf(findPools(pools, 8), 1)]).toBe(0)
    expect(pools.starts[slotOf(findPools(pools, 8), 1)]).toBe(2)
  })

  it('takes no more memory when pools grow and shrink for ever', () => {
    const start = { '1 7': [30], '1 8': [20] }
    const live = enlarge(createLivePools(poolsOfRows(rowsOfWorld(start))), changeOf({}))

    for (let n = 1; n <= 1_000; n++) {
      const banners = Array.from({ length: n % 11 }, (_, place) => n + place)
      expect(applyChange(live, changeOf({ '1 7': banners }), { n, buildId: 'x' })).toBe(true)
    }

    // Two rows of the build, and one run of ten.
    expect(live.end).toBe(12)
  })
})

describe('writeInParts', () => {
  /** Campaigns 1 to 9,000 with one banner each in quarter 1. */
  function worldOf(banner: number): World {
    const campaigns = Array.from({ length: 9_000 }, (_, place) => place + 1)
    return Object.fromEntries(campaigns.map((campaign) => [keyOf(1, campaign), [banner]]))
  }

  it('names the state of each pool while others wait to be written', () => {
    const live = createLivePools(poolsOfRows(rowsOfWorld(worldOf(10))))
    const parts = writeInParts(live, changeOf(worldOf(20)), { n: 1, buildId: 'build+1' })
    const mixed = new Set<string>()
    let count = 0

    for (; !parts.next().done; count++) {
      for (const campaign of [1, 4_000, 4_001, 9_000]) {
        const slot = slotOf(findPools(live.pools, campaign), 1)
        mixed.add(`${bannersOf(live.pools, slot)} is ${findBuildId(live.pools, slot)}`)
      }
    }

    expect(count).toBe(4)
    expect([...mixed].sort()).toEqual([`10 is ${BUILD_ID}`, '20 is build+1'])
    expect(live.pools.buildId).toBe('build+1')
    expect(live.pools.writing).toBeUndefined()
    expect(served(live.pools, [1, 9_000]).pools).toEqual([
      [[20], [], [], []],
      [[20], [], [], []],
    ])
  })

  it('takes a small change in one part', () => {
    const live = createLivePools(poolsOfRows(rowsOfWorld({ '1 7': [30] })))

    expect(writeInParts(live, changeOf({ '1 7': [10] }), { n: 1, buildId: 'x' }).next()).toEqual({
      done: true,
      value: true,
    })
  })
})

const CAMPAIGNS = [1, 2, 7, 8, 2 ** 31, 2 ** 53 - 1]
const banners = fc.uniqueArray(
  fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 1, max: 99 }) }, fc.constant(2 ** 40)),
  { maxLength: 12 },
)
const key = fc
  .tuple(
    fc.constantFrom(...DATASETS),
    fc.oneof(fc.constantFrom(...CAMPAIGNS), fc.integer({ min: 1, max: 5_000 })),
  )
  .map(([dataset, campaign]: [Dataset, number]) => keyOf(dataset, campaign))
const world = fc.dictionary(key, banners, { maxKeys: 12 })

test.prop([world, fc.array(world, { maxLength: 12 })], { numRuns: size(60, 5_000) })(
  'changes applied one after the other serve what a fresh load of the same pools does',
  (start, changes) => {
    const last = Object.assign({}, start, ...changes) as World
    const fresh = poolsOfRows(rowsOfWorld(last))
    const campaigns = Object.keys(last).map((one) => Number(one.split(' ')[1]))

    const { pools } = applyAll(start, changes)

    expect(served(pools, campaigns)).toEqual(served(fresh, campaigns))
  },
)
