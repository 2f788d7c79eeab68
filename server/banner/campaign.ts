/** One request for a banner, from its parts to its answer: the service itself, without HTTP. */
import type { Dataset } from '../../artifacts/schema.ts'
import { type Answer, problem } from '../http/answer.ts'
import { findCampaign } from '../pools/campaign-table.ts'
import { type Pools, slotOf } from '../pools/pools.ts'
import { chooseRepresentation } from './accept.ts'
import { type Choice, chooseBanner, datasetAt } from './choose.ts'
import { type CookieMode, readLast, writeLast } from './cookie.ts'
import type { Links } from './links.ts'
import { type BannerQuery, parseQuery } from './query.ts'
import { respond, respondWithout, type ServedBanner } from './respond.ts'

/** The parts of a request that its answer depends on. */
export interface BannerRequest {
  /** The last part of the path. */
  readonly id: string
  /** What follows `?` in the URL, undefined if nothing does. */
  readonly search: string | undefined
  readonly accept: string | undefined
  readonly cookie: string | undefined
  readonly links: Links
}

/** What else it depends on. */
export interface BannerService {
  /** Asked at each request, so that a new build can take the place of the old one. Undefined: nothing is loaded. */
  readonly pools: () => Pools | undefined
  readonly cookieMode: CookieMode
  readonly now: () => Date
  /** Uniform in [0, 1), like `Math.random`. */
  readonly random: () => number
}

/** A load takes seconds; asking more often than this helps nobody. */
const RETRY_AFTER_SECONDS = 5

/** Answers a request for a banner of a campaign. */
export function answerBanner(request: BannerRequest, service: BannerService): Answer {
  const query = parseQuery(request.id, request.search)
  if (typeof query === 'string') return problem(400, query)
  const pools = service.pools()
  if (pools === undefined) return notLoaded()
  const index = findCampaign(pools.campaignIds, query.campaignId)
  if (index < 0) return problem(404, 'unknown campaign')
  const dataset = query.preview ?? datasetAt(service.now())
  const last = query.preview === undefined ? readLast(request.cookie) : undefined
  const { excluded } = query
  const { random } = service
  const choice = chooseBanner(pools, slotOf(index, dataset), { last, excluded, random })
  if (typeof choice === 'string') return respondWithout(choice)
  const banner = describeBanner(request, query, { choice, dataset, buildId: pools.buildId })
  const setCookie = banner.preview
    ? undefined
    : writeLast(choice.bannerId, request.links.campaignPath(query.campaignId), service.cookieMode)
  return respond(banner, chooseRepresentation(request.accept), setCookie)
}

function describeBanner(
  { links, search }: BannerRequest,
  { campaignId, preview }: BannerQuery,
  chosen: { choice: Choice; dataset: Dataset; buildId: string },
): ServedBanner {
  return {
    campaignId,
    ...chosen,
    imageUrl: links.image(chosen.choice.bannerId),
    clickUrl: links.click(campaignId, chosen.choice.bannerId),
    selfUrl: links.campaign(campaignId) + (search === undefined ? '' : `?${search}`),
    preview: preview !== undefined,
  }
}

function notLoaded(): Answer {
  return problem(503, 'no pools are loaded yet', { 'Retry-After': `${RETRY_AFTER_SECONDS}` })
}
