/** One choice as a page, a redirect or JSON. */
import type { Dataset } from '../../contract/schema.ts'
import { type Answer, PRIVATE_HEADERS } from '../http/answer.ts'
import type { Representation } from './accept.ts'
import type { Choice, NoChoice } from './choose.ts'
import { PAGE_POLICY, renderPage } from './page.ts'

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
  /** Why the house banner stands in; undefined: it does not. */
  readonly fallback: NoChoice | 'unknown_campaign' | undefined
}

const JSON_HEADERS = { 'Content-Type': 'application/json', ...PRIVATE_HEADERS } as const
const HTML_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': PAGE_POLICY,
  ...PRIVATE_HEADERS,
} as const

/** Answers with a banner. */
export function respond(banner: ServedBanner, representation: Representation): Answer {
  const answer = represent(banner, representation)
  const { fallback } = banner
  if (fallback === undefined) return answer
  return { ...answer, headers: withReason(answer.headers, fallback) }
}

/** Answers that there is no banner, and why: the code is for programs, and is readable from other sites. */
export function respondWithout(reason: NoChoice): Answer {
  return { status: 204, headers: withReason(PRIVATE_HEADERS, reason), body: null }
}

function withReason(headers: Answer['headers'], reason: string): Answer['headers'] {
  return {
    ...headers,
    'X-Banner-Reason': reason,
    'Access-Control-Expose-Headers': 'X-Banner-Reason',
  }
}

function represent(banner: ServedBanner, representation: Representation): Answer {
  switch (representation) {
    case 'html':
      return { status: 200, headers: HTML_HEADERS, body: renderPage(banner) }
    case 'image':
      return { status: 302, headers: { ...PRIVATE_HEADERS, Location: banner.imageUrl }, body: '' }
    case 'json':
      return { status: 200, headers: JSON_HEADERS, body: JSON.stringify(toJson(banner)) }
  }
}

/** What is undefined does not appear in the text. */
function toJson(banner: ServedBanner) {
  const { choice } = banner
  return {
    campaign_id: banner.campaignId,
    dataset: banner.dataset,
    banner_id: choice.bannerId,
    image_url: banner.imageUrl,
    click_url: banner.clickUrl,
    build_id: banner.buildId,
    pool_size: choice.poolSize,
    probability: choice.probability,
    repeat: choice.repeat,
    preview: banner.preview || undefined,
    fallback: banner.fallback === undefined ? undefined : true,
  }
}
