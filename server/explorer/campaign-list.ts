/** Finds campaigns by the digits that their ids begin with, without a list of all that match. */
import { MAX_ID } from '../../contract/schema.ts'

/** A page of a list. */
export interface CampaignPage {
  readonly ids: readonly number[]
  /** Of all pages together. */
  readonly total: number
  /** The first is 1. */
  readonly page: number
  /** At least 1. */
  readonly pages: number
}

/** Campaigns of one page. */
export const PAGE_SIZE = 50

/** Places `start` to `end - 1`. */
interface Run {
  readonly start: number
  readonly end: number
}

/**
 * Finds a page of the campaigns whose ids begin with some digits, in ascending order: the campaign of just these digits
 * is the first. Takes a few binary searches, however many campaigns there are.
 *
 *     12    12 │ 120–129 │ 1200–1299 │ …      one run of places in `sortedIds` for each length of an id
 *
 * @param sortedIds - Ascending.
 * @param digits - Of an id, not beginning with 0; empty: all campaigns.
 * @param page - One past the last page gives the last.
 */
export function findCampaigns(sortedIds: Float64Array, digits: string, page: number): CampaignPage {
  const runs = digits === '' ? [{ start: 0, end: sortedIds.length }] : runsOf(sortedIds, digits)
  const total = runs.reduce((sum, { start, end }) => sum + end - start, 0)
  const pages = Math.max(1, Math.ceil(total / PAGE_SIZE))
  const shown = Math.min(page, pages)
  return { ids: slice(sortedIds, runs, (shown - 1) * PAGE_SIZE), total, page: shown, pages }
}

function runsOf(sortedIds: Float64Array, digits: string): Run[] {
  const runs: Run[] = []
  for (let scale = 1; Number(digits) * scale <= MAX_ID; scale *= 10) {
    const least = Number(digits) * scale
    runs.push({ start: lowerBound(sortedIds, least), end: lowerBound(sortedIds, least + scale) })
  }
  return runs
}

/** Finds the campaigns before and after one by id. */
export function findNeighbours(
  sortedIds: Float64Array,
  id: number,
): { readonly previousId: number | undefined; readonly nextId: number | undefined } {
  const place = lowerBound(sortedIds, id)
  return { previousId: sortedIds[place - 1], nextId: sortedIds[place + 1] }
}

/** A page of the runs laid end to end. */
function slice(sortedIds: Float64Array, runs: readonly Run[], offset: number): number[] {
  const ids: number[] = []
  let skip = offset
  for (const { start, end } of runs) {
    const from = Math.min(start + skip, end)
    skip -= from - start
    ids.push(...sortedIds.subarray(from, Math.min(end, from + PAGE_SIZE - ids.length)))
  }
  return ids
}

/** The first place whose id is not below `id`. */
function lowerBound(sortedIds: Float64Array, id: number): number {
  let [low, high] = [0, sortedIds.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sortedIds[middle] ?? 0) < id) low = middle + 1
    else high = middle
  }
  return low
}
