/** Answers to `OPTIONS`: what browsers ask before a request with headers of a page's own. */
import { type Answer, COMMON_HEADERS } from '../base/answer.ts'
import type { Cors } from './cors.ts'

/** Methods of every public route. */
export const METHODS = 'GET, HEAD, OPTIONS'

/** Seconds for which browsers remember the answer; Chromium takes no more. */
const MAX_AGE_SECONDS = 7_200

/** Names of headers joined by commas, as browsers write them. */
const HEADER_NAMES = /^[\w!#$%&'*+.^`|~-]{1,100}(?:, ?[\w!#$%&'*+.^`|~-]{1,100}){0,49}$/

/**
 * Answers an `OPTIONS` request for a public route: pages may send any header (`traceparent`, `HX-Request`,
 * `Content-Type: application/json`), since none but those of the documentation changes an answer.
 *
 * @param headers - Of the request, in lower case.
 * @param cors - Holds the answer to the rules of `--cors-origin`.
 * @see https://fetch.spec.whatwg.org/#cors-preflight-fetch
 */
export function answerOptions(
  headers: Readonly<Record<string, string | undefined>>,
  cors: Cors,
): Answer {
  const asked = headers['access-control-request-headers']
  // A public page asks for a server in a private network: banners are public anyway.
  const isPrivate = headers['access-control-request-private-network'] === 'true'
  const answer = {
    status: 204,
    headers: {
      ...COMMON_HEADERS,
      Allow: METHODS,
      'Access-Control-Allow-Methods': 'GET, HEAD',
      ...(asked !== undefined &&
        HEADER_NAMES.test(asked) && { 'Access-Control-Allow-Headers': asked }),
      ...(isPrivate && { 'Access-Control-Allow-Private-Network': 'true' }),
      'Access-Control-Max-Age': `${MAX_AGE_SECONDS}`,
      Vary: 'Access-Control-Request-Headers, Access-Control-Request-Private-Network',
    },
    body: null,
  }
  return cors(answer, headers.origin)
}
