/** What a request for a banner says in its path and query. */
import { DATASETS, type Dataset } from '../../artifacts/schema.ts'
import { parseId } from './ids.ts'

/** More than a page has slots, and few enough that checking them costs nothing. */
export const MAX_EXCLUDED = 100

/** A request for a banner, checked. */
export interface BannerQuery {
  readonly campaignId: number
  /** A quarter to look at instead of the present one; such a request neither reads nor sets the cookie. */
  readonly preview: Dataset | undefined
  readonly excluded: readonly number[]
}

/**
 * Reads the campaign id, `?dataset=` and `?exclude=`. Other parameters are ignored: trackers and cache-busters add them.
 *
 * @param id - The last part of the path.
 * @param search - What follows `?` in the URL, undefined if nothing does.
 * @returns The query, or what is wrong with it in a sentence for the caller.
 */
export function parseQuery(id: string, search: string | undefined): BannerQuery | string {
  const campaignId = parseId(id)
  if (campaignId === undefined) {
    return 'campaign id must be a whole number from 1 to 9007199254740991'
  }
  if (search === undefined) return { campaignId, preview: undefined, excluded: [] }
  const parameters = new URLSearchParams(search)
  for (const name of ['dataset', 'exclude']) {
    if (parameters.getAll(name).length > 1) return `${name} must be given once`
  }
  const preview = parseDataset(parameters.get('dataset'))
  if (preview === null) return 'dataset must be 1, 2, 3 or 4'
  const excluded = parseExcluded(parameters.get('exclude'))
  if (excluded === null)
    return `exclude must be at most ${MAX_EXCLUDED} banner ids joined by commas`
  return { campaignId, preview, excluded }
}

function parseDataset(text: string | null): Dataset | undefined | null {
  if (text === null) return undefined
  return DATASETS.find((dataset) => String(dataset) === text) ?? null
}

/** The empty list is a list: `exclude=${shown.join()}` must work for the first slot of a page. */
function parseExcluded(text: string | null): number[] | null {
  if (text === null || text === '') return []
  const ids: number[] = []
  for (const part of text.split(',', MAX_EXCLUDED + 1)) {
    const id = parseId(part)
    if (id === undefined) return null
    ids.push(id)
  }
  return ids.length <= MAX_EXCLUDED ? ids : null
}
