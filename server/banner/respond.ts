/** Chosen banners as a page, a redirect or JSON. */
import type { Dataset } from '../../contract/schema.ts'
import { type Answer, PRIVATE_HEADERS } from '../base/answer.ts'
import type { BannerDetail } from '../pools/banner-details.ts'
import type { Representation } from './accept.ts'
import type { Choice } from './choose.ts'
import { FRAME_POLICY, renderFrame } from './frame.ts'
import { findPicture } from './link.ts'
import type { BannerReason, NoChoice } from './outcomes.ts'
import { PAGE_POLICY, renderPage } from './page.ts'

/** What an answer looks like. A `list` is JSON too, of any number of banners. */
export type Form = Representation | 'list'

/** A decision whose events are counted: at `<base>/clicks/<token>`, and once the banner is seen `<base>/impressions/<token>`. */
export interface SignedDecision {
  /** Absolute, without a slash at the end. */
  readonly base: string
  /** Letters, digits, `-` and `_`. */
  readonly token: string
}

/** A chosen banner with all that is told about it. */
export interface ServedBanner {
  readonly campaignId: number
  readonly dataset: Dataset
  readonly choice: Choice
  /** Absolute. */
  readonly imageUrl: string
  /** Absolute. */
  readonly clickUrl: string
  /** What its event addresses are made of, of which `clickUrl` is one. Undefined: it is not counted. */
  readonly signed?: SignedDecision | undefined
  /** How it is shown; undefined: nothing is known. */
  readonly detail?: BannerDetail | undefined
  /** Absolute; where the same request gets another banner. */
  readonly selfUrl: string
  readonly buildId: string
  readonly preview: boolean
  /** Why the house banner stands in; undefined: it does not. */
  readonly fallback: NoChoice | 'unknown_campaign' | undefined
  /** What of the request was not understood, and passed over. */
  readonly fault?: string | undefined
}

const JSON_HEADERS = { 'Content-Type': 'application/json', ...PRIVATE_HEADERS } as const
const HTML_HEADERS = { 'Content-Type': 'text/html; charset=utf-8', ...PRIVATE_HEADERS } as const
const PAGE_HEADERS = { ...HTML_HEADERS, 'Content-Security-Policy': PAGE_POLICY } as const
const FRAME_HEADERS = { ...HTML_HEADERS, 'Content-Security-Policy': FRAME_POLICY } as const

/** Answers with banners: at least one, and only one where the form is no list. */
export function respond(banners: readonly ServedBanner[], form: Form): Answer {
  const [first] = banners
  if (first === undefined) throw new RangeError('there is no banner to answer with')
  const answer = form === 'list' ? representAll(banners) : represent(first, form)
  const { fallback } = first
  if (fallback === undefined) return answer
  return { ...answer, headers: withReason(answer.headers, fallback) }
}

/** Answers that there is no banner, and why: the code is for programs, and is readable from other sites. */
export function respondWithout(reason: NoChoice): Answer {
  return { status: 204, headers: withReason(PRIVATE_HEADERS, reason), body: null }
}

function withReason(headers: Answer['headers'], reason: BannerReason): Answer['headers'] {
  return {
    ...headers,
    'X-Banner-Reason': reason,
    'Access-Control-Expose-Headers': 'X-Banner-Reason',
  }
}

function representAll(banners: readonly ServedBanner[]): Answer {
  return answerJson(`{"banners":[${banners.map(formatBanner).join()}]}`)
}

function represent(banner: ServedBanner, representation: Representation): Answer {
  switch (representation) {
    case 'html':
      return { status: 200, headers: PAGE_HEADERS, body: renderPage(banner) }
    case 'frame':
      return { status: 200, headers: FRAME_HEADERS, body: renderFrame(banner) }
    case 'image':
      return {
        status: 302,
        headers: { ...PRIVATE_HEADERS, Location: findPicture(banner) },
        body: '',
      }
    case 'json':
      return answerJson(formatBanner(banner))
  }
}

function answerJson(body: string): Answer {
  return { status: 200, headers: JSON_HEADERS, body }
}

/** Text by text: half the time that an object takes of which most is undefined. */
function formatBanner(banner: ServedBanner): string {
  const { choice, detail, signed } = banner
  const urls =
    signed === undefined ? `"click_url":${JSON.stringify(banner.clickUrl)}` : formatSigned(signed)
  const shown = detail === undefined ? '' : formatDetail(detail)
  const preview = banner.preview ? ',"preview":true' : ''
  const fallback = banner.fallback === undefined ? '' : ',"fallback":true'
  return `{"campaign_id":${banner.campaignId},"dataset":${banner.dataset},"banner_id":${choice.bannerId},"image_url":${JSON.stringify(banner.imageUrl)},${urls}${shown},"build_id":${quoteBuild(banner.buildId)},"pool_size":${choice.poolSize},"probability":${choice.probability},"repeat":${choice.repeat}${preview}${fallback}}`
}

const quoteBuild = rememberLast((text) => JSON.stringify(text))
const escapeBase = rememberLast((text) => JSON.stringify(text).slice(1, -1))

/** The token is not looked at: there is nothing in it to escape. */
function formatSigned({ base, token }: SignedDecision): string {
  const start = escapeBase(base)
  return `"click_url":"${start}/clicks/${token}","impression_url":"${start}/impressions/${token}"`
}

/** For texts that are nearly always the same as before. */
function rememberLast(make: (text: string) => string): (text: string) => string {
  let known = ''
  let made = make(known)
  return (text) => {
    if (text !== known) {
      made = make(text)
      known = text
    }
    return made
  }
}

function formatDetail({ alt, width, height }: BannerDetail): string {
  let text = ''
  if (alt !== undefined) text += `,"alt":${JSON.stringify(alt)}`
  if (width !== undefined) text += `,"width":${width}`
  if (height !== undefined) text += `,"height":${height}`
  return text
}
