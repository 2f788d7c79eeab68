/**
 * The campaigns of a build beside those of an earlier one, in an order that figures give. Runs in the thread of
 * details.ts; the tables of the builds that were wanted last stay in memory, some 40 bytes a campaign.
 */
import { readEvaluation } from '../../../contract/evaluation.ts'
import { formatMillionths } from '../../../contract/explain.ts'
import { type CampaignPage, PAGE_SIZE } from '../campaign-list.ts'
import { readMeanStabilities } from './mean-stability.ts'
import { type CampaignTable, createTable, type OverviewTotals } from './overview-table.ts'
import { type PublishedFile, withParquet } from './parquet-file.ts'
import { readPoolRuns } from './pool-runs.ts'
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

/** A page of the list. */
export interface Overview extends Omit<CampaignPage, 'ids'> {
  readonly campaigns: readonly OverviewCampaign[]
  readonly totals: OverviewTotals
}

const tables = createRecent<CampaignTable>(2)
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

function describe(table: CampaignTable, place: number): OverviewCampaign {
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

async function makeTable({ now, before, evaluation }: OverviewJob): Promise<CampaignTable> {
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

/** The places of the wanted campaigns in the wanted order; equal ones by id. */
function sortCampaigns(
  table: CampaignTable,
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

function selectCampaigns(table: CampaignTable, filter: Filter, digits: string): Uint32Array {
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
function keyOf(table: CampaignTable, place: number, sort: Exclude<Sort, 'id'>): number {
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
