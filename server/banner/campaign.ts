/** One request for banners, from its parts to its answer: the service itself, without HTTP. */
import { problem } from '../base/answer.ts'
import { findBuildId, findPools, slotOf } from '../pools/pools.ts'
import { chooseRepresentation } from './accept.ts'
import { type Choice, chooseBanner, datasetAt } from './choose.ts'
import { chooseBanners } from './choose-several.ts'
import { readLast, writeLast } from './cookie.ts'
import { chooseExploring } from './explore.ts'
import type { NoChoice } from './outcomes.ts'
import { answerPixel } from './pixel.ts'
import { type BannerQuery, FAULTS } from './query.ts'
import { type BannerRequest, hasOptedOut, isPrefetch } from './request.ts'
import type { Form } from './respond.ts'
import { answerWith, answerWithout } from './served.ts'
import type { Asked, BannerAnswer, BannerService, Context } from './service.ts'

/** A load takes seconds; asking more often than this helps nobody. */
const RETRY_AFTER_SECONDS = 5

/** Answers a request for banners of a campaign. What asks for a picture by name gets one, whatever is wrong. */
export function answerBanner(
  query: BannerQuery,
  request: BannerRequest,
  service: BannerService,
): BannerAnswer {
  const answer = answerForm({ query, request, service, form: chooseForm(query, request) })
  return query.isPicture ? toPicture(answer) : answer
}

/** Refuses a request for what is no campaign. */
export function refuseCampaign(isPicture: boolean): BannerAnswer {
  const answer = refuse(FAULTS.campaignId)
  return isPicture ? toPicture(answer) : answer
}

function refuse(fault: string): BannerAnswer {
  return { ...problem(400, fault), outcome: 'bad_request' }
}

function toPicture(answer: BannerAnswer): BannerAnswer {
  const { outcome } = answer
  if (outcome === 'banner' || outcome === 'house_banner') return answer
  return { ...answer, ...answerPixel(answer, outcome) }
}

function chooseForm({ isPicture, parameters }: BannerQuery, request: BannerRequest): Form {
  if (isPicture) return 'image'
  if (parameters.count !== undefined || parameters.isCountBad) return 'list'
  return chooseRepresentation(request.headers.accept, request.headers['sec-fetch-dest'])
}

function answerForm(asked: Asked): BannerAnswer {
  const { query, request, service, form } = asked
  // A program can be told; a page would be without a banner.
  const isProgram = form === 'json' || form === 'list'
  const { fault, preview } = query.parameters
  if (fault !== undefined && isProgram) return refuse(fault)
  const pools = service.pools()
  if (pools === undefined) return notLoaded()
  const { campaignId } = query
  const index = findPools(pools, campaignId)
  const dataset = preview ?? datasetAt(service.now())
  const slot = index < 0 ? -1 : slotOf(index, dataset)
  const buildId = findBuildId(pools, slot)
  const isOptedOut = service.heedsOptOut && optsOut(asked)
  const context = { query, request, service, form, pools, buildId, dataset, isOptedOut }
  if (index < 0 && !isExplored(context)) return answerWithout(context, 'unknown_campaign')
  if (service.denylist().campaigns.has(campaignId)) return answerWithout(context, 'disabled')
  const keepsCookie = preview === undefined && !isOptedOut
  const last = keepsCookie ? readLast(request.headers.cookie) : undefined
  const chosen = choose(context, slot, last)
  if (typeof chosen === 'string') return answerWithout(context, chosen)
  const end = chosen.at(-1)
  const setCookie =
    keepsCookie && end !== undefined && !isPrefetch(request.headers)
      ? writeLast(end.bannerId, cookiePathOf(asked), service.cookieMode)
      : undefined
  const { status, headers, body } = answerWith(context, chosen)
  const knewLast = keepsCookie ? last !== undefined : undefined
  const repeat = end?.repeat === true
  return { status, headers, setCookie, body, outcome: 'banner', knewLast, repeat }
}

/** A campaign that no pool knows yet, but a list of what may be shown. A preview shows pools. */
function isExplored({ query, service }: Context): boolean {
  const { exploring } = service
  if (exploring === undefined || query.parameters.preview !== undefined) return false
  return exploring.find(query.campaignId, service.denylist().banners).ids.length > 0
}

function choose(
  { query, service, pools }: Context,
  slot: number,
  last: number | undefined,
): readonly Choice[] | NoChoice {
  const request = {
    last,
    excluded: query.parameters.excluded,
    denied: service.denylist().banners,
    random: service.random,
  }
  const { count, preview } = query.parameters
  const { exploring } = service
  if (exploring !== undefined && preview === undefined) {
    const candidates = exploring.find(query.campaignId, request.denied)
    const { share } = exploring
    return chooseExploring(pools, slot, candidates, { ...request, share, count: count ?? 1 })
  }
  if (count !== undefined) return chooseBanners(pools, slot, request, count)
  const choice = chooseBanner(pools, slot, request)
  return typeof choice === 'string' ? choice : [choice]
}

/** By the browser's headers, or by the page's word for the visitor. */
function optsOut({ query, request }: Asked): boolean {
  return query.parameters.refusesConsent || hasOptedOut(request.headers)
}

/** Its own for pictures: newsletters and pages do not tell each other what a visitor saw. */
function cookiePathOf({ query, request }: Asked): string {
  return request.links.campaignPath(query.campaignId) + (query.isPicture ? '.png' : '')
}

function notLoaded(): BannerAnswer {
  const headers = { 'Retry-After': `${RETRY_AFTER_SECONDS}` }
  return { ...problem(503, 'no pools are loaded yet', headers), outcome: 'not_loaded' }
}
