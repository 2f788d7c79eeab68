/** An answer as plain values, so that it can be made and tested without a server. */
import type { ServerResponse } from 'node:http'

/** An HTTP answer. */
export interface Answer {
  readonly status: number
  /** Without the two below, so that most answers share one object: copying it took as long as choosing a banner. */
  readonly headers: Readonly<Record<string, string>>
  /** The `Set-Cookie` header; `Content-Length` follows from the body. */
  readonly setCookie?: string | undefined
  /** Null for the statuses that have none, 204 and 304; a redirect's is empty. */
  readonly body: string | Uint8Array | null
}

/**
 * On every answer: pages of other sites may read it, though not with their visitors' cookies (cors.ts), may embed it
 * also where they are isolated, and may measure how long it took.
 */
export const COMMON_HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Timing-Allow-Origin': '*',
  'X-Content-Type-Options': 'nosniff',
} as const

/** On every answer about a banner, and every error: it depends on these, and is for this visitor, now. */
export const PRIVATE_HEADERS = {
  Vary: 'Accept, Cookie, Sec-Fetch-Dest',
  'Cache-Control': 'private, no-store',
  ...COMMON_HEADERS,
} as const

/** The type of errors. */
export const PROBLEM_TYPE = 'application/problem+json'

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
    headers: { 'Content-Type': PROBLEM_TYPE, ...PRIVATE_HEADERS, ...headers },
    body: JSON.stringify({ status, title }),
  }
}

/** Turns an answer into a web standard one. */
export function toResponse({ status, headers, setCookie, body }: Answer): Response {
  const response = new Response(body, { status, headers })
  if (setCookie !== undefined) response.headers.set('Set-Cookie', setCookie)
  return response
}

/** Turns the answer to a GET into that to a HEAD: no body, and no cookie, because HEAD must change nothing. */
export function withoutBody({ status, headers, body }: Answer): Answer {
  if (body === null) return { status, headers, body }
  const length = `${Buffer.byteLength(body)}`
  return { status, headers: { ...headers, 'Content-Length': length }, body: null }
}

/** Writes an answer in one go. Node leaves the body out where there must be none. */
export function writeAnswer(
  outgoing: ServerResponse,
  { status, headers, setCookie, body }: Answer,
): void {
  const list = [...flattenHeaders(headers)]
  if (setCookie !== undefined) list.push('Set-Cookie', setCookie)
  const length = body === null ? 0 : Buffer.byteLength(body)
  if (body !== null) list.push('Content-Length', `${length}`)
  outgoing.writeHead(status, list)
  // As many bytes as characters: ASCII, which Node copies as it lies, where it takes UTF-8 character by character.
  if (typeof body === 'string' && body.length === length) outgoing.end(body, 'latin1')
  else outgoing.end(body)
}

const lists = new WeakMap<Answer['headers'], readonly string[]>()

/** Names and values in turn, as Node takes them; made once for headers that many answers share. */
function flattenHeaders(headers: Answer['headers']): readonly string[] {
  const known = lists.get(headers)
  if (known !== undefined) return known
  const list = Object.entries(headers).flat()
  lists.set(headers, list)
  return list
}
