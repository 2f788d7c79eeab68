/** The campaigns of a build beside those of an earlier one, as a table of figures. */
import { formatMillionths } from '../../../contract/explain.ts'
import { bannersOfRun, comparePool, type PoolRuns, pairPools } from './pool-runs.ts'

/** What changed between the builds, in all. */
export interface OverviewTotals {
  readonly revenueNow: string
  /** Null, and all of the below 0: there is no earlier build. */
  readonly revenueThen: string | null
  readonly poolsNow: number
  readonly poolsThen: number
  readonly changedPools: number
  readonly entered: number
  readonly left: number
  readonly newCampaigns: number
  readonly goneCampaigns: number
  /** Pools of fewer than five banners. */
  readonly shortPools: number
}

/** The business rules fill a pool up to so many. */
const FULL = 5

/** Figures by campaign, ascending by id. */
export interface CampaignTable {
  readonly ids: Float64Array
  readonly isNow: Uint8Array
  readonly isThen: Uint8Array
  readonly now: BigInt64Array
  readonly before: BigInt64Array
  readonly entered: Uint16Array
  readonly left: Uint16Array
  readonly short: Uint8Array
  /** NaN: not evaluated. */
  readonly stability: Float64Array
  readonly totals: OverviewTotals
  readonly hasThen: boolean
}

const NO_POOLS: PoolRuns = {
  datasets: new Uint8Array(),
  campaigns: new Float64Array(),
  revenues: new BigInt64Array(),
  starts: new Uint32Array(1),
  banners: new Float64Array(),
}

/** Puts the pools of a build beside those of an earlier one, by campaign. */
export function createTable(now: PoolRuns, before: PoolRuns | undefined): CampaignTable {
  const older = before ?? NO_POOLS
  const ids = mergeIds(now.campaigns, older.campaigns)
  const count = ids.length
  const table = {
    ids,
    isNow: new Uint8Array(count),
    isThen: new Uint8Array(count),
    now: new BigInt64Array(count),
    before: new BigInt64Array(count),
    entered: new Uint16Array(count),
    left: new Uint16Array(count),
    short: new Uint8Array(count),
    stability: new Float64Array(count).fill(Number.NaN),
    hasThen: before !== undefined,
  }
  const sums = { changedPools: 0, entered: 0, left: 0, shortPools: 0 }
  let place = 0
  pairPools(older, now, (thenPool, nowPool) => {
    const id = nowPool < 0 ? older.campaigns[thenPool] : now.campaigns[nowPool]
    // Ids ascend within a dataset; at the next one the search begins anew.
    if ((ids[place] ?? 0) > (id ?? 0)) place = 0
    while (ids[place] !== id) place++
    if (nowPool >= 0) {
      table.isNow[place] = 1
      table.now[place] = (table.now[place] ?? 0n) + (now.revenues[nowPool] ?? 0n)
      if (bannersOfRun(now, nowPool).length < FULL) {
        table.short[place] = (table.short[place] ?? 0) + 1
        sums.shortPools++
      }
    }
    if (before === undefined) return
    if (thenPool >= 0) {
      table.isThen[place] = 1
      table.before[place] = (table.before[place] ?? 0n) + (older.revenues[thenPool] ?? 0n)
    }
    const change = comparePool(bannersOfRun(older, thenPool), bannersOfRun(now, nowPool))
    if (!change.isChanged) return
    table.entered[place] = (table.entered[place] ?? 0) + change.entered.length
    table.left[place] = (table.left[place] ?? 0) + change.left.length
    sums.changedPools++
    sums.entered += change.entered.length
    sums.left += change.left.length
  })
  const countOf = (is: (place: number) => boolean) => {
    let found = 0
    for (let at = 0; at < count; at++) if (is(at)) found++
    return found
  }
  const totals: OverviewTotals = {
    ...sums,
    revenueNow: formatMillionths(sumOf(table.now)),
    revenueThen: before === undefined ? null : formatMillionths(sumOf(table.before)),
    poolsNow: now.campaigns.length,
    poolsThen: older.campaigns.length,
    newCampaigns: table.hasThen ? countOf((at) => table.isThen[at] === 0) : 0,
    goneCampaigns: countOf((at) => table.isNow[at] === 0),
  }
  return { ...table, totals }
}

function sumOf(values: BigInt64Array): bigint {
  let sum = 0n
  for (const value of values) sum += value
  return sum
}

/** All ids of two lists of pools, ascending, each once. */
function mergeIds(one: Float64Array, other: Float64Array): Float64Array {
  const all = new Float64Array(one.length + other.length)
  all.set(one)
  all.set(other, one.length)
  all.sort()
  let count = 0
  for (const id of all) {
    if (count > 0 && all[count - 1] === id) continue
    all[count] = id
    count++
  }
  return all.slice(0, count)
}
