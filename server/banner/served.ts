/** From chosen banners, or from none, to the answer. */
import { type Answer, problem } from '../base/answer.ts'
import { findDetail } from '../pools/banner-details.ts'
import type { Choice } from './choose.ts'
import type { NoChoice } from './outcomes.ts'
import { respond, respondWithout, type ServedBanner, type SignedDecision } from './respond.ts'
import type { BannerAnswer, Context } from './service.ts'

/** Why there is no banner of the pool. */
type Reason = NoChoice | 'unknown_campaign'

/**
 * Answers with chosen banners.
 *
 * @param reason - Why the house banner stands in; undefined: it does not.
 */
export function answerWith(context: Context, choices: readonly Choice[], reason?: Reason): Answer {
  const banners = choices.map((choice) => describeBanner(context, choice, reason))
  return respond(banners, context.form)
}

/** The house banner is shown to all alike: it sets no cookie, so that the visitor's last banner stays known. */
export function answerWithout(context: Context, reason: Reason): BannerAnswer {
  const { query, service } = context
  const { houseBanner } = service
  const isHidden =
    houseBanner === undefined ||
    query.parameters.excluded.includes(houseBanner) ||
    service.denylist().banners.has(houseBanner)
  if (!isHidden) {
    const choice = { bannerId: houseBanner, poolSize: 0, probability: 1, repeat: false }
    return { ...answerWith(context, [choice], reason), outcome: 'house_banner' }
  }
  if (reason === 'unknown_campaign') return { ...problem(404, 'unknown campaign'), outcome: reason }
  return { ...respondWithout(reason), outcome: reason }
}

function describeBanner(
  context: Context,
  choice: Choice,
  fallback: Reason | undefined,
): ServedBanner {
  const { query, request, pools, buildId, dataset } = context
  const { campaignId, parameters } = query
  const { links, search } = request
  const { bannerId } = choice
  const detail = findDetail(pools, bannerId)
  const signed = fallback === undefined ? signDecision(context, choice) : undefined
  return {
    campaignId,
    dataset,
    choice,
    imageUrl: links.image(bannerId),
    clickUrl:
      signed === undefined
        ? links.click(campaignId, bannerId, detail?.clickUrl)
        : `${signed.base}/clicks/${signed.token}`,
    signed,
    detail,
    selfUrl: links.campaign(campaignId) + (search === undefined ? '' : `?${search}`),
    buildId,
    preview: parameters.preview !== undefined,
    fallback,
    fault: parameters.fault,
  }
}

/** Undefined where nothing is to be counted: previews, visitors who opted out, servers that collect nothing. */
function signDecision(
  { service: { events }, query, request, dataset, buildId, isOptedOut }: Context,
  { bannerId, probability }: Choice,
): SignedDecision | undefined {
  if (events === undefined || query.parameters.preview !== undefined) return undefined
  if (isOptedOut) {
    events.countOptOut()
    return undefined
  }
  const { campaignId } = query
  const token = events.sign({ dataset, campaignId, bannerId, buildId, probability })
  return { base: events.baseUrl ?? request.links.base, token }
}
