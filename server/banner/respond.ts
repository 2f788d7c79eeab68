/** One choice as a page, a redirect or JSON. */
import type { Dataset } from '../../artifacts/schema.ts'
import { type Answer, PRIVATE_HEADERS } from '../http/answer.ts'
import type { Representation } from './accept.ts'
import type { Choice, NoChoice } from './choose.ts'
import { renderPage } from './page.ts'

/** A chosen banner with all that is told about it. */
export interface ServedBanner {
  readonly campaignId: number
  readonly dataset: Dataset
  readonly choice: Choice
  /** Absolute. */
  readonly imageUrl: string
  /** Absolute. */
  readonly clickUrl: string
  /** Absolute; where the same request gets another banner. */
  readonly selfUrl: string
  readonly buildId: string
  readonly preview: boolean
}

const JSON_HEADERS = { 'Content-Type': 'application/json', ...PRIVATE_HEADERS } as const
const HTML_HEADERS = { 'Content-Type': 'text/html; charset=utf-8', ...PRIVATE_HEADERS } as const

/**
 * Answers with a banner.
 *
 * @param setCookie - The `Set-Cookie` header, if there is one to send.
 */
export function respond(
  banner: ServedBanner,
  representation: Representation,
  setCookie: string | undefined,
): Answer {
  const answer = represent(banner, representation)
  if (setCookie === undefined) return answer
  return { ...answer, headers: { ...answer.headers, 'Set-Cookie': setCookie } }
}

/** Answers that there is no banner, and why: the code is for programs, and is readable from other sites. */
export function respondWithout(reason: NoChoice): Answer {
  const headers = { 'X-Banner-Reason': reason, 'Access-Control-Expose-Headers': 'X-Banner-Reason' }
  return { status: 204, headers: { ...PRIVATE_HEADERS, ...headers }, body: null }
}

function represent(banner: ServedBanner, representation: Representation): Answer {
  switch (representation) {
    case 'html':
      return { status: 200, headers: HTML_HEADERS, body: renderPage(banner) }
    case 'image':
      return { status: 302, headers: { Location: banner.imageUrl, ...PRIVATE_HEADERS }, body: '' }
    case 'json':
      return { status: 200, headers: JSON_HEADERS, body: JSON.stringify(toJson(banner)) }
  }
}

function toJson({
  campaignId,
  dataset,
  choice,
  imageUrl,
  clickUrl,
  buildId,
  preview,
}: ServedBanner) {
  return {
    campaign_id: campaignId,
    dataset,
    banner_id: choice.bannerId,
    image_url: imageUrl,
    click_url: clickUrl,
    build_id: buildId,
    pool_size: choice.poolSize,
    probability: choice.probability,
    repeat: choice.repeat,
    ...(preview && { preview }),
  }
}
