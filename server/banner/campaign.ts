/** One request for a banner, from its parts to its answer: the service itself, without HTTP. */

import type { Denylist } from '../../contract/denylist.ts'
import type { Dataset } from '../../contract/schema.ts'
import { type Answer, problem } from '../http/answer.ts'
import { findCampaign } from '../pools/campaign-table.ts'
import { type Pools, slotOf } from '../pools/pools.ts'
import { chooseRepresentation } from './accept.ts'
import { type Choice, chooseBanner, datasetAt, type NoChoice } from './choose.ts'
import { type CookieMode, readLast, writeLast } from './cookie.ts'
import type { Links } from './links.ts'
import type { BannerQuery } from './query.ts'
import { respond, respondWithout } from './respond.ts'

/** The parts of a request that its answer depends on, beside its query. */
export interface BannerRequest {
  /** What follows `?` in the URL, undefined if nothing does. */
  readonly search: string | undefined
  readonly headers: RequestHeaders
  readonly links: Links
}

/** The headers among them, in lower case, as Node and Hono give them. */
interface RequestHeaders {
  readonly accept?: string | undefined
  readonly cookie?: string | undefined
  readonly 'sec-gpc'?: string | readonly string[] | undefined
  readonly dnt?: string | readonly string[] | undefined
}

/** What else it depends on. */
export interface BannerService {
  /** Asked at each request, so that a new build can take the place of the old one. Undefined: nothing is loaded. */
  readonly pools: () => Pools | undefined
  /** Asked at each request too. */
  readonly denylist: () => Denylist
  /** Shown where there is no other; undefined: nothing is. */
  readonly houseBanner: number | undefined
  readonly cookieMode: CookieMode
  /** A visitor who sends `Sec-GPC: 1` or `DNT: 1` gets no cookie, and the one that is sent is not read. */
  readonly heedsOptOut: boolean
  readonly now: () => Date
  /** Uniform in [0, 1), like `Math.random`. */
  readonly random: () => number
}

/** How a request ended. */
export type Outcome =
  | 'banner'
  | 'house_banner'
  | NoChoice
  | 'unknown_campaign'
  | 'bad_request'
  | 'not_loaded'

/** An answer, and what is counted about it. */
export interface BannerAnswer extends Answer {
  readonly outcome: Outcome
  /** The visitor's last banner was known; undefined where nobody asks, as in a preview. */
  readonly knewLast?: boolean | undefined
  readonly repeat?: boolean
}

/** A load takes seconds; asking more often than this helps nobody. */
const RETRY_AFTER_SECONDS = 5

/** Answers a request for a banner of a campaign. */
export function answerBanner(
  query: BannerQuery,
  request: BannerRequest,
  service: BannerService,
): BannerAnswer {
  const pools = service.pools()
  if (pools === undefined) return notLoaded()
  const { campaignId, preview } = query
  const index = findCampaign(pools.campaignIds, campaignId)
  const dataset = preview ?? datasetAt(service.now())
  const context = { query, request, service, pools, dataset }
  if (index < 0) return answerWithout(context, 'unknown_campaign')
  const denied = service.denylist()
  if (denied.campaigns.has(campaignId)) return answerWithout(context, 'disabled')
  const keepsCookie = preview === undefined && !hasOptedOut(request.headers, service)
  const last = keepsCookie ? readLast(request.headers.cookie) : undefined
  const choice = chooseBanner(pools, slotOf(index, dataset), {
    last,
    excluded: query.excluded,
    denied: denied.banners,
    random: service.random,
  })
  if (typeof choice === 'string') return answerWithout(context, choice)
  const knewLast = keepsCookie ? last !== undefined : undefined
  const setCookie = keepsCookie
    ? writeLast(choice.bannerId, request.links.campaignPath(campaignId), service.cookieMode)
    : undefined
  const { status, headers, body } = answerWith(context, choice)
  return { status, headers, setCookie, body, outcome: 'banner', knewLast, repeat: choice.repeat }
}

/** Refuses a request whose query says what cannot be. */
export function refuseQuery(fault: string): BannerAnswer {
  return { ...problem(400, fault), outcome: 'bad_request' }
}

interface Context {
  readonly query: BannerQuery
  readonly request: BannerRequest
  readonly service: BannerService
  readonly pools: Pools
  readonly dataset: Dataset
}

function answerWith(
  { query, request, pools, dataset }: Context,
  choice: Choice,
  reason?: NoChoice | 'unknown_campaign',
): Answer {
  const { campaignId, preview } = query
  const { links, search, headers } = request
  const banner = {
    campaignId,
    choice,
    dataset,
    buildId: pools.buildId,
    imageUrl: links.image(choice.bannerId),
    clickUrl: links.click(campaignId, choice.bannerId),
    selfUrl: links.campaign(campaignId) + (search === undefined ? '' : `?${search}`),
    preview: preview !== undefined,
    fallback: reason,
  }
  return respond(banner, chooseRepresentation(headers.accept))
}

/** The house banner is shown to all alike: it sets no cookie, so that the visitor's last banner stays known. */
function answerWithout(context: Context, reason: NoChoice | 'unknown_campaign'): BannerAnswer {
  const { query, service } = context
  const { houseBanner } = service
  const isHidden =
    houseBanner === undefined ||
    query.excluded.includes(houseBanner) ||
    service.denylist().banners.has(houseBanner)
  if (!isHidden) {
    const choice = { bannerId: houseBanner, poolSize: 0, probability: 1, repeat: false }
    return { ...answerWith(context, choice, reason), outcome: 'house_banner' }
  }
  if (reason === 'unknown_campaign') return { ...problem(404, 'unknown campaign'), outcome: reason }
  return { ...respondWithout(reason), outcome: reason }
}

/** @see https://www.w3.org/TR/gpc/ */
function hasOptedOut(headers: RequestHeaders, { heedsOptOut }: BannerService): boolean {
  return heedsOptOut && (headers['sec-gpc'] === '1' || headers.dnt === '1')
}

function notLoaded(): BannerAnswer {
  const headers = { 'Retry-After': `${RETRY_AFTER_SECONDS}` }
  return { ...problem(503, 'no pools are loaded yet', headers), outcome: 'not_loaded' }
}
