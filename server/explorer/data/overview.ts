/**
 * The campaigns of a build beside those of an earlier one, in an order that figures give. Runs in the thread of
 * details.ts; the tables of the builds that were wanted last stay in memory, some 40 bytes a campaign.
 */
import { readEvaluation } from '../../../contract/evaluation.ts'
import { formatMillionths } from '../../../contract/explain.ts'
import { type CampaignPage, PAGE_SIZE } from '../campaign-list.ts'
import { readMeanStabilities } from './mean-stability.ts'
import { type PublishedFile, withParquet } from './parquet-file.ts'
import { bannersOfRun, comparePool, type PoolRuns, pairPools, readPoolRuns } from './pool-runs.ts'
import { createRecent } from './recent.ts'

/** What campaigns can be sorted by. */
export const SORTS = ['id', 'revenue', 'change', 'turnover', 'stability', 'short'] as const
export type Sort = (typeof SORTS)[number]

/** Which campaigns are shown. */
export const FILTERS = ['all', 'changed', 'short', 'new', 'gone'] as const
export type Filter = (typeof FILTERS)[number]

/** A page of the list that is asked for. */
export interface OverviewJob {
  /** `pools.parquet` of the build that is served, and of the one that it is compared with. */
  readonly now: PublishedFile
  readonly before: PublishedFile | undefined
  /** Of the served build, which may have been evaluated; and what changes when that is done. */
  readonly evaluation: {
    readonly folder: string
    readonly buildId: string
    readonly written: string
  }
  readonly sort: Sort
  readonly isAscending: boolean
  readonly filter: Filter
  /** First digits of the ids; empty: all. */
  readonly digits: string
  readonly page: number
  /** Just these campaigns instead of a page; one that neither build has is left out. */
  readonly ids?: readonly number[] | undefined
}

/** What a list says of a campaign. */
export interface OverviewCampaign {
  readonly id: number
  /** What its pools earned in the earlier build: plain decimal; null: it was not there, or there is none. */
  readonly revenueThen: string | null
  /** Null: it is gone. */
  readonly revenueNow: string | null
  /** Banners that entered and left its pools since. */
  readonly entered: number
  readonly left: number
  /** Mean over all places in its pools, 0 to 1; null: not evaluated. */
  readonly stability: number | null
}

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

/** A page of the list. */
export interface Overview extends Omit<CampaignPage, 'ids'> {
  readonly campaigns: readonly OverviewCampaign[]
  readonly totals: OverviewTotals
}

/** The business rules fill a pool up to so many. */
const FULL = 5

/** Per campaign, ascending by id. */
interface Table {
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

const tables = createRecent<Table>(2)
/** Campaigns in an order, 4 bytes each. */
const orders = createRecent<Uint32Array>(6)

/** Finds a page of campaigns. */
export async function findOverview(job: OverviewJob): Promise<Overview> {
  const { now, before, evaluation, sort, isAscending, filter, digits, page } = job
  const key = [
    now.listed.sha256,
    before?.listed.sha256,
    evaluation.buildId,
    evaluation.written,
  ].join()
  const table = await tables.get(key, () => makeTable(job))
  if (job.ids !== undefined) {
    const places = job.ids.map((id) => table.ids.indexOf(id)).filter((place) => place >= 0)
    const campaigns = places.map((place) => describe(table, place))
    return { total: campaigns.length, page: 1, pages: 1, totals: table.totals, campaigns }
  }
  const order = await orders.get([key, sort, isAscending, filter, digits].join(), async () =>
    sortCampaigns(table, job),
  )
  const pages = Math.max(1, Math.ceil(order.length / PAGE_SIZE))
  const shown = Math.min(page, pages)
  const places = order.subarray((shown - 1) * PAGE_SIZE, shown * PAGE_SIZE)
  return {
    ...{ total: order.length, page: shown, pages, totals: table.totals },
    campaigns: Array.from(places, (place) => describe(table, place)),
  }
}

function describe(table: Table, place: number): OverviewCampaign {
  const stability = table.stability[place] ?? Number.NaN
  const wasThere = table.hasThen && table.isThen[place] === 1
  return {
    id: table.ids[place] ?? 0,
    revenueThen: wasThere ? formatMillionths(table.before[place] ?? 0n) : null,
    revenueNow: table.isNow[place] === 1 ? formatMillionths(table.now[place] ?? 0n) : null,
    entered: table.entered[place] ?? 0,
    left: table.left[place] ?? 0,
    stability: Number.isNaN(stability) ? null : stability,
  }
}

async function makeTable({ now, before, evaluation }: OverviewJob): Promise<Table> {
  const newer = await withParquet(now, readPoolRuns)
  const older = before === undefined ? undefined : await withParquet(before, readPoolRuns)
  const table = createTable(newer, older)
  const document = await readEvaluation(evaluation.folder, evaluation.buildId)
  if (document !== null) {
    const stabilities = await readMeanStabilities(evaluation.folder, document)
    for (const [place, id] of table.ids.entries()) {
      table.stability[place] = stabilities.get(id) ?? Number.NaN
    }
  }
  return table
}

const NO_POOLS: PoolRuns = {
  datasets: new Uint8Array(),
  campaigns: new Float64Array(),
  revenues: new BigInt64Array(),
  starts: new Uint32Array(1),
  banners: new Float64Array(),
}

/** Puts the pools of a build beside those of an earlier one, by campaign. */
function createTable(now: PoolRuns, before: PoolRuns | undefined): Table {
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

/** The places of the wanted campaigns in the wanted order; equal ones by id. */
function sortCampaigns(
  table: Table,
  { sort, isAscending, filter, digits }: OverviewJob,
): Uint32Array {
  const places = selectCampaigns(table, filter, digits)
  if (sort === 'id') return isAscending ? places : places.reverse()
  const keys = new Float64Array(table.ids.length)
  for (const place of places) keys[place] = keyOf(table, place, sort)
  const sign = isAscending ? 1 : -1
  return places.sort((a, b) => {
    const [one, other] = [keys[a] ?? 0, keys[b] ?? 0]
    // What has no figure comes last in either order.
    if (Number.isNaN(one) || Number.isNaN(other)) {
      return Number(Number.isNaN(one)) - Number(Number.isNaN(other)) || a - b
    }
    return sign * (one - other) || a - b
  })
}

function selectCampaigns(table: Table, filter: Filter, digits: string): Uint32Array {
  const isWanted: Record<Filter, (place: number) => boolean> = {
    all: (place) => table.isNow[place] === 1,
    changed: (place) => (table.entered[place] ?? 0) + (table.left[place] ?? 0) > 0,
    short: (place) => (table.short[place] ?? 0) > 0,
    new: (place) => table.hasThen && table.isThen[place] === 0,
    gone: (place) => table.isNow[place] === 0,
  }
  const places = new Uint32Array(table.ids.length)
  let count = 0
  for (let place = 0; place < places.length; place++) {
    if (digits !== '' && !String(table.ids[place]).startsWith(digits)) continue
    if (!isWanted[filter](place)) continue
    places[count] = place
    count++
  }
  return places.slice(0, count)
}

/** Millionths as floating numbers: exact enough for an order. */
function keyOf(table: Table, place: number, sort: Exclude<Sort, 'id'>): number {
  switch (sort) {
    case 'revenue':
      return Number(table.now[place])
    case 'change':
      return table.hasThen ? Number(table.now[place]) - Number(table.before[place]) : Number.NaN
    case 'turnover':
      return (table.entered[place] ?? 0) + (table.left[place] ?? 0)
    case 'stability':
      return table.stability[place] ?? Number.NaN
    case 'short':
      return table.short[place] ?? 0
  }
}
