/** What a request for a banner depends on, beside its query. */
import type { Links } from './links.ts'

/** The parts of a request. */
export interface BannerRequest {
  /** What follows `?` in the URL, undefined if nothing does. */
  readonly search: string | undefined
  readonly headers: RequestHeaders
  readonly links: Links
}

type Header = string | readonly string[] | undefined

/** The headers that matter, in lower case, as Node and Hono give them. */
export interface RequestHeaders {
  readonly accept?: string | undefined
  readonly cookie?: string | undefined
  readonly 'sec-fetch-dest'?: Header
  readonly 'sec-gpc'?: Header
  readonly dnt?: Header
  readonly 'sec-purpose'?: Header
  readonly purpose?: Header
  readonly 'x-moz'?: Header
}

/**
 * Whether the visitor does not want to be known again.
 *
 * @see https://www.w3.org/TR/gpc/
 */
export function hasOptedOut(headers: RequestHeaders): boolean {
  return headers['sec-gpc'] === '1' || headers.dnt === '1'
}

/**
 * Whether a browser asks ahead, for a page that may never be seen. The last two headers are of older browsers.
 *
 * @see https://wicg.github.io/nav-speculation/prefetch.html#sec-purpose-header
 */
export function isPrefetch(headers: RequestHeaders): boolean {
  const purpose = headers['sec-purpose']
  if (typeof purpose === 'string' && /^prefetch\b/.test(purpose)) return true
  return headers.purpose === 'prefetch' || headers['x-moz'] === 'prefetch'
}
