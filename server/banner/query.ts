/** What a request for a banner says in its path and query. */

import { parseId } from '../../contract/ids.ts'
import { DATASETS, type Dataset } from '../../contract/schema.ts'

/** More than a page has slots, and few enough that checking them costs nothing. */
export const MAX_EXCLUDED = 100

/** Banners of one request; as many as the largest pool that the rules make. */
export const MAX_COUNT = 10

/** A request for banners, read. */
export interface BannerQuery {
  readonly campaignId: number
  /** `/campaigns/12.png`: a picture, whatever the headers say. */
  readonly isPicture: boolean
  readonly parameters: QueryParameters
}

/** What stands behind the `?`. */
export interface QueryParameters {
  /** A quarter to look at instead of the present one; such a request neither reads nor sets the cookie. */
  readonly preview: Dataset | undefined
  readonly excluded: readonly number[]
  /** How many banners, as a list; undefined: one, and no list. */
  readonly count: number | undefined
  /** `consent=no`: the visitor of the page did not agree to being counted. */
  readonly refusesConsent: boolean
  /** The first thing that cannot be understood, in a sentence for the caller. */
  readonly fault: string | undefined
  /** Whether that is the count, without which it is not known what to answer. */
  readonly isCountBad: boolean
}

/** What is wrong with a request, in a sentence for the caller. */
export const FAULTS = {
  campaignId: 'campaign id must be a whole number from 1 to 9007199254740991',
  bannerId: 'banner id must be a whole number from 1 to 9007199254740991',
  dataset: 'dataset must be 1, 2, 3 or 4',
  datasetTwice: 'dataset must be given once',
  exclude: `exclude must be at most ${MAX_EXCLUDED} banner ids joined by commas`,
  count: `count must be a whole number from 1 to ${MAX_COUNT}`,
  countTwice: 'count must be given once',
} as const

const NOTHING_ASKED: QueryParameters = {
  preview: undefined,
  excluded: [],
  count: undefined,
  refusesConsent: false,
  fault: undefined,
  isCountBad: false,
}

// Characters that mean themselves: what is written in another way is read by the route in api/.
const PLAIN = /^\/campaigns\/([1-9]\d{0,15})(\.png|\/)?(?:\?([\w.,~=&-]*))?$/

// `exclude`, or as HTTP clients write lists: `exclude[]`, `exclude[0]`.
const EXCLUDE = /^exclude(?:\[\d*\])?$/

/** What scripts write where they have no id: `exclude=${shown[0]}`. */
const NO_IDS: readonly string[] = ['', 'undefined', 'null']

/** A request for a banner as it came, and as it was read. */
export interface PlainRequest {
  readonly query: BannerQuery
  /** What follows `?` in the URL, undefined if nothing does. */
  readonly search: string | undefined
}

/**
 * Reads the URL of a request for a banner, if it is written plainly: nearly all are.
 *
 * @param url - Path and query, as they came.
 * @returns Undefined for any other URL: then the route decides.
 */
export function parsePlainUrl(url: string): PlainRequest | undefined {
  const match = PLAIN.exec(url)
  const campaignId = match?.[1] === undefined ? undefined : parseId(match[1])
  if (campaignId === undefined) return undefined
  const search = match?.[3]
  const isPicture = match?.[2] === '.png'
  return { query: { campaignId, isPicture, parameters: parseSearch(search) }, search }
}

/** The last part of a campaign's path. */
export interface CampaignPart {
  /** Undefined: it is no id. */
  readonly campaignId: number | undefined
  readonly isPicture: boolean
}

/** Reads `12` or `12.png`. */
export function parseCampaignPart(text: string): CampaignPart {
  const isPicture = text.endsWith('.png')
  const id = isPicture ? text.slice(0, -'.png'.length) : text
  return { campaignId: parseId(id), isPicture }
}

/**
 * Reads the query of a request for a banner. Names are read in any case, and `exclude` in the ways in which HTTP clients
 * write lists. Other parameters are ignored: trackers and cache-busters add them.
 *
 * @param search - What follows `?`, undefined if nothing does.
 */
export function parseSearch(search: string | undefined): QueryParameters {
  if (search === undefined || search === '') return NOTHING_ASKED
  const datasets: string[] = []
  const counts: string[] = []
  const lists: string[] = []
  let refusesConsent = false
  for (const [name, value] of new URLSearchParams(search)) {
    const known = name.toLowerCase()
    if (known === 'dataset') datasets.push(value)
    else if (known === 'count') counts.push(value)
    else if (EXCLUDE.test(known)) lists.push(value)
    else if (known === 'consent') refusesConsent ||= value.toLowerCase() === 'no'
  }
  const dataset = readDataset(datasets)
  const exclude = readExcluded(lists)
  const count = readCount(counts)
  return {
    preview: dataset.value,
    excluded: exclude.value,
    count: count.value,
    refusesConsent,
    fault: dataset.fault ?? exclude.fault ?? count.fault,
    isCountBad: count.fault !== undefined,
  }
}

/** Reads `?dataset=`; null if it is none. */
export function parseDataset(text: string): Dataset | null {
  return DATASETS.find((dataset) => String(dataset) === text) ?? null
}

/** A value that was read, and why it was not, or not all of it. */
interface Read<T> {
  readonly value: T
  readonly fault?: string
}

function readDataset([text, second]: readonly string[]): Read<Dataset | undefined> {
  if (text === undefined) return { value: undefined }
  if (second !== undefined) return { value: undefined, fault: FAULTS.datasetTwice }
  const value = parseDataset(text)
  return value === null ? { value: undefined, fault: FAULTS.dataset } : { value }
}

function readCount([text, second]: readonly string[]): Read<number | undefined> {
  if (text === undefined) return { value: undefined }
  if (second !== undefined) return { value: undefined, fault: FAULTS.countTwice }
  const value = parseId(text)
  if (value === undefined || value > MAX_COUNT) return { value: undefined, fault: FAULTS.count }
  return { value }
}

/** Keeps the ids that it can read, also beside others that it cannot. */
function readExcluded(lists: readonly string[]): Read<number[]> {
  const value: number[] = []
  let fault: string | undefined
  for (const text of lists.flatMap((list) => list.split(','))) {
    const part = text.trim()
    if (NO_IDS.includes(part)) continue
    const id = parseId(part)
    if (id === undefined || value.length === MAX_EXCLUDED) fault = FAULTS.exclude
    else value.push(id)
  }
  return fault === undefined ? { value } : { value, fault }
}
