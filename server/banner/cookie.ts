/** The no-repeat cookie: the visitor's last banner of one campaign, and nothing about the visitor. */
import { parseId } from '../../contract/ids.ts'

/** `lax` for pages on the server's own site, `embed` for pages of other sites. */
export type CookieMode = 'lax' | 'embed'

/** 30 days, in seconds: a visitor who comes back within the month sees another banner; after that, nothing is kept. */
const MAX_AGE_SECONDS = 2_592_000

const ATTRIBUTES: Record<CookieMode, string> = {
  lax: 'SameSite=Lax',
  // Partitioned: one cookie jar for each embedding site. Browsers take both attributes over HTTPS only.
  embed: 'SameSite=None; Secure; Partitioned',
}

// The first `last` whose value looks like an id; a browser may send several, of different paths.
const LAST = /(?:^|; ?)last=([1-9]\d{0,15})(?=;|$)/

/**
 * Finds the last banner in a `Cookie` header.
 *
 * @returns Undefined if there is none that is an id: a visitor can send anything, and still gets a banner.
 */
export function readLast(cookie: string | undefined): number | undefined {
  const value = cookie === undefined ? undefined : LAST.exec(cookie)?.[1]
  return value === undefined ? undefined : parseId(value)
}

/**
 * Makes the `Set-Cookie` header. The cookie goes back to this campaign only.
 *
 * @param path - Of the campaign, as browsers see it.
 */
export function writeLast(bannerId: number, path: string, mode: CookieMode): string {
  return `last=${bannerId}; Max-Age=${MAX_AGE_SECONDS}; Path=${path}; HttpOnly; ${ATTRIBUTES[mode]}`
}
