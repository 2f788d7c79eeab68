/** An answer as plain values, so that it can be made and tested without a server. */

/** An HTTP answer. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Null for the statuses that have none, 204 and 304; a redirect's is empty. */
  readonly body: string | Uint8Array | null
}

/** On every answer: pages of other sites may read it, though not with their visitors' cookies. */
export const COMMON_HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'X-Content-Type-Options': 'nosniff',
} as const

/** On every answer about a banner, and every error: it depends on these, and is for this visitor, now. */
export const PRIVATE_HEADERS = {
  Vary: 'Accept, Cookie',
  'Cache-Control': 'private, no-store',
  ...COMMON_HEADERS,
} as const

/**
 * Makes an error, as a document that programs and people can read.
 *
 * @param title - What is wrong, the same for every such error.
 * @param headers - Added to those that every error has.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export function problem(
  status: number,
  title: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/problem+json', ...PRIVATE_HEADERS, ...headers },
    body: JSON.stringify({ status, title }),
  }
}

/** Turns an answer into a web standard one. */
export function toResponse({ status, headers, body }: Answer): Response {
  return new Response(body, { status, headers })
}

/** Turns the answer to a GET into that to a HEAD: no body, and no cookie, because HEAD must change nothing. */
export function withoutBody({ status, headers, body }: Answer): Answer {
  const { 'Set-Cookie': _, ...kept } = headers
  if (body === null) return { status, headers: kept, body }
  return {
    status,
    headers: { ...kept, 'Content-Length': `${Buffer.byteLength(body)}` },
    body: null,
  }
}
