/** What a request for a banner says in its path and query. */

import { parseId } from '../../contract/ids.ts'
import { DATASETS, type Dataset } from '../../contract/schema.ts'

/** More than a page has slots, and few enough that checking them costs nothing. */
const MAX_EXCLUDED = 100

/** A request for a banner, checked. */
export interface BannerQuery {
  readonly campaignId: number
  /** A quarter to look at instead of the present one; such a request neither reads nor sets the cookie. */
  readonly preview: Dataset | undefined
  readonly excluded: readonly number[]
}

/** What is wrong with a request, in a sentence for the caller. */
export const FAULTS = {
  campaignId: 'campaign id must be a whole number from 1 to 9007199254740991',
  bannerId: 'banner id must be a whole number from 1 to 9007199254740991',
  dataset: 'dataset must be 1, 2, 3 or 4',
  exclude: `exclude must be at most ${MAX_EXCLUDED} banner ids joined by commas`,
} as const

// Characters that mean themselves: what is written in another way is read, and refused, by the route in api/.
const PLAIN = /^\/campaigns\/([1-9]\d{0,15})(?:\?([\w.,~=&-]*))?$/

/** A request for a banner as it came, and as it was read. */
export interface PlainRequest {
  readonly query: BannerQuery
  /** What follows `?` in the URL, undefined if nothing does. */
  readonly search: string | undefined
}

/**
 * Reads the URL of a request for a banner, if it is written plainly and nothing is wrong with it: nearly all are.
 *
 * @param url - Path and query, as they came.
 * @returns Undefined for any other URL: then the route decides.
 */
export function parsePlainUrl(url: string): PlainRequest | undefined {
  const match = PLAIN.exec(url)
  const campaignId = match?.[1] === undefined ? undefined : parseId(match[1])
  if (campaignId === undefined) return undefined
  const search = match?.[2]
  if (search === undefined) {
    return { query: { campaignId, preview: undefined, excluded: [] }, search }
  }
  const rest = parseSearch(search)
  return rest && { query: { campaignId, ...rest }, search }
}

/** Other parameters are ignored: trackers and cache-busters add them. */
function parseSearch(search: string): Omit<BannerQuery, 'campaignId'> | undefined {
  const parameters = new URLSearchParams(search)
  const [dataset, secondDataset] = parameters.getAll('dataset')
  const [exclude, secondExclude] = parameters.getAll('exclude')
  if (secondDataset !== undefined || secondExclude !== undefined) return undefined
  const preview = dataset === undefined ? undefined : parseDataset(dataset)
  const excluded = exclude === undefined ? [] : parseExcluded(exclude)
  return preview === null || excluded === null ? undefined : { preview, excluded }
}

/** Reads `?dataset=`; null if it is none. */
export function parseDataset(text: string): Dataset | null {
  return DATASETS.find((dataset) => String(dataset) === text) ?? null
}

/** Reads `?exclude=`; null if it is no list. The empty one is: `exclude=${shown.join()}` must work for a first slot. */
export function parseExcluded(text: string): number[] | null {
  if (text === '') return []
  const ids: number[] = []
  for (const part of text.split(',', MAX_EXCLUDED + 1)) {
    const id = parseId(part)
    if (id === undefined) return null
    ids.push(id)
  }
  return ids.length <= MAX_EXCLUDED ? ids : null
}
