/** What a proxy says about the request that it passed on. */

/** Headers of a request, in lower case. */
export interface OriginHeaders {
  readonly 'x-forwarded-proto'?: string | readonly string[] | undefined
  readonly 'x-forwarded-host'?: string | readonly string[] | undefined
  readonly forwarded?: string | readonly string[] | undefined
  readonly [other: string]: string | readonly string[] | undefined
}

/** Scheme and host as the visitor wrote them; what is not told is undefined. */
export interface Forwarded {
  readonly proto: string | undefined
  readonly host: string | undefined
}

// token "=" token or quoted-string, RFC 7239, section 4
const PAIR = /^\s*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*))\s*$/

/**
 * Reads `X-Forwarded-Proto` and `X-Forwarded-Host`, or `Forwarded` if there is neither: a proxy that sets only the
 * former passes a visitor's own `Forwarded` on.
 *
 * Each proxy on the way appends its own values: the first is of the one that the visitor reached.
 */
export function readForwarded(headers: OriginHeaders): Forwarded {
  const proto = readFirst(headers['x-forwarded-proto'])
  const host = readFirst(headers['x-forwarded-host'])
  if (proto === undefined && host === undefined) return parseForwarded(headers.forwarded)
  return { proto: proto?.toLowerCase(), host }
}

/** @see https://www.rfc-editor.org/rfc/rfc7239#section-4 */
function parseForwarded(header: string | readonly string[] | undefined): Forwarded {
  const first = readFirst(header) ?? ''
  const pairs = new Map<string, string>()
  for (const part of first.split(';')) {
    const [, name, quoted, token] = PAIR.exec(part) ?? []
    if (name !== undefined) {
      pairs.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? token ?? '')
    }
  }
  return { proto: pairs.get('proto')?.toLowerCase(), host: pairs.get('host') }
}

function readFirst(header: string | readonly string[] | undefined): string | undefined {
  const text = typeof header === 'string' ? header : header?.[0]
  const first = text?.split(',', 1)[0]?.trim()
  return first === '' ? undefined : first
}
